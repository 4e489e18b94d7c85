#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that wants to be left alone is: nothing is set aside, nothing more
is asked until its time has come, and then all is there."""
import contextlib
import glob
import os
import re
import signal
import sqlite3
import time

import support
from scripted import Box, Scripted

SUGGESTED = ('Request is throttled. Suggested Backoff Time: 92415 '
             'milliseconds')
BANDWIDTH = '[OVERQUOTA] Account exceeded command or bandwidth limits.'
CONNECTIONS = '[ALERT] Too many simultaneous connections. (Failure)'
BODY = re.compile(r'BODY\.PEEK')


class Throttle(support.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.users = ['test'] * 100

    def setUp(self):
        super().setUp()
        messages = [support.message(i) for i in range(20)]
        self.server = Scripted({'INBOX': Box(messages),
                                'Sent': Box(messages[:3]),
                                'Work': Box(messages[3:6])})
        self.enterContext(self.server)
        self.home = self.setup(tls='none')

    def refuse(self, name, text, **keys):
        """From now on the command is refused; keys: only in that folder."""
        def hook(session, command):
            if keys.get('box') and command.args[0] not in keys['box']:
                return False
            if name == 'UID FETCH' and not BODY.search(command.text):
                return False
            session.no(command, text)
            return True
        self.server.hooks[name] = hook

    def database(self, query):
        path = self.home.state + '/test.db'
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            return db.execute(query).fetchall()

    def waits(self):
        """For how many seconds the server is left alone now."""
        (until, _), = self.database('SELECT busy_until, busy_last '
                                    'FROM account')
        return until / 1000 - time.time()

    def assertBusy(self, seconds):
        """It is left alone for about so long, and nothing is set aside."""
        self.assertEqual(self.database('SELECT * FROM aside'), [])
        self.assertAlmostEqual(self.waits(), seconds, delta=30)
        before = len(self.server.log)
        result = self.sync(self.home, status=75)
        self.assertIn('left alone', result.err)
        self.assertRegex(result.err, r'(?m)^ +-> ')
        self.assertEqual(len(self.server.log), before)

    def time_passes(self):
        self.database('UPDATE account SET busy_until = 1')

    def recovers(self):
        self.server.hooks.clear()
        self.time_passes()
        self.sync(self.home)
        self.assertSame(self.home)
        self.assertEqual(self.database('SELECT busy_until, busy_last '
                                       'FROM account'), [(0, 0)])
        self.assertQuiet(self.home)

    def test_bodies(self):
        self.refuse('UID FETCH', SUGGESTED)
        result = self.sync(self.home, status=75)
        self.assertIn('92415', result.err)
        # What was on its way was on its way: one folder's.
        self.assertLessEqual(sum('BODY' in c for c in self.server.commands()),
                             3)
        self.assertEqual(self.server.names().count('SELECT'), 1)
        self.assertNotIn('LOGOUT', self.server.names())
        self.assertBusy(92)
        self.recovers()

    def test_as_long_as_it_says(self):
        self.refuse('UID FETCH', '[THROTTLED] slow down, 3000 milliseconds')
        self.sync(self.home, status=75)
        end = time.time() + self.waits()
        self.server.hooks.clear()
        self.sync(self.home, status=75)
        support.wait_for(lambda: self.home.run('--once').status == 0,
                         'the end of three seconds')
        self.assertGreaterEqual(time.time(), end - 0.5)
        self.assertSame(self.home)

    def test_select(self):
        self.refuse('SELECT', '[THROTTLED] slow down')
        self.sync(self.home, status=75)
        self.assertEqual(self.server.names().count('SELECT'), 1)
        self.assertBusy(60)
        # Nobody says how long: a minute, then two.
        self.time_passes()
        self.sync(self.home, status=75)
        self.assertBusy(120)
        self.recovers()

    def test_upload(self):
        self.sync(self.home)
        inbox = self.home.maildir() + '/INBOX/new/'
        for i in range(30, 40):
            self.home.write('%s%d.x.y' % (inbox, i),
                            support.message(i).decode())
        self.refuse('APPEND', BANDWIDTH)
        self.sync(self.home, status=75)
        self.assertBusy(60)
        self.recovers()
        self.assertEqual(len(self.server.boxes['INBOX'].messages), 30)

    def test_login(self):
        self.refuse('LOGIN', CONNECTIONS)
        result = self.sync(self.home, status=75)
        self.assertNotIn('password', result.err)
        self.assertIn('Too many simultaneous', result.err)
        self.assertBusy(60)
        self.recovers()

    def test_greeting(self):
        self.server.greeting = '* BYE [UNAVAILABLE] come back later\r\n'
        result = self.sync(self.home, status=75)
        self.assertIn('come back later', result.err)
        self.assertBusy(60)
        self.server.greeting = None
        self.recovers()

    def test_bye(self):
        def bye(session, _):
            session.line('* BYE ' + SUGGESTED)
            session.flush()
            session.close()
        self.server.hooks['SELECT'] = bye
        self.sync(self.home, status=75)
        self.assertEqual(self.server.names().count('SELECT'), 1)
        self.assertBusy(92)
        self.recovers()

    def test_any_command(self):
        for name in 'LIST', 'STATUS':
            with self.subTest(name):
                self.refuse(name, SUGGESTED)
                self.sync(self.home, status=75)
                self.assertNotIn('SELECT', self.server.names())
                self.assertBusy(92)
                self.time_passes()
                self.server.hooks.clear()
        self.sync(self.home)
        for name in 'cur', 'new', 'tmp':
            os.makedirs(self.home.maildir() + '/Fresh/' + name)
        self.home.write(self.home.maildir() + '/Fresh/new/1.x.y',
                        support.message(30).decode())
        self.refuse('CREATE', SUGGESTED)
        self.sync(self.home, status=75)
        self.assertBusy(92)
        self.recovers()
        self.assertIn('Fresh', self.server.boxes)

    def test_one_mailbox_is_not_the_account(self):
        self.refuse('SELECT', '[UNAVAILABLE] shard down', box=['Sent'])
        result = self.sync(self.home, status=1)
        self.assertRegex(result.err, r'(?m)^test/Sent: .*shard down')
        self.assertEqual(len(self.local(self.home)['INBOX']), 20)
        self.assertEqual(len(self.local(self.home)['Work']), 3)
        self.server.hooks.clear()
        self.sync(self.home)
        self.assertSame(self.home)

    def test_a_second_mailbox_is(self):
        self.refuse('SELECT', '[UNAVAILABLE] shard down', box=['Sent', 'Work'])
        self.sync(self.home, status=75)
        self.assertBusy(60)
        self.recovers()

    def test_service_waits(self):
        self.home.account('test', self.server, tls='none',
                          poll_interval='10s')
        self.refuse('SELECT', '[THROTTLED] 12 seconds')
        service = self.home.start()
        try:
            support.wait_for(
                lambda: 'SELECT' in self.server.names(), 'the first try')
            asked, self.server.hooks = time.monotonic(), {}
            before = len(self.server.log)
            support.wait_for(lambda: len(self.server.log) > before,
                             'the second try', 60)
            self.assertGreater(time.monotonic() - asked, 11.5)
            support.wait_for(lambda: len(glob.glob(
                self.home.maildir() + '/*/*/*')) == 26, 'the messages')
        finally:
            service.send_signal(signal.SIGTERM)
            support.finish(service)


if __name__ == '__main__':
    support.main()
