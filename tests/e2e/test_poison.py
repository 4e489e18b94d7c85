#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One folder or message that the server refuses, or at which it hangs up or
falls silent, holds up no other: it is set aside, and asked for again later."""
import contextlib
import os
import re
import sqlite3

import support
from scripted import CAPABILITIES, Box, Scripted

FOLDERS = ['F%02d' % i for i in range(20)]    # one of them is bad


def close(session, _):
    session.close()


def silence(session, _):
    """Until the client has had enough."""
    session.flush()
    while True:
        session.read_line()


def too_long(session, _):
    session.line('* 1 FETCH (UID 1 BODY[] {99999999999999}')
    session.flush()
    silence(session, _)


class Base(support.TestCase):
    """boxes() is what the server has."""
    CAPABILITIES = CAPABILITIES

    @classmethod
    def setUpClass(cls):
        cls.users = ['test'] * 100

    def setUp(self):
        super().setUp()
        self.server = Scripted(self.boxes(), self.CAPABILITIES)
        self.enterContext(self.server)
        self.home = self.setup(tls='none', timeout='2s')

    def boxes(self):
        boxes = {name: Box([support.message(100 * i + k) for k in range(3)])
                 for i, name in enumerate(FOLDERS)}
        boxes['INBOX'] = Box([support.message(i) for i in range(20)])
        return boxes

    def spoil(self, name, do, is_bad):
        """The command is answered by do() where is_bad(command)."""
        def hook(session, command):
            if not is_bad(command):
                return False
            do(session, command)
            return True
        self.server.hooks[name] = hook

    def database(self, query):
        path = self.home.state + '/test.db'
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            return db.execute(query).fetchall()

    def at_once(self, named, runs=2):
        """Syncs until one reaches its end: which is to be soon, and to say
        what is set aside."""
        for _ in range(runs):
            result = self.home.run('--once')
            if result.status == 1:
                break
            self.assertIn(result.status, (75, 76), result.err)
        self.assertStatus(result, 1)
        self.assertRegex(result.err, r'(?m)^test/%s.*\n +-> ' % named)
        return result

    def drop(self, folder, number):
        path = '%s/%s' % (self.home.maildir(), folder)
        for name in 'cur', 'new', 'tmp':
            os.makedirs('%s/%s' % (path, name), exist_ok=True)
        self.home.write('%s/new/%d.x.y' % (path, number),
                        support.message(number).decode())

    def time_passes(self):
        for table in 'avoided', 'aside':
            self.database('UPDATE %s SET retry = 1' % table)

    def repaired(self):
        self.server.hooks.clear()
        self.time_passes()
        self.sync(self.home)
        self.assertSame(self.home)
        for table in 'avoided', 'aside', 'flight':
            self.assertEqual(self.database('SELECT * FROM ' + table), [])
        self.assertQuiet(self.home)

    def asked(self, before, name, text):
        return [c for c in self.server.commands()[before:]
                if c.startswith(name) and text in c]


class Folders(Base):
    def is_bad(self, command):
        return command.args[0] == 'F07'

    def check(self, first_runs=2):
        self.at_once('F07', first_runs)
        found = self.local(self.home)
        self.assertEqual(
            sorted(f for f in found if found[f]),
            sorted(f for f in self.server.boxes if f != 'F07'))
        # Asked for again by the next sync, and all else goes on.
        self.server.boxes['F19'].add(support.message(5000))
        before = len(self.server.log)
        self.at_once('F07', 1)
        self.assertNotEqual(self.asked(before, 'SELECT', 'F07'), [])
        self.assertEqual(len(self.local(self.home)['F19']), 4)
        # Then not for a while.
        self.server.boxes['F19'].add(support.message(5001))
        before = len(self.server.log)
        result = self.at_once('F07', 1)
        self.assertIn('set aside', result.err)
        self.assertEqual(self.asked(before, 'SELECT', 'F07'), [])
        self.assertEqual(len(self.local(self.home)['F19']), 5)
        (attempts, wait), = self.database(
            "SELECT attempts, retry - strftime('%s') FROM avoided")
        self.assertEqual(attempts, 2)
        self.assertAlmostEqual(wait, 900, delta=120)
        self.repaired()

    def test_close(self):
        self.spoil('SELECT', close, self.is_bad)
        self.check()

    def test_silence(self):
        self.spoil('SELECT', silence, self.is_bad)
        self.check()

    def test_too_long(self):
        self.spoil('SELECT', too_long, self.is_bad)
        self.check()

    def refused(self, text):
        self.spoil('SELECT', lambda session, c: session.no(c, text),
                   self.is_bad)
        self.check(1)

    def test_refused(self):
        self.refused('broken')

    def test_in_use(self):
        self.refused('[INUSE] busy')

    def test_server_bug(self):
        self.refused('[SERVERBUG] Internal error')

    def test_bad(self):
        self.spoil('SELECT', lambda session, c: session.line(
            c.tag + ' BAD what?'), self.is_bad)
        self.check(1)

    def test_at_once_by_full(self):
        self.spoil('SELECT', close, self.is_bad)
        for _ in range(4):
            self.home.run('--once')
        self.server.hooks.clear()
        self.sync(self.home, '--full')
        self.assertSame(self.home)

    def test_all_of_them(self):
        """That is no folder's fault; it ends, and repairs."""
        self.spoil('SELECT', close, lambda c: True)
        for _ in range(3):
            before = len(self.server.log)
            self.assertIn(self.home.run('--once').status, (1, 75))
            self.assertLess(len(self.server.log) - before, 700)
        self.repaired()

    def test_list(self):
        """Nothing can be left out of that."""
        self.spoil('LIST', close, lambda c: True)
        for _ in range(3):
            self.sync(self.home, status=75)
        self.assertEqual(self.database('SELECT * FROM avoided'), [])
        self.repaired()

    def test_create(self):
        self.sync(self.home)
        for i, name in enumerate(['G%d' % i for i in range(5)]):
            self.drop(name, 6000 + i)
        self.spoil('CREATE', close, lambda c: c.args[0] == 'G2')
        self.drop('INBOX', 7000)
        self.at_once('G2')
        self.assertEqual(
            sorted(n for n in self.server.boxes if n[0] == 'G'),
            ['G0', 'G1', 'G3', 'G4'])
        for name in 'G0', 'G1', 'G3', 'G4':
            self.assertEqual(len(self.server.boxes[name].messages), 1)
        self.assertEqual(len(self.server.boxes['INBOX'].messages), 21)
        self.repaired()

    def test_create_refused(self):
        self.sync(self.home)
        self.drop('G1', 6000)
        self.drop('G2', 6001)
        self.spoil('CREATE', lambda session, c: session.no(c, 'not that'),
                   lambda c: c.args[0] == 'G2')
        for tries in 1, 1, 0:
            before = len(self.server.log)
            self.sync(self.home, status=1)
            self.assertEqual(len(self.asked(before, 'CREATE', 'G2')), tries)
        self.assertIn('G1', self.server.boxes)
        self.repaired()


