#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imapsyncctl auth against an OAuth2 server that others wrote (npm's
oidc-provider, installed below the build directory), its pages clicked through
by a script, and Dovecot that asks it about the tokens."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import support
from oauth import Command
from servers import SERVERS, free_ports

PACKAGE = 'oidc-provider@9.13.3'
CACHE = os.path.join(os.path.dirname(support.PROGRAM), 'npm')


def install():
    """The directory that has the package; SkipTest where it cannot be had."""
    if not shutil.which('npm') or not shutil.which('node'):
        raise unittest.SkipTest('npm and node are not there')
    if not os.path.exists(CACHE + '/done'):
        os.makedirs(CACHE, exist_ok=True)
        try:
            subprocess.run(['npm', 'install', '--prefix', CACHE, '--no-audit',
                            '--no-fund', '--ignore-scripts', PACKAGE],
                           check=True, timeout=150, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except (subprocess.SubprocessError, OSError) as e:
            raise unittest.SkipTest('npm install %s: %s' % (PACKAGE, e)) \
                from e
        with open(CACHE + '/done', 'w'):
            pass
    shutil.copy(SERVERS + '/oidc.mjs', CACHE)
    return CACHE


class Oidc(support.TestCase):
    @classmethod
    def setUpClass(cls):
        where = install()
        cls.port = free_ports(2)
        cls.url = 'https://localhost:%d' % cls.port
        cls.OPTIONS = (
            '--mechs', 'plain login xoauth2 oauthbearer', '--introspect',
            'http://127.0.0.1:%d/token/introspection' % (cls.port + 1), 'sub')
        super().setUpClass()
        tls = cls.server.dir + '/tls'
        cls.log = tempfile.TemporaryFile()
        cls.idp = subprocess.Popen(
            ['node', where + '/oidc.mjs', str(cls.port), tls + '/server.pem',
             tls + '/server.key', 'rotate'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=cls.log)
        cls.addClassCleanup(cls.stop)
        if cls.idp.stdout.readline() != b'up\n':
            cls.log.seek(0)
            raise RuntimeError(cls.log.read().decode())

    @classmethod
    def stop(cls):
        cls.idp.kill()
        cls.idp.wait()
        cls.idp.stdout.close()
        cls.log.close()

    def home(self):
        return self.setup(
            password_command=None, oauth_client_id='native',
            oauth_scope='openid offline_access mail',
            oauth_authorize_url=self.url + '/auth',
            oauth_token_url=self.url + '/token',
            oauth_device_url=self.url + '/device/auth')

    def sign_in(self, url):
        result = subprocess.run(
            [SERVERS + '/oauth-agent', url, self.user], text=True, timeout=60,
            env={**os.environ, 'SSL_CERT_FILE': self.server.ca},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def works(self, home):
        """The mail comes, now and when the token has been renewed."""
        self.append('INBOX', support.message(1))
        self.sync(home)
        self.assertSame(home)
        path = home.state + '/tokens/test.json'
        with open(path) as f:
            first = json.load(f)
        home.write(path, json.dumps({**first, 'expires_at': 1}))
        self.sync(home)
        with open(path) as f:
            second = json.load(f)
        for what in 'access_token', 'refresh_token':
            self.assertNotEqual(first[what], second[what])

    def test_browser(self):
        home = self.home()
        command = Command(home, 'auth', 'test')
        self.assertIn('BACK http://localhost:', self.sign_in(
            command.question()))
        self.assertStatus(command.end(), 0)
        self.works(home)

    def test_paste(self):
        home = self.home()
        command = Command(home, 'auth', '--paste', 'test',
                          stdin=subprocess.PIPE)
        went = self.sign_in(command.question())
        back = [line[5:] for line in went.splitlines()
                if line.startswith('BACK ')]
        self.assertStatus(command.end(back[0] + '\n'), 0)
        self.works(home)

    def test_device(self):
        home = self.home()
        command = Command(home, 'auth', '--device', 'test')
        page = command.until(r'^  (https\S+)$')[1]
        code = command.until(r'^  (\S+)$')[1]
        self.sign_in('%s?user_code=%s' % (page, code))
        self.assertStatus(command.end(), 0)
        self.works(home)


support.main()
