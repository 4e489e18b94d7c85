#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imapsyncctl auth: each flow against an OAuth2 server, Dovecot that asks that
server about the tokens, and what comes of it when something is wrong."""
import json
import os
import subprocess
import time
import urllib.parse

import support
from oauth import Command, Front, get
from servers import free_ports


class Auth(support.TestCase):
    OPTIONS = '--mechs', 'plain login xoauth2 oauthbearer'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.oauth = cls.server.port + 2
        cls.front = Front(cls.server.dir + '/tls', cls.oauth)
        cls.addClassCleanup(cls.front.close)
        cls.users = cls.server.add_users('auth', 30, support.PASSWORD)
        get('http://127.0.0.1:%d/admin/base?url=%s' % (cls.oauth,
                                                       cls.front.url))

    def admin(self, what, **fields):
        return get('http://127.0.0.1:%d/admin/%s?%s' % (
            self.oauth, what, urllib.parse.urlencode(fields)))[2]

    def home(self, **keys):
        home = self.setup(**{
            'password_command': None, 'oauth_client_id': 'imapsyncd',
            'oauth_scope': 'mail',
            'oauth_authorize_url': self.front.url + '/authorize',
            'oauth_token_url': self.front.url + '/token',
            'oauth_device_url': self.front.url + '/device_authorization',
            **keys})
        self.file = home.state + '/tokens/test.json'
        return home

    def tokens(self):
        with open(self.file) as f:
            return json.load(f)

    def change(self, **fields):
        tokens = {**self.tokens(), **fields}
        with open(self.file, 'w') as f:
            json.dump({k: v for k, v in tokens.items() if v is not None}, f)

    def authorise(self, home, *args):
        command = Command(home, 'auth', *args, 'test')
        _, headers, _ = get(command.question(), self.server.ca)
        self.assertEqual(get(headers['Location'])[0], 200)
        return command.end()

    def authorised(self, **keys):
        home = self.home(**keys)
        self.assertStatus(self.authorise(home), 0)
        return home

    def refresh(self, home, refused=False):
        environment = home.environment()
        if refused:
            environment['IMAPSYNCD_REFUSED'] = '1'
        home.environment = lambda: environment
        return home.control('auth', '--refresh', 'test')

    def test_browser(self):
        home = self.home()
        result = self.authorise(home)
        self.assertStatus(result, 0)
        self.assertIn('ssh -L', result.out)
        self.assertIn('INBOX', result.out)
        self.assertIn('Saved: ', result.out)
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(home.state + '/tokens').st_mode & 0o777,
                         0o700)
        tokens = self.tokens()
        for text in result.out, result.err:
            self.assertNotIn(tokens['access_token'], text)
            self.assertNotIn(tokens['refresh_token'], text)
        self.append('INBOX', support.message(1))
        self.sync(home)
        self.assertSame(home)
        self.assertStatus(home.control('auth', '--test', 'test'), 0)

    def test_port(self):
        home = self.home()
        port = str(free_ports())
        command = Command(home, 'auth', '--port', port, 'test')
        url = command.question()
        self.assertIn('redirect_uri=http%3A%2F%2Flocalhost%3A' + port, url)
        back = get(url, self.server.ca)[1]['Location']
        # By IPv6 as well: that is what localhost may be.
        self.assertEqual(get(back.replace('localhost', '[::1]'))[0], 200)
        self.assertStatus(command.end(), 0)

    def test_question_is_answered_by_nobody_else(self):
        home = self.home()
        command = Command(home, 'auth', 'test')
        url = command.question()
        back = get(url, self.server.ca)[1]['Location']
        base, _, query = back.partition('?')
        fields = dict(urllib.parse.parse_qsl(query))
        state = fields['state']
        for path, host in (
                ('/?code=x&state=other', None),
                ('/?code=x', None),
                ('/?state=' + state, None),
                ('/?code=x&state=%s&state=%s' % (state, state), None),
                ('/?code=x&state=%s&iss=https://evil.example' % state, None),
                ('/?code=x%%0a&state=%s' % state, None),
                ('/other?code=x&state=' + state, None),
                ('/favicon.ico', None),
                ('/?code=x&state=' + state, 'evil.example'),
                ('/?code=%s&state=%s' % ('x' * 9000, state), None)):
            try:
                status = get(base + path, host=host)[0]
            except OSError:
                status = 'hung up'
            self.assertIn(status, (400, 404, 'hung up'), path)
        self.assertIsNone(command.process.poll())
        self.assertEqual(get(back + '&iss=' + self.front.url)[0], 200)
        self.assertStatus(command.end(), 0)

    def test_refused_in_the_browser(self):
        home = self.home()
        command = Command(home, 'auth', 'test')
        back = get(command.question() + '&deny=1', self.server.ca)[1]
        self.assertEqual(get(back['Location'])[0], 200)
        result = command.end()
        self.assertStatus(result, 77)
        self.assertRegex(result.err, r'test: .*access_denied\n  -> agree')
        self.assertFalse(os.path.exists(self.file))

    def test_paste(self):
        home = self.home()
        command = Command(home, 'auth', '--paste', 'test',
                          stdin=subprocess.PIPE)
        back = get(command.question(), self.server.ca)[1]['Location']
        self.assertStatus(command.end(back + '#\r\n'), 0)
        self.assertTrue(self.tokens()['refresh_token'])

    def test_paste_of_something_else(self):
        for typed, says in (('', 'no address'), ('https://localhost/\n', 'not the address'),
                            ('http://localhost/?code=1&state=2\n', 'another state')):
            home = self.home()
            command = Command(home, 'auth', '--paste', 'test',
                              stdin=subprocess.PIPE)
            command.question()
            result = command.end(typed)
            self.assertIn(result.status, (76, 77))
            self.assertRegex(result.err, 'test: .*%s.*\n  -> ' % says)
            self.assertFalse(os.path.exists(self.file))

    def test_device(self):
        home = self.home()
        command = Command(home, 'auth', '--device', 'test')
        page = command.until(r'^  (http\S+)$')[1]
        code = command.until(r'^  (\S+)$')[1]
        get('http://127.0.0.1:%d/device?user_code=%s&user=%s' % (
            self.oauth, code, self.user))
        self.assertTrue(page.startswith('https://'), page)
        self.assertStatus(command.end(), 0)

    def test_another_user(self):
        """Who signed in is not who the account says: the server says no, and
        what was there stays."""
        home = self.authorised()
        before = self.tokens()
        command = Command(home, 'auth', 'test')
        url = command.question().replace('login_hint=' + self.user,
                                         'login_hint=auth29')
        self.assertIn('login_hint=auth29', url)
        get(get(url, self.server.ca)[1]['Location'])
        result = command.end()
        self.assertStatus(result, 77)
        self.assertRegex(result.err, r'the new token; it was not kept\n'
                         r"  -> was it '%s' who signed in" % self.user)
        self.assertEqual(self.tokens(), before)

    def test_renewed_before_it_ends(self):
        home = self.authorised()
        first = self.tokens()
        result = self.refresh(home)
        self.assertEqual(result.out.strip(), first['access_token'])
        self.change(expires_at=first['obtained_at'] + 100,
                    obtained_at=first['obtained_at'] - 3500)
        result = self.refresh(home)
        self.assertStatus(result, 0)
        self.assertNotEqual(result.out.strip(), first['access_token'])
        self.assertEqual(result.out.strip(), self.tokens()['access_token'])
        self.assertEqual(self.tokens()['refresh_token'],
                         first['refresh_token'])

    def test_renewed_where_the_server_refuses_it(self):
        home = self.authorised()
        first = self.tokens()
        self.admin('expire', user=self.user)
        self.sync(home)
        self.assertNotEqual(self.tokens()['access_token'],
                            first['access_token'])

    def test_short_life(self):
        """Tokens that end all the time: no login meets one that has ended."""
        home = self.home()
        self.admin('ttl', s=4)
        self.addCleanup(self.admin, 'ttl', s=3600)
        self.assertStatus(self.authorise(home), 0)
        tokens, end = set(), time.monotonic() + 14
        while time.monotonic() < end:
            result = self.sync(home)
            self.assertEqual(result.err, '')
            tokens.add(self.tokens()['access_token'])
        self.assertGreaterEqual(len(tokens), 3)

    def test_temporary(self):
        """Nothing is lost while the provider fails, and a token that is good
        is used."""
        home = self.authorised()
        first = self.tokens()
        for status, body in ((503, 'busy'), (429, '{}'), (500, '<html>'),
                             (400, '{"error":"temporarily_unavailable"}'),
                             (400, '{"error":"invalid_grant",'
                              '"error_description":"AADSTS90033: x"}')):
            self.admin('fail', n=1, status=status, body=body, path='/token')
            self.change(expires_at=1)
            result = self.refresh(home)
            self.assertStatus(result, 75)
            self.assertRegex(result.err, '\n  -> temporary')
            self.assertEqual(self.tokens()['refresh_token'],
                             first['refresh_token'])
            self.admin('fail', n=1, status=status, body=body, path='/token')
            now = int(time.time())
            self.change(obtained_at=now - 3500, expires_at=now + 100)
            self.assertStatus(self.refresh(home), 0)
        self.admin('fail', n=1, status=503, body='', path='/token')
        self.change(expires_at=1)
        self.assertStatus(home.run('--once'), 75)
        self.sync(home)

    def test_gone(self):
        """The first refusal is believed the second time; then nobody is asked
        any more."""
        home = self.authorised()
        self.admin('revoke', user=self.user)
        result = self.refresh(home, refused=True)
        self.assertStatus(result, 75)
        self.assertNotIn('access_token', self.tokens())
        self.assertIn('refresh_token', self.tokens())
        result = self.refresh(home)
        self.assertStatus(result, 77)
        self.assertRegex(result.err, 'authorisation is gone: invalid_grant.*'
                         '\n  -> authorise again: imapsyncctl auth')
        self.assertNotIn('refresh_token', self.tokens())
        asked = self.front.count
        result = home.run('--once')
        self.assertStatus(result, 77)
        self.assertRegex(result.err, 'test: .*has ended')
        self.assertEqual(self.front.count, asked)
        self.assertStatus(self.authorise(home), 0)
        self.sync(home)

    def test_explained(self):
        home = self.authorised()
        for description, says, hint in (
                ('AADSTS53003: Access has been blocked', 'conditional access',
                 'leave out --device'),
                ('AADSTS50173: x', 'password was changed', 'authorise again'),
                ('AADSTS501730: x', 'authorisation is gone', 'authorise')):
            body = json.dumps({'error': 'invalid_grant',
                               'error_description': description})
            self.admin('fail', n=1, status=400, body=body, path='/token')
            self.change(expires_at=1, strikes=1, refresh_token='x')
            result = self.refresh(home)
            self.assertStatus(result, 77)
            self.assertRegex(result.err, '%s.*\n  -> .*%s' % (says, hint))

    def test_for_another_purpose(self):
        for key, value in (('user', 'other'), ('oauth_client_id', 'other'),
                           ('oauth_scope', 'other')):
            home = self.authorised()
            home.accounts['test'][key] = value
            home.save()
            result = self.refresh(home)
            self.assertStatus(result, 77)
            self.assertRegex(result.err, 'test: %s was another .*\n'
                             '  -> authorise again' % key)
            self.assertTrue(self.tokens()['refresh_token'])

    def test_not_authorised(self):
        home = self.home()
        result = self.refresh(home)
        self.assertStatus(result, 77)
        self.assertRegex(result.err, 'not authorised\n  -> imapsyncctl auth')
        self.assertStatus(home.run('--once'), 77)

    def test_file_of_tokens(self):
        home = self.authorised()
        os.chmod(self.file, 0o640)
        result = self.refresh(home)
        self.assertStatus(result, 78)
        self.assertRegex(result.err, 'test.json, is readable by others\n')
        os.chmod(self.file, 0o600)
        for text in '', '{', '[]', '{"v":2}', '{"v":1,"v":1}':
            with open(self.file, 'w') as f:
                f.write(text)
            result = self.refresh(home)
            self.assertStatus(result, 78)
            self.assertRegex(result.err, 'cannot be read\n  -> authorise')
        self.assertStatus(self.authorise(home), 0)

    def test_revoke(self):
        home = self.authorised()
        result = home.control('auth', '--revoke', 'test')
        self.assertStatus(result, 0)
        self.assertIn('test: forgotten here', result.out)
        self.assertFalse(os.path.exists(self.file))
        self.assertStatus(home.control('auth', '--revoke', 'test'), 77)

    def test_usage(self):
        home = self.home()
        for args, says in ((['nobody'], 'no such account'),
                           (['--device', '--paste', 'test'], 'one of'),
                           (['--port', '0', 'test'], 'no port'),
                           (['--port', '70000', 'test'], 'no port')):
            result = home.control('auth', *args)
            self.assertStatus(result, 64)
            self.assertIn(says, result.err)
        self.assertStatus(home.control('verify', '--paste'), 64)
        home.account('test', self.server, self.user)
        result = home.control('auth', 'test')
        self.assertStatus(result, 78)
        self.assertIn('has no oauth', result.err)

    def test_google_has_no_device_codes_for_mail(self):
        home = self.setup(password_command=None, oauth='google',
                          oauth_client_id='c')
        result = home.control('auth', '--device', 'test')
        self.assertStatus(result, 78)
        self.assertRegex(result.err, 'not for mail\n  -> leave out --device')


support.main()