class Messages(Base):
    BAD = 13

    def boxes(self):
        return {'INBOX': Box([support.message(i) for i in range(40)]),
                'Work': Box([support.message(i) for i in range(40, 45)])}

    def asks(self, command):
        """Is it for the body of that message, and perhaps others?"""
        return 'BODY.PEEK[]' in command.text and any(
            int(r.partition(':')[0]) <= self.BAD <=
            int(r.rpartition(':')[2]) for r in command.args[0].split(','))

    def part(self, session, command):
        """What comes before it comes whole."""
        box = session.box
        for number, m in enumerate(box.messages, 1):
            if m.uid == self.BAD:
                break
            if self.is_among(command, m.uid):
                session._fetched(number, m,
                                 ['UID', 'FLAGS', 'INTERNALDATE',
                                  'BODY.PEEK[]'])
        session.flush()

    def is_among(self, command, uid):
        return any(int(r.partition(':')[0]) <= uid <=
                   int(r.rpartition(':')[2])
                   for r in command.args[0].split(','))

    def check(self):
        self.at_once('INBOX.*UID %d' % self.BAD)
        self.assertEqual(len(self.local(self.home)['INBOX']), 39)
        self.assertEqual(len(self.local(self.home)['Work']), 5)
        self.repaired()

    def test_body_close(self):
        def do(session, command):
            self.part(session, command)
            session.close()
        self.spoil('UID FETCH', do, self.asks)
        self.check()

    def test_body_at_once(self):
        """Nothing of the command comes."""
        self.spoil('UID FETCH', close, self.asks)
        self.check()

    def test_body_silence(self):
        self.spoil('UID FETCH', silence, self.asks)
        self.check()

    def test_body_too_long(self):
        def do(session, command):
            self.part(session, command)
            session.line('* %d FETCH (UID %d FLAGS () BODY[] '
                         '{99999999999999}' % (self.BAD, self.BAD))
            session.flush()
            silence(session, command)
        self.spoil('UID FETCH', do, self.asks)
        self.check()

    def append(self, do):
        self.sync(self.home)
        for i in range(10):
            self.drop('INBOX', 100 + i)
            self.drop('Work', 200 + i)
        bad = support.message(104).replace(b'\n', b'\r\n')
        self.spoil('APPEND', do, lambda c: bad in c.literals)
        self.at_once('INBOX.*104.x.y')
        boxes = self.server.boxes
        self.assertEqual(len(boxes['INBOX'].messages), 49)
        self.assertEqual(len(boxes['Work'].messages), 15)
        self.repaired()
        self.assertEqual(len(boxes['INBOX'].messages), 50)

    def test_append_close(self):
        self.append(close)

    def test_append_silence(self):
        self.append(silence)


class Together(Messages):
    """With MULTIAPPEND: which of them it is, has to be found out."""
    CAPABILITIES = CAPABILITIES + ' MULTIAPPEND LIST-EXTENDED LIST-STATUS'
    test_body_close = test_body_at_once = test_body_silence = None
    test_body_too_long = test_append_silence = None


class Loop(support.TestCase):
    """Dovecot: a folder whose directory is a link to itself."""

    def test_loop(self):
        home = self.setup()
        for name in 'One', 'Two', 'Three':
            with self.imap() as connection:
                connection.create(name)
            self.append(name, support.message(1))
        self.sync(home)
        path = '%s/mail/%s/Maildir/.Two/cur' % (self.server.dir, self.user)
        os.rename(path, path + '.kept')
        os.symlink(path, path)
        for name in 'One', 'Three':
            self.append(name, support.message(2))
        result = self.sync(home, status=1)
        self.assertRegex(result.err, r'(?m)^test/Two: .*\n +-> ')
        self.assertEqual(len(re.findall('(?m)^test/Two', result.err)), 1,
                         result.err)
        found = self.local(home)
        self.assertEqual([len(found[n]) for n in ('One', 'Two', 'Three')],
                         [2, 1, 2])
        os.unlink(path)
        os.rename(path + '.kept', path)
        self.sync(home)
        self.assertSame(home)


if __name__ == '__main__':
    support.main()
