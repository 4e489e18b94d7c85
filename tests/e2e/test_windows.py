#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the server does not show is not deleted: windows, listings in parts,
listings that are short, and servers whose counters go back."""
import glob
import os
import re
import resource
import subprocess
import time

import support
from scripted import CAPABILITIES, Box, Scripted
from support import message

QRESYNC = CAPABILITIES + ' QRESYNC'
LISTING = re.compile(r'UID FETCH \d+:[\d*]+ \(UID FLAGS')


class Window(Box):
    """Shows its newest messages only, and EXISTS counts no others."""

    def __init__(self, limit, messages=()):
        self.limit, self.hidden = limit, []
        super().__init__(messages)

    def _slide(self):
        while len(self.messages) > self.limit:
            self.hidden.append(self.messages.pop(0))
        while self.hidden and len(self.messages) < self.limit:
            self.messages.insert(0, self.hidden.pop())

    def add(self, *args, **keys):
        uid = super().add(*args, **keys)
        self._slide()
        return uid

    def remove(self, uid):
        super().remove(uid)
        self._slide()


class Limited:
    """A hook: answers as if only so many messages at a time were looked at,
    from the highest on (RFC 9738)."""

    def __init__(self, limit, stuck=False):
        self.limit, self.stuck, self.most = limit, stuck, 0

    def __call__(self, session, command):
        rows = session._chosen(command.args[0], True)
        self.most = max(self.most, len(rows))
        if len(rows) <= self.limit and not self.stuck:
            return False
        if self.stuck:
            rows = session._chosen('1:*', True)
        rows = rows[-self.limit:]
        args = [','.join(str(m.uid) for _, m in rows)] + command.args[1:]
        session.answer(command._replace(args=args))
        text = '%s OK done\r\n' % command.tag
        assert session.output.endswith(text.encode())
        session.output = session.output[:-len(text)]
        session.ok(command, '[MESSAGELIMIT %d %d] that is all for now'
                   % (self.limit, rows[0][1].uid))
        return True


class Windows(support.TestCase):
    SERVER = Scripted

    def setUp(self):
        self.users = ['test']
        super().setUp()
        self.addCleanup(self.server.hooks.clear)

    def synced(self, box, capabilities=CAPABILITIES, **keys):
        self.server.hooks.clear()
        self.server.capabilities = capabilities
        self.server.boxes = {'INBOX': box}
        self.box = box
        home = self.setup(tls='none', **keys)
        self.sync(home)
        return home

    def here(self, home):
        """The numbers of the messages that are here."""
        found = []
        for path in glob.glob(home.maildir() + '/INBOX/[cn]*/*'):
            with open(path, 'rb') as f:
                found.append(int(re.search(rb'Subject: message (\d+)',
                                           f.read())[1]))
        return sorted(found)

    def path(self, home, n):
        for path in glob.glob(home.maildir() + '/INBOX/[cn]*/*'):
            with open(path, 'rb') as f:
                if b'Subject: message %d\n' % n in f.read():
                    return path
        raise AssertionError('message %d is not here' % n)

    def flag(self, home, n, letters):
        """As a mail program does it here."""
        path = self.path(home, n)
        name = os.path.basename(path).partition(':')[0]
        os.rename(path, '%s/INBOX/cur/%s:2,%s' % (home.maildir(), name,
                                                  letters))

    # ---- windows ----

    def slide(self, home, first, count):
        for n in range(first, first + count):
            self.box.add(message(n))
            result = self.sync(home)
            self.assertNotIn('deleted', result.err)
            self.assertEqual(self.here(home), list(range(1, n + 1)))

    def test_announced(self):
        for capabilities in CAPABILITIES, QRESYNC, 'IMAP4rev1 UIDPLUS':
            with self.subTest(capabilities):
                box = Window(30, [message(n) for n in range(1, 31)])
                home = self.synced(box, capabilities + ' MESSAGELIMIT=30')
                self.slide(home, 31, 3)
                self.assertQuiet(home)
                self.sync(home, '--full')
                self.assertEqual(self.here(home), list(range(1, 34)))

    def test_deleted_in_a_window(self):
        """What is above the lowest is gone if it is not listed."""
        home = self.synced(Window(30, [message(n) for n in range(1, 31)]),
                           CAPABILITIES + ' MESSAGELIMIT=30')
        self.slide(home, 31, 2)
        self.box.remove(20)
        self.sync(home)
        left = [n for n in range(1, 33) if n != 20]
        self.assertEqual(self.here(home), left)
        # Less than full: what it does not show is not there.
        self.box.limit = 30
        self.box.hidden.clear()
        self.box.remove(25)
        self.sync(home)
        self.assertEqual(self.here(home),
                         [m for m in left if m in self.shown()])

    def shown(self):
        return [int(re.search(rb'Subject: message (\d+)', m.data)[1])
                for m in self.box.messages]

    def test_changes_below_wait(self):
        home = self.synced(Window(30, [message(n) for n in range(1, 31)]),
                           CAPABILITIES + ' MESSAGELIMIT=30')
        self.slide(home, 31, 3)
        self.flag(home, 1, 'F')
        os.unlink(self.path(home, 2))
        os.makedirs(home.maildir() + '/Box/cur')
        os.makedirs(home.maildir() + '/Box/new')
        os.makedirs(home.maildir() + '/Box/tmp')
        os.rename(self.path(home, 3), home.maildir() + '/Box/cur/three:2,')
        # And one that is shown.
        self.flag(home, 10, 'S')
        for _ in range(2):
            result = self.sync(home)
            self.assertIn('3 pending', result.out)
        changes = [c for c in self.server.commands()
                   if re.match('UID (STORE|EXPUNGE|MOVE|COPY)', c)]
        self.assertEqual([c.split()[2] for c in changes], ['10'])
        self.assertEqual(self.box.hidden[0].flags, set())
        self.assertEqual(len(self.server.boxes['Box'].messages), 0)
        # They come into sight.
        for uid in 31, 32, 33:
            self.box.remove(uid)
        self.sync(home)
        self.sync(home)
        self.assertEqual(self.box.find(1).flags, {'\\Flagged'})
        self.assertNotIn(2, self.box.data())
        self.assertNotIn(3, self.box.data())
        self.assertEqual(len(self.server.boxes['Box'].messages), 1)

    def test_found_out(self):
        """Nobody announces it: Gmail's folder limit."""
        for capabilities in CAPABILITIES, QRESYNC, 'IMAP4rev1 UIDPLUS':
            with self.subTest(capabilities):
                box = Window(20, [message(n) for n in range(1, 21)])
                home = self.synced(box, capabilities)
                box.add(message(21))
                self.sync(home)
                # That may have been somebody's doing.
                left = [n for n in self.here(home) if n > 1]
                self.assertEqual(left, list(range(2, 22)))
                for n in range(22, 26):
                    box.add(message(n))
                    self.sync(home)
                    left.append(n)
                    self.assertEqual([n for n in self.here(home) if n > 1],
                                     left)
                self.assertQuiet(home)
                box.hidden.clear()
                box.remove(25)
                self.sync(home)
                self.assertEqual(self.here(home), list(range(6, 25)))

    def test_database_lost(self):
        """Files from below the window are not sent: their names say that the
        server has them."""
        home = self.synced(Window(30, [message(n) for n in range(1, 31)]),
                           CAPABILITIES + ' MESSAGELIMIT=30')
        self.slide(home, 31, 3)
        for path in glob.glob(home.state + '/test.db*'):
            os.unlink(path)
        count = len(self.server.log)
        self.sync(home)
        self.assertNotIn('APPEND', self.server.names()[count:])
        self.assertEqual(self.here(home), list(range(1, 34)))

    def test_restore_in_a_window(self):
        """It brings back what was held when somebody said so; what it pushes
        out of sight is another matter."""
        box = Window(100, [message(n) for n in range(1, 101)])
        home = self.synced(box, CAPABILITIES)
        box.limit = 40
        box._slide()
        result = self.sync(home, status=1)
        self.assertIn('60 messages are gone on the server', result.err)
        answer = subprocess.run([support.CONTROL, '-c', home.ini, 'restore',
                                 'test'], env=home.environment(), check=True,
                                capture_output=True, text=True)
        self.assertIn('brings back 60 messages', answer.stdout)
        count = len(self.server.log)
        self.sync(home, status=1)
        self.assertEqual(self.server.names()[count:].count('APPEND'), 60)
        for _ in range(2):
            count = len(self.server.log)
            result = self.sync(home, status=1)
            self.assertIn('are gone on the server', result.err)
            self.assertNotIn('APPEND', self.server.names()[count:])
        self.assertEqual(len(self.here(home)), 100)

    # ---- a listing in parts ----

    def test_goes_on(self):
        self.server.hooks['UID FETCH'] = hook = Limited(20)
        self.server.capabilities = CAPABILITIES
        self.server.boxes = {'INBOX': Box([message(n)
                                           for n in range(1, 51)])}
        home = self.setup(tls='none')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 50)
        self.assertQuiet(home)
        self.assertGreater(hook.most, 20)

    def test_never_more_at_a_time_than_announced(self):
        self.server.capabilities = CAPABILITIES + ' MESSAGELIMIT=20'
        self.server.boxes = {'INBOX': Box([message(n)
                                           for n in range(1, 51)])}
        hooks = {name: Limited(20) for name in
                 ('UID STORE', 'UID EXPUNGE', 'UID MOVE')}
        self.server.hooks['UID FETCH'] = fetch = Limited(20)
        self.server.hooks.update(hooks)
        home = self.setup(tls='none', delete_limit='none')
        count = len(self.server.log)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 50)
        bodies = [c for c in self.server.commands()[count:] if 'BODY' in c]
        self.assertEqual(len(bodies), 3)
        self.assertGreater(fetch.most, 20)
        for n in range(1, 51):
            self.flag(home, n, 'S')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 50)
        for n in range(1, 46):
            os.unlink(self.path(home, n))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 5)
        for name, hook in hooks.items():
            self.assertLessEqual(hook.most, 20, name)

    def test_no_progress(self):
        """It names the same message again and again."""
        home = self.synced(Box([message(n) for n in range(1, 11)]))
        self.server.hooks['UID FETCH'] = Limited(4, stuck=True)
        count = len(self.server.log)
        result = self.sync(home, '--full', status=1)
        self.assertRegex(result.err, '10 messages announced, 4 listed'
                         r'.*\n +-> ')
        listings = [c for c in self.server.commands()[count:]
                    if LISTING.match(c)]
        self.assertLessEqual(len(listings), 6)
        self.assertEqual(self.here(home), list(range(1, 11)))
        self.server.hooks.clear()
        self.sync(home, '--full')
        self.assertQuiet(home)

    def test_short(self):
        """More are announced than listed, always: what is listed is synced,
        and it is listed twice at most."""
        self.server.boxes = {'INBOX': Box([message(n) for n in range(1, 6)])}
        self.server.capabilities = CAPABILITIES

        def leave_out(session, command):
            rows = session._chosen(command.args[0], True)
            uids = [str(m.uid) for _, m in rows if m.uid not in (2, 3)]
            if uids:
                session.answer(command._replace(
                    args=[','.join(uids)] + command.args[1:]))
            else:
                session.ok(command)
            return True
        self.server.hooks['UID FETCH'] = leave_out
        home = self.setup(tls='none')
        for _ in range(2):
            count = len(self.server.log)
            result = self.sync(home, status=1)
            self.assertRegex(result.err, 'test/INBOX: 5 messages announced, '
                             r'3 listed.*\n +-> ')
            self.assertEqual(self.here(home), [1, 4, 5])
            listings = [c for c in self.server.commands()[count:]
                        if LISTING.match(c)]
            self.assertLessEqual(len(listings), 2)
        self.server.hooks.clear()
        self.sync(home)
        self.assertEqual(self.assertSame(home), 5)
        # One that it no longer lists is not gone.
        self.server.hooks['UID FETCH'] = leave_out
        self.sync(home, '--full', status=1)
        self.assertEqual(self.here(home), [1, 2, 3, 4, 5])

    # ---- counters that go back ----

    def test_mod_sequence_goes_back(self):
        for capabilities in CAPABILITIES, QRESYNC:
            with self.subTest(capabilities):
                home = self.synced(Box([message(n) for n in range(1, 11)]),
                                   capabilities)
                self.box.modseq = 5000
                self.sync(home)
                self.box.modseq = 4000
                self.box.flag(3, ['\\Flagged'])
                self.box.remove(7)
                self.sync(home)
                self.assertEqual(self.assertSame(home), 9)
                self.assertTrue(self.path(home, 3).endswith('F'))
                self.assertQuiet(home)

    def test_uidnext_goes_back(self):
        """A server that was restored from a backup, and then given a message:
        it gets a UID that another one had."""
        for capabilities in 'IMAP4rev1 UIDPLUS', CAPABILITIES, QRESYNC:
            with self.subTest(capabilities):
                home = self.synced(Box([message(n) for n in range(1, 11)]),
                                   capabilities)
                del self.box.messages[7:]
                self.box.uidnext = 8
                self.box.add(message(88), ['\\Seen'])
                self.box.flag(1, ['\\Flagged'])
                self.sync(home)
                self.assertEqual(self.here(home), [*range(1, 11), 88])
                self.assertEqual(self.assertSame(home), 11)
                self.assertTrue(self.path(home, 1).endswith('F'))
                bodies = [c for c in self.server.commands()
                          if 'BODY.PEEK[]' in c]
                self.assertEqual(bodies[-1].split()[2], '8')
                self.assertQuiet(home)

    def test_uidvalidity_never_the_same(self):
        home = self.synced(Box([message(1), message(2)]))

        def select(session, command):
            self.box.uidvalidity += 1
        self.server.hooks['SELECT'] = select
        self.box.add(message(3))
        count = len(self.server.log)
        result = home.run('--once', timeout=30)
        self.assertStatus(result, 76)
        self.assertRegex(result.err, 'test/INBOX: .*another UIDVALIDITY'
                         r'.*\n +-> ')
        self.assertLessEqual(self.server.names()[count:].count('SELECT'), 6)
        self.server.hooks.clear()
        self.sync(home)
        self.assertEqual(self.assertSame(home), 3)

    def test_flood(self):
        """More lines than messages, without end."""
        self.server.boxes = {'INBOX': Box([message(n) for n in range(3)])}
        self.server.capabilities = CAPABILITIES
        sent = [0]

        def flood(session, command):
            end = time.monotonic() + 60
            while time.monotonic() < end:
                session.send(''.join('* %d FETCH (UID %d FLAGS (k))\r\n'
                                     % (n, n) for n in range(
                                         sent[0] + 9, sent[0] + 2009)))
                sent[0] += 2000
        self.server.hooks['UID FETCH'] = flood
        home = self.setup(tls='none')
        result = home.run('--once', timeout=50)
        self.assertEqual(result.status, 76, result.err)
        self.assertIn('3 messages announced', result.err)
        self.assertLess(sent[0], 4000000)
        if 'ASAN_OPTIONS' not in os.environ:
            self.assertLess(resource.getrusage(
                resource.RUSAGE_CHILDREN).ru_maxrss, 50 << 10)

    # ---- what is left out ----

    def test_larger_and_older(self):
        old = '14-Nov-2003 22:13:20 +0000'
        for capabilities in 'IMAP4rev1 UIDPLUS', CAPABILITIES, QRESYNC:
            with self.subTest(capabilities):
                box = Box([message(1), message(2, 'x' * 3000 + '\n'),
                           message(3, 'x' * 9000 + '\n')])
                box.add(message(4), date=old)
                home = self.synced(box, capabilities, max_size='1K',
                                   max_age='3650d')
                self.assertEqual(self.here(home), [1])
                self.assertQuiet(home)
                steps = [({'max_size': '5K'}, [1, 2]),
                         ({'max_size': '2K'}, [1, 2]),
                         ({'max_age': None}, [1, 2, 4]),
                         ({'max_size': None}, [1, 2, 3, 4])]
                for keys, here in steps:
                    home.accounts['test'].update(keys)
                    home.save()
                    self.sync(home)
                    self.assertEqual(self.here(home), here, keys)
                    self.assertQuiet(home)
                # Nothing is listed anew without need.
                self.assertEqual(self.assertSame(home), 4)

    def test_more_is_sent_than_said(self):
        """A body above max_size is not kept, whatever RFC822.SIZE said, and
        it comes once."""
        box = Box([message(1), message(2, 'x' * 70 * 1024 + '\n'),
                   message(3)])
        box.find(2).size = 49
        home = self.synced(box, max_size='16K')
        self.assertEqual(self.here(home), [1, 3])
        count = len(self.server.log)
        for args in (), ('--full',):
            result = self.sync(home, *args)
            self.assertIn('1 messages not fetched', result.err)
        self.assertEqual([c for c in self.server.commands()[count:]
                          if 'BODY' in c], [])
        self.assertQuiet(home)
        for size, here in ('32K', [1, 3]), ('80K', [1, 2, 3]):
            home.accounts['test']['max_size'] = size
            home.save()
            self.sync(home)
            self.assertEqual(self.here(home), here)
            self.assertQuiet(home)


if __name__ == '__main__':
    support.main()
