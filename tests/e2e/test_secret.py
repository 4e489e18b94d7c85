#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A password is nowhere but where the user put it: not in the output at any
verbosity, nor in what is written, nor where others can see a process."""
import base64
import os
import shlex

import support
from servers import Proxy

CANARY = 'Canary-7f3a9/x+y'


def forms(user):
    """The ways in which the password could be written."""
    plain = '\0%s\0%s' % (user, CANARY)
    found = [CANARY, base64.b64encode(plain.encode()).decode(),
             base64.b64encode(CANARY.encode()).decode().rstrip('='),
             CANARY.encode().hex(), CANARY.replace('/', '%2F')]
    return [f.encode() for f in found]


class Secret(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.add_user('canary', CANARY)

    def setUp(self):
        self.user = 'canary'

    def home(self, password=CANARY, **keys):
        home = support.Setup()
        self.addCleanup(home.remove)
        home.general['log_level'] = 'wire'
        home.account('test', self.server, self.user, password, **keys)
        return home

    def assertNowhere(self, home, *texts):
        for form in forms(self.user):
            for text in texts:
                self.assertNotIn(form, text.encode())
            for path, _, files in os.walk(home.home):
                for name in files:
                    where = os.path.join(path, name)
                    if name.endswith('.password') or where == home.ini:
                        continue
                    with open(where, 'rb') as f:
                        self.assertNotIn(form, f.read(), where)

    def run_all(self, home, status=0):
        for args in (['--once', '-v', '-v', '-v', '-v'], ['--once', '-vvvv'],
                     ['--check-config', '--effective'],
                     ['--once', '--dry-run', '-vvvv']):
            result = home.run(*args)
            if '--once' in args:
                self.assertStatus(result, status)
            self.assertNowhere(home, result.out, result.err)

    def test_each_source(self):
        for source in ('password', 'password_command', 'password_file',
                       'password_credential'):
            with self.subTest(source=source):
                home = self.home()
                path = home.home + '/test.password'
                rows = home.accounts['test']
                del rows['password_command']
                rows[source] = {
                    'password': CANARY, 'password_file': path,
                    'password_command': 'cat ' + shlex.quote(path),
                    'password_credential': 'test.password'}[source]
                home.save()
                environment = home.environment()
                environment['CREDENTIALS_DIRECTORY'] = home.home
                home.environment = lambda env=environment: env
                self.run_all(home)

    def test_each_mechanism(self):
        for mechanism in 'plain', 'login', 'cram-md5', 'scram-sha-256':
            for tls in 'implicit', 'starttls', 'none':
                with self.subTest(mechanism=mechanism, tls=tls):
                    home = self.home(auth=mechanism, tls=tls)
                    result = home.run('--once', '-vvvv')
                    self.assertStatus(result, 0)
                    self.assertNowhere(home, result.out, result.err)

    def test_refused(self):
        """Servers repeat what they were sent; so must not we."""
        home = self.home(CANARY)
        self.user = 'test'          # whose password is another
        home.account('test', self.server, self.user, CANARY)
        self.run_all(home, 77)

    def test_failing_command(self):
        home = self.home()
        home.accounts['test']['password_command'] = \
            'cat %s/test.password; exit 3' % home.home
        home.save()
        result = home.run('--once', '-vvvv')
        self.assertNotEqual(result.status, 0)
        self.assertNowhere(home, result.out, result.err)

    def test_process(self):
        """Not in the arguments nor in the environment."""
        self.append('INBOX', support.message(1))
        with Proxy(self.server.port, '--fault',
                   'down matched "OK.*Logged in" stall') as proxy:
            home = self.home(tls='none', port=proxy.port)
            process = home.start('--once', '-vvvv')
            try:
                support.wait_for(
                    lambda: any('stalled' in x
                                for x in proxy.control('list')), 'the login')
                for what in 'cmdline', 'environ', 'comm':
                    with open('/proc/%d/%s' % (process.pid, what), 'rb') as f:
                        data = f.read()
                    for form in forms(self.user):
                        self.assertNotIn(form, data)
            finally:
                process.kill()
                support.finish(process)

    def append(self, folder, data, flags='', date=None):
        with self.server.imap(self.user, CANARY) as connection:
            connection.append(folder, None, None, data)


support.main()
