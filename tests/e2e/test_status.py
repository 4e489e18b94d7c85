#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The exit status, each by a real cause, and what is said with it."""
import fcntl

import support
from scripted import Scripted
from servers import free_ports


class Status(support.TestCase):
    SERVER = Scripted

    def check(self, home, status, says, *args):
        """That status, on stderr whose it is and what to do, and no summary
        that looks like success."""
        result = home.run('--once', *args)
        self.assertStatus(result, status)
        self.assertRegex(result.err, r'(?m)^test[:/].*' + says)
        self.assertRegex(result.err, r'(?m)^  -> ')
        if status > 1:
            self.assertRegex(result.out, r'\Atest: failed: .*' + says)
        return result

    def quiet(self, home):
        result = home.run('--once', '-q')
        self.assertStatus(result, 0)
        self.assertEqual(result.out + result.err, '')

    def home(self, **keys):
        return self.setup(tls='none', **keys)

    def test_0(self):
        home = self.home()
        self.assertRegex(self.sync(home).out, r'\Atest: 0 new, .* s\n\Z')
        self.quiet(home)
        # What is left out on purpose is nothing wrong.
        home.accounts['test']['max_size'] = '1K'
        home.save()
        self.server.boxes['INBOX'].add(support.message(1, 'x' * 2000))
        self.quiet(home)

    def test_1(self):
        home = self.home(trash='Nowhere')
        result = self.check(home, 1, 'Nowhere')
        self.assertRegex(result.out, r'\Atest: \d+ new, .* s\n\Z')

    def test_64(self):
        self.check(self.home(), 64, 'no such folder', 'test/None')
        result = self.home().run('--once', 'nobody')
        self.assertStatus(result, 64)
        self.assertIn("no account 'nobody'", result.err)

    def test_73(self):
        home = self.home()
        home.write(home.home + '/file', '')
        home.general['state_dir'] = home.home + '/file/state'
        home.save()
        self.check(home, 73, 'cannot create')

    def test_74(self):
        home = self.home()
        self.sync(home)
        home.write(home.state + '/test.db', 'no database' * 1000)
        self.check(home, 74, 'test.db')

    def test_75(self):
        self.check(self.home(port=free_ports()), 75, 'refused')
        home = self.home()
        self.sync(home)
        with open(home.state + '/test.lock', 'r+') as lock:

            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.check(home, 75, 'imapsyncd')

    def test_76(self):
        self.server.greeting = '220 ready for mail\r\n'
        self.addCleanup(setattr, self.server, 'greeting', None)
        self.check(self.home(), 76, '')

    def test_77(self):
        self.server.hooks['LOGIN'] = self.server.hooks['AUTHENTICATE'] = \
            lambda session, command: session.no(
                command, '[AUTHENTICATIONFAILED] no') or True
        self.addCleanup(self.server.hooks.clear)
        self.check(self.home(), 77, 'login')

    def test_78(self):
        home = self.home(tls_pin='nothing')
        result = home.run('--once')
        self.assertStatus(result, 78)
        self.assertRegex(result.err, r'(?m)^%s:\d+: .*tls_pin' % home.ini)


support.main()
