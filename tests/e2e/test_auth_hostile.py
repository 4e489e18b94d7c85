#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imapsyncctl auth with endpoints that lie, or are somebody else's: refused
with a message, and nothing is written."""
import json
import os
import urllib.parse

import support
from oauth import Command, Scripted, get

GOOD = {'access_token': 'a', 'token_type': 'bearer', 'refresh_token': 'r'}


def answer(body, status=200, **headers):
    if not isinstance(body, (str, bytes)):
        body = json.dumps(body)
    return lambda h: h.say(status, body, **headers)


def endless(handler):
    """No length, no end."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b' ' * 65536)


class Hostile(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tls = cls.server.dir + '/tls'
        cls.idp, cls.other = Scripted(cls.tls), Scripted(cls.tls)
        cls.plain = Scripted(cls.tls, secure=False)
        for s in cls.idp, cls.other, cls.plain:
            cls.addClassCleanup(s.close)
        cls.users = cls.server.add_users('hostile', 10, support.PASSWORD)

    def home(self, **keys):
        return self.setup(**{
            'password_command': None, 'oauth_client_id': 'c',
            'oauth_client_secret': 'S3CR3T-canary',
            'oauth_authorize_url': self.idp.url + '/authorize',
            'oauth_token_url': self.idp.url + '/token',
            'oauth_device_url': self.idp.url + '/device', **keys})

    def assertNothing(self, home, result, status, says):
        self.assertStatus(result, status)
        self.assertRegex(result.err, r'(?m)^test: .*%s.*\n  -> ' % says)
        self.assertFalse(os.path.exists(home.state + '/tokens/test.json'))
        self.assertNotIn('S3CR3T', result.out + result.err)

    def redeem(self, home):
        """The browser comes back; what becomes of the code."""
        command = Command(home, 'auth', 'test')
        query = urllib.parse.urlsplit(command.question()).query
        q = dict(urllib.parse.parse_qsl(query))
        back = q['redirect_uri'] + '/?code=C&state=' + q['state']
        self.assertEqual(get(back)[0], 200)
        return command.end()

    def test_token_endpoint(self):
        self.other.answers['/token'] = answer(GOOD)
        self.plain.answers['/token'] = answer(GOOD)
        port = self.idp.port
        for says, status, does in (
                ('too large', 76, answer(b'x' * 1000000)),
                ('too large', 76, endless),
                ('sent on to https://localhost:%d/token'
                 % self.other.port, 76,
                 answer('', 307, Location=self.other.url + '/token')),
                ('sent on to http://', 76,
                 answer('', 307, Location=self.plain.url + '/token')),
                ('sent on to http://localhost:%d/token' % port, 76,
                 answer('', 308, Location='http://localhost:%d/token'
                        % port)),
                ('sent on to file:', 76,
                 answer('', 302, Location='file:///etc/passwd')),
                ('sent on to', 76,
                 answer('', 307, Location=self.idp.url + '/token')),
                ('not JSON', 76, answer('<html>welcome</html>')),
                ('not JSON', 76, answer('')),
                ('not JSON', 76, answer('[' * 100000)),
                ('not JSON', 76, answer('{"a":1,"a":2}')),
                ('not JSON', 76, answer(b'{"access_token":"\xff"}')),
                ('neither a token', 76, answer({})),
                ('not JSON', 76, answer([])),
                ('no bearer', 76, answer({**GOOD, 'token_type': 'mac'})),
                ('characters', 76, answer({**GOOD, 'access_token': 'a b'})),
                ('characters', 76, answer({**GOOD, 'access_token': 'a\x01b'})),
                ('characters', 76, answer({**GOOD, 'access_token': ''})),
                ('characters', 76, answer({**GOOD, 'access_token': 1})),
                ('characters', 76, answer({**GOOD, 'refresh_token': 'é'})),
                ('characters', 76,
                 answer({**GOOD, 'access_token': 'a' * 70000})),
                ('no access token', 76, answer({'device_code': 'd'})),
                ('busy', 75, answer({'error': 'x', 'error_description':
                                     'busy\x1b[31m'}, 503)),
                ('invalid_client', 77,
                 answer({'error': 'invalid_client'}, 401))):
            with self.subTest(says=says):
                self.idp.answers['/token'] = does
                home = self.home()
                result = self.redeem(home)
                self.assertNothing(home, result, status, says)
                self.assertNotIn('\x1b', result.err)
        self.assertEqual(self.other.seen, [])
        self.assertEqual(self.plain.seen, [])

    def test_another_state_does_not_reach_the_endpoint(self):
        self.idp.seen.clear()
        home = self.home()
        command = Command(home, 'auth', 'test')
        q = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(
            command.question()).query))
        for more in '&state=x', '&state=%s&iss=%s' % (q['state'],
                                                      self.other.url):
            self.assertEqual(
                get(q['redirect_uri'] + '/?code=C' + more)[0], 400)
        command.process.terminate()
        command.end()
        self.assertEqual(self.idp.seen, [])
        self.assertFalse(os.path.exists(home.state + '/tokens'))

    def test_device_endpoint(self):
        good = {'device_code': 'd', 'user_code': 'u',
                'verification_uri': 'https://h/'}
        for says, body in (
                ('no device code', {**good, 'verification_uri': 'http://h/'}),
                ('no device code', {**good, 'user_code': None}),
                ('no device code', GOOD),
                ('neither', {'user_code': 'u'})):
            self.idp.answers['/device'] = answer(body)
            home = self.home()
            result = home.control('auth', '--device', 'test')
            self.assertNothing(home, result, 76, says)
        self.idp.answers['/device'] = answer({**good, 'interval': 1})
        for says, status, body in (
                ('nobody agreed', 77, {'error': 'expired_token'}),
                ('refused', 77, {'error': 'access_denied'})):
            self.idp.answers['/token'] = answer(body, 400)
            home = self.home()
            result = home.control('auth', '--device', 'test')
            self.assertNothing(home, result, status, says)

    def test_address(self):
        self.plain.seen.clear()
        home = self.home(oauth_token_url=self.plain.url + '/token')
        result = home.control('auth', 'test')
        self.assertStatus(result, 78)
        self.assertIn('is not an https:// address', result.err)
        self.assertEqual(self.plain.seen, [])

    def test_certificate(self):
        home = self.home(tls_ca_file=self.tls + '/ca2.pem')
        self.idp.seen.clear()
        self.assertNothing(home, self.redeem(home), 77, 'certificate')
        home = self.home(oauth_token_url='https://127.0.0.2:1/token')
        self.assertNothing(home, self.redeem(home), 75, '127.0.0.2:1')
        self.assertEqual(self.idp.seen, [])

    def test_refresh(self):
        """An authorisation that is there stays as it is."""
        home = self.home()
        self.idp.answers['/token'] = answer({**GOOD, 'expires_in': '1'})
        os.mkdir(home.state, 0o700)
        os.mkdir(home.state + '/tokens', 0o700)
        path = home.state + '/tokens/test.json'
        tokens = {'v': 1, 'user': home.accounts['test']['user'],
                  'client_id': 'c', 'token_url': self.idp.url + '/token',
                  'scope': 'offline_access', 'refresh_token': 'R',
                  'obtained_at': 1, 'expires_at': 2, 'granted_at': 1}
        home.write(path, json.dumps(tokens))
        for does in (answer(b'x' * 1000000), answer('<html>'),
                     answer('', 307, Location=self.other.url + '/token'),
                     answer({'device_code': 'd'})):
            self.idp.answers['/token'] = does
            result = home.control('auth', '--refresh', 'test')
            self.assertStatus(result, 76)
            self.assertEqual(result.out, '')
            with open(path) as f:
                left = json.load(f)
            self.assertEqual(left['refresh_token'], 'R')
        self.idp.answers['/token'] = answer(GOOD)
        result = home.control('auth', '--refresh', 'test')
        self.assertStatus(result, 0)
        self.assertEqual(result.out, 'a\n')
        with open(path) as f:
            self.assertEqual(json.load(f)['refresh_token'], 'r')


support.main()
