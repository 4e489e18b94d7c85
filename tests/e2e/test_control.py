#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The running daemon answers imapsyncctl, and an imapsyncd --once, over its
socket; whoever else comes there is no trouble."""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import unittest

import faults
import support
from service import Service

SUMMARY = r'test: \d+ new, \d+ uploaded, \d+ flags, \d+ deleted, \d+ held, ' \
          r'\d+\.\d s\n'
WHEN = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ'
FOLDER = {'name': str, 'messages': int, 'pending': int, 'held': int,
          'watched': bool, 'set_aside': list}


def setUpModule():
    support.serve_module(Base)


class Base(support.ModuleTestCase):
    def seeded(self, count=20, **keys):
        self.server.seed(self.user, count, '--folders', '3', '--plain')
        keys.setdefault('poll_interval', '1h')
        return self.setup(**keys)

    def control(self, home, *args, status=0):
        result = home.control(*args)
        self.assertStatus(result, status)
        return result

    def status(self, home):
        return json.loads(self.control(home, '--json', 'status').out)

    def account(self, home, name='test'):
        return {a['name']: a for a in self.status(home)['accounts']}[name]

    def folder(self, home, name):
        return {f['name']: f for f in self.account(home)['folders']}[name]

    def synced(self, service, home, name='test'):
        service.wait(lambda: home.control('status').status != 69, 'a socket')
        service.wait(lambda: self.account(home, name)['last_sync'],
                     'the first sync')

    def logins(self, user=None):
        """Of the daemon: a test logs in by PLAIN."""
        return self.server.log().count('Login: user=<%s>, method=SCRAM' %
                                       (user or self.user))

    def path(self, home):
        return home.home + '/run/imapsyncd/control'

    def connect(self, home):
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.settimeout(20)
        s.connect(self.path(home))
        return s


class Status(Base):
    def check(self, status):
        self.assertEqual(status['version'], 1)
        self.assertRegex(status['started'], WHEN)
        for a in status['accounts']:
            self.assertIn(a['state'], ('idle', 'syncing', 'connecting',
                                       'waiting', 'auth', 'paused', 'error'))
            self.assertIn(a['mode'], ('notify', 'idle', 'poll'))
            for key in 'last_sync', 'last_change', 'next_try':
                if a[key] is not None:
                    self.assertRegex(a[key], WHEN)
            if a['error'] is not None:
                self.assertEqual(sorted(a['error']), ['hint', 'text'])
            for f in a['folders']:
                for key, kind in FOLDER.items():
                    self.assertIs(type(f[key]), kind, (key, f))

    def waiting(self, home, name):
        account = self.account(home, name)
        return account if account['state'] == 'waiting' else None

    def test_is_true(self):
        home = self.seeded(60)
        home.account('dead', self.server, self.user, port=1, timeout='5s')
        home.account('locked', self.server, self.user, 'wrong')
        with Service(home) as service:
            self.synced(service, home)
            service.wait(lambda: self.account(home, 'locked')['state'] ==
                         'auth', 'the refusal')
            status = self.status(home)
            self.check(status)
            self.assertEqual(status['pid'], service.pid)
            accounts = {a['name']: a for a in status['accounts']}
            self.assertEqual(accounts['test']['state'], 'idle')
            self.assertIsNone(accounts['test']['error'])
            expected = {name: len(found)
                        for name, found in self.remote().items()}
            self.assertEqual({f['name']: f['messages']
                              for f in accounts['test']['folders']}, expected)
            dead = service.wait(lambda: self.waiting(home, 'dead'), 'a pause')
            self.assertIsNotNone(dead['next_try'])
            self.assertIn('refused', accounts['dead']['error']['text'])
            self.assertIsNone(accounts['dead']['last_sync'])
            self.assertTrue(accounts['locked']['error']['hint'])
            text = self.control(home, 'status').out
            self.assertRegex(text, r'(?m)^test: idle \(\w+\)$')
            self.assertRegex(text, r'(?m)^dead: \w+ \(\w+\)$')
            service.heard('')
            self.assertIn('STATUS=2 of 3 accounts: dead:',
                          '\n'.join(service.said))
            service.stop()

    def test_what_waits(self):
        """Held, and the command that settles it."""
        home = self.seeded(90)
        with Service(home) as service:
            self.synced(service, home)
            inbox = self.folder(home, 'INBOX')
            self.assertEqual((inbox['held'], inbox['pending']), (0, 0))
            kept = home.home + '/kept'
            os.rename(home.maildir() + '/INBOX/cur', kept)
            os.mkdir(home.maildir() + '/INBOX/cur')
            gone = len(os.listdir(kept))
            self.assertGreater(gone, 20)
            result = self.control(home, 'sync', '--wait', status=1)
            self.assertIn('held back', result.err)
            self.assertIn('  -> ', result.err)
            self.assertEqual(self.folder(home, 'INBOX')['held'], gone)
            self.assertIn('held back', self.account(home)['error']['text'])
            text = self.control(home, 'status').out
            command = re.search(r'(?m)^ +imapsyncctl (restore \S+)$', text)[1]
            self.control(home, *command.split())
            self.control(home, 'sync', '--wait')
            self.assertEqual(self.folder(home, 'INBOX')['held'], 0)
            self.assertIsNone(self.account(home)['error'])
            self.assertSame(home)
            folders = self.control(home, 'folders', 'test').out
            self.assertRegex(folders, r'(?m)^INBOX: %d messages' %
                             self.folder(home, 'INBOX')['messages'])
            self.control(home, 'folders', 'nobody', status=64)

    def test_what_is_set_aside(self):
        """By its subject."""
        home = self.seeded(5, disable_extension='BINARY')
        with Service(home) as service:
            self.synced(service, home)
            with open(home.maildir() + '/INBOX/new/1.odd', 'wb') as f:
                f.write(b'From: a@example.org\nsubject: =?utf-8?q?Gr=C3=BC'
                        b'=C3=9Fe?=\n from\x1b afar\n\na \0 in it\n')
            self.control(home, 'sync', '--wait', status=1)
            aside, = self.folder(home, 'INBOX')['set_aside']
            self.assertEqual(aside['subject'], 'Gr\u00fc\u00dfe from\ufffd afar')
            self.assertIn('NUL', aside['text'])
            self.assertIsNone(aside['uid'])
            self.assertIn('INBOX: set aside: "Gr\u00fc\u00dfe from\ufffd afar": ',
                          self.control(home, 'status').out)
            service.stop()

    def test_while_much_goes_up(self):
        home = self.setup(poll_interval='1h')
        with Service(home) as service:
            self.synced(service, home)
            inbox = home.maildir() + '/INBOX/cur'
            for n in range(1200):
                with open('%s/%d.x:2,S' % (inbox, n), 'wb') as f:
                    f.write(support.message(n))
            self.control(home, 'sync')
            service.wait(lambda: self.account(home)['state'] == 'syncing',
                         'the work')
            start = time.monotonic()
            self.status(home)
            self.assertLess(time.monotonic() - start, 1)
            self.control(home, 'sync', '--wait')
            self.assertEqual(self.folder(home, 'INBOX')['messages'], 1200)
            service.stop()

    def test_watch(self):
        home = self.seeded()
        with Service(home) as service:
            self.synced(service, home)
            process = home.start('--json', 'status', '--watch',
                                 program=support.CONTROL)
            first = json.loads(process.stdout.readline())
            self.control(home, 'pause', 'test')
            second = json.loads(process.stdout.readline())
            self.assertEqual([s['accounts'][0]['state']
                              for s in (first, second)], ['idle', 'paused'])
            service.stop()
            # It ends with the daemon.
            self.assertStatus(support.finish(process, 20), 75)


class Sync(Base):
    def test_what_was_done_before_is_on_the_other_side(self):
        home = self.seeded()
        with Service(home) as service:
            self.synced(service, home)
            for target in [], ['test'], ['test/INBOX']:
                name = sorted(os.listdir(home.maildir() + '/INBOX/cur'))[0]
                flags = '' if name.endswith('F') else 'F'
                base = name.partition(':2,')[0]
                os.rename(home.maildir() + '/INBOX/cur/' + name,
                          '%s/INBOX/cur/%s:2,%s' % (home.maildir(), base,
                                                    flags))
                self.append('INBOX', support.message(len(target)))
                # Saved a moment ago.
                with open('%s/INBOX/new/%d.%d' % (
                        home.maildir(), os.getpid(),
                        len(''.join(target))), 'wb') as f:
                    f.write(support.message(10 + len(''.join(target))))
                start = time.monotonic()
                self.control(home, 'sync', '--wait', *target)
                self.assertLess(time.monotonic() - start, 10)
                self.assertSame(home)
            service.stop()

    def test_exit_status(self):
        home = self.seeded()
        home.account('dead', self.server, self.user, port=1, timeout='5s')
        with Service(home) as service:
            self.synced(service, home)
            result = self.control(home, 'sync', '--wait', 'dead', status=75)
            self.assertRegex(result.err, r'(?m)^dead: .*refused')
            self.control(home, 'sync', '--wait', status=75)
            self.control(home, 'sync', '--wait', 'test')
            self.control(home, 'sync', 'nobody', status=64)
            self.control(home, 'sync', '--wait', 'nobody/INBOX', status=64)
            result = self.control(home, 'sync', '--wait', 'test/INBOX',
                                  'test/None', status=64)
            self.assertIn('test/None: there is no such folder', result.err)
            # One that is new here is made there.
            for sub in 'cur', 'new', 'tmp':
                os.makedirs('%s/Fresh/%s' % (home.maildir(), sub), 0o700)
            self.control(home, 'sync', '--wait', 'test/Fresh')
            self.assertIn('Fresh', self.remote())
            service.stop()
        self.assertFalse(os.path.exists(self.path(home)))
        for command in (['status'], ['sync', 'test'], ['pause'], ['reload'],
                        ['folders', 'test']):
            result = self.control(home, *command, status=69)
            self.assertIn('  -> ', result.err)

    def test_a_wait_ends_with_the_account(self):
        """Paused or stopped in the middle of it: 75."""
        home = self.setup(port=1, timeout='5s')
        home.account('slow', self.server, self.user,
                     password_command='sleep 600')
        with Service(home) as service:
            service.wait(lambda: home.control('status').status != 69,
                         'a socket')
            for end in (lambda: self.control(home, 'pause', 'slow'),
                        service.stop):
                s = self.connect(home)
                s.sendall(b'{"verb":"sync","wait":true,"targets":["slow"]}\n')
                self.status(home)
                end()
                answer = s.recv(1 << 16).decode()
                self.assertIn('slow: stopped before', answer)
                self.assertIn('{"exit":75}', answer)
                if service.process.poll() is None:
                    self.control(home, 'resume', 'slow')


class Once(Base):
    def test_is_handed_over(self):
        home = self.seeded(90)
        with Service(home) as service:
            self.synced(service, home)
            logins = self.logins()
            self.append('INBOX', support.message(1))
            result = home.run('--once')
            self.assertStatus(result, 0)
            self.assertRegex(result.out, '^' + SUMMARY + '$')
            self.assertTrue(result.out.startswith('test: 1 new, '))
            self.assertEqual(result.err, 'test/INBOX: 1 new\n')
            self.append('INBOX', support.message(2))
            result = home.run('--once', '--full', '-q', 'test/INBOX')
            self.assertEqual(result, (0, '', ''))
            self.assertSame(home)
            self.assertEqual(self.logins(), logins)
            # What is wrong is said each time, as by a process of its own.
            os.rename(home.maildir() + '/INBOX/cur', home.home + '/kept')
            os.mkdir(home.maildir() + '/INBOX/cur')
            for _ in range(2):
                result = home.run('--once', '-q')
                self.assertStatus(result, 1)
                self.assertRegex(result.err, r'held back.*\n  -> ')
            service.stop()
            self.assertEqual(home.run('--once', '-q'), result)

    def test_only_with_the_same_configuration(self):
        home = self.seeded()
        with Service(home) as service:
            self.synced(service, home)
            home.accounts['test']['delete'] = 'none'
            home.account('other', self.server, self.user)
            result = home.run('--once', 'test')
            self.assertStatus(result, 75)
            self.assertRegex(result.err, r'(?m)^test: .*configuration')
            # What the daemon has not is done here, at the same time.
            result = home.run('--once')
            self.assertStatus(result, 75)
            self.assertRegex(result.out, r'(?m)^other: \d+ new')
            self.control(home, 'reload')
            self.assertStatus(home.run('--once'), 0)
            service.stop()


class Reload(Base):
    def test_only_what_changed(self):
        home = self.seeded()
        self.server.seed('test8', 5, '--folder', 'INBOX', '--plain')
        home.account('second', self.server, 'test8', poll_interval='1h')
        with Service(home) as service:
            self.synced(service, home)
            self.synced(service, home, 'second')
            mine = self.logins()
            others = self.logins('test8')
            # Changed; and one that is new.
            home.accounts['second']['poll_interval'] = '2h'
            home.account('third', self.server, 'test8', poll_interval='1h')
            self.control(home, 'reload')
            self.synced(service, home, 'third')
            service.wait(lambda: self.logins('test8') == others + 2,
                         'their logins')
            # Gone; and what one leaves another one gets.
            del home.accounts['third']
            del home.accounts['second']
            home.account('renamed', self.server, 'test8', poll_interval='1h',
                         maildir=home.mail + '/second')
            self.control(home, 'reload')
            self.synced(service, home, 'renamed')
            self.assertEqual([a['name']
                              for a in self.status(home)['accounts']],
                             ['test', 'renamed'])
            self.control(home, 'sync', '--wait', 'test')
            self.assertEqual(self.logins(), mine)
            service.stop()

    def test_a_wrong_file(self):
        home = self.seeded()
        with Service(home) as service:
            self.synced(service, home)
            with open(home.ini) as f:
                good = f.read()
            home.write(home.ini, good + '\npol_interval = 5m\n')
            result = self.control(home, 'reload', status=78)
            self.assertRegex(result.err, r'(?m)^%s:\d+: .*"poll_interval"'
                             % re.escape(home.ini))
            # Also when it is the daemon that reads it.
            s = self.connect(home)
            s.sendall(b'{"verb":"reload"}\n')
            answer = s.recv(65536).decode()
            self.assertIn('pol_interval', answer)
            self.assertIn('{"exit":78}', answer)
            home.write(home.ini, good)
            logins = self.logins()
            self.control(home, 'sync', '--wait')
            self.control(home, 'reload')
            self.assertEqual(self.logins(), logins)
            service.stop()

    def test_pause(self):
        home = self.seeded()
        with Service(home) as service:
            self.synced(service, home)
            before = self.account(home)
            self.control(home, 'pause', 'test')
            service.wait(lambda: 'Disconnected: Connection closed' in
                         self.server.log() or 'Logged out' in
                         self.server.log(), 'the end of the connection')
            paused = self.account(home)
            self.assertEqual(paused['state'], 'paused')
            for key in 'last_sync', 'last_change':
                self.assertEqual(paused[key], before[key])
            for f in paused['folders'] + before['folders']:
                f['watched'] = False
            self.assertEqual(paused['folders'], before['folders'])
            self.append('INBOX', support.message(1))
            result = self.control(home, 'sync', '--wait', 'test', status=75)
            self.assertIn('resume test', result.err)
            # It stays so.
            self.control(home, 'reload')
            service.signal(signal.SIGUSR1)
            self.assertEqual(self.account(home)['state'], 'paused')
            self.control(home, 'resume')
            self.control(home, 'sync', '--wait')
            self.assertSame(home)
            service.stop()


class Hostile(Base):
    def test_garbage(self):
        home = self.seeded(5)
        with Service(home) as service:
            self.synced(service, home)
            for data in (b'x' * (1 << 20), b'{' * (1 << 20), b'\0' * 70000,
                         b'\n' * 100000, b'{"verb":"status"', b'[]\n',
                         b'{"verb":"status"}\n' * 200):
                s = self.connect(home)
                try:
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                    while s.recv(1 << 16):
                        pass
                except OSError:
                    pass        # closed before all was sent
                s.close()
                self.status(home)
            # It asks, and never reads.
            s = self.connect(home)
            s.settimeout(1)
            try:
                for _ in range(100000):
                    s.sendall(b'{"verb":"status"}\n')
            except OSError:
                pass
            self.assertEqual(self.account(home)['state'], 'idle')
            if not faults.sanitized():
                self.assertLess(service.memory(), 64 * 1024)
            service.stop()

    def test_a_hundred_connections(self):
        home = self.seeded(5)
        with Service(home) as service:
            self.synced(service, home)
            crowd = [self.connect(home) for _ in range(100)]
            crowd[0].close()
            for s in crowd[1:50]:
                try:
                    s.sendall(b'{"verb":')
                except OSError:
                    pass        # it had to make room
            start = time.monotonic()
            self.status(home)
            self.assertLess(time.monotonic() - start, 1)
            if os.geteuid() == 0:
                self.assertLess(service.descriptors(), 80)
            service.stop()

    def test_half_a_request_is_waited_for(self):
        home = self.seeded(5)
        with Service(home) as service:
            self.synced(service, home)
            s = self.connect(home)
            for part in b'{"ver', b'b":"sta', b'tus"}', b'\n':
                s.sendall(part)
            self.assertIn(b'"version":1', s.recv(1 << 16))
            service.stop()

    def test_files(self):
        """Who may reach it; a second daemon; what a kill left behind."""
        home = self.seeded(5)
        with Service(home) as service:
            self.synced(service, home)
            for path, mode in ((os.path.dirname(self.path(home)), 0o700),
                               (self.path(home), 0o600)):
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode)
            with Service(home) as second:
                second.logged(r'^imapsyncd: another imapsyncd answers in ')
                second.stop()
            self.status(home)
            service.process.kill()
            service.process.wait()
        self.assertTrue(os.path.exists(self.path(home)))
        self.control(home, 'status', status=69)
        with Service(home) as service:
            self.synced(service, home)
            service.stop()

    @unittest.skipIf(os.geteuid(), 'needs to be root to be somebody else')
    def test_another_user(self):
        home = self.seeded(5)
        with Service(home) as service:
            self.synced(service, home)
            # Even where the files' modes would allow it.
            os.chmod(home.home, 0o755)
            os.chmod(home.home + '/run', 0o755)
            os.chmod(os.path.dirname(self.path(home)), 0o755)
            os.chmod(self.path(home), 0o666)
            script = ('import socket\ns = socket.socket(socket.AF_UNIX)\n'
                      's.connect(%r)\n'
                      'try:\n s.sendall(b\'{"verb":"status"}\\n\')\n'
                      ' print(len(s.recv(9999)))\n'
                      'except OSError: print(0)\n' % self.path(home))
            out = subprocess.run(['python3', '-c', script], user=65534,
                                 group=65534, stdout=subprocess.PIPE,
                                 check=True, timeout=20).stdout
            self.assertEqual(out, b'0\n')
            self.status(home)
            service.stop()


support.main()
