#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The faults on which mbsync 1.4.4 loses, doubles or strands mail. Where it is
installed, it has each of them too, on the same server, and what comes of it is
printed beside ours; nothing is asserted about it."""
import os
import shutil
import subprocess
import sys
import tempfile

import faults
import support
from mailprograms import There
from oracle import folder_messages
from servers import Dovecot
from world import PASSWORD

COUNT, MORE = 30, 3     # messages, and those that come later
MBSYNC = '''FSync yes
IMAPAccount a
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account a

MaildirStore near
Path {home}/Mail/
Inbox {home}/Mail/INBOX
SubFolders Verbatim

Channel t
Far :far:
Near :near:
Patterns INBOX
Create Both
Expunge Both
Sync All
SyncState {home}/state/
'''


class Imapsyncd:
    name = 'imapsyncd'

    def __init__(self, server, user):
        self.setup = support.Setup()
        faults.account(self.setup, server, user, password=PASSWORD,
                       include='INBOX')
        self.home, self.mail = self.setup.home, self.setup.mail
        self.state, self.inbox = self.setup.state, self.mail + '/test/INBOX'

    def run(self, *options):
        if options:
            return faults.run(self.setup, ['-o', '/dev/null', *options],
                              '--once')
        return self.setup.run('--once')

    def disk_full(self):
        """A run; options for another one like it, in which the disk is full
        where a body is to be written."""
        self.run()
        return ('-P', self.inbox + '/tmp', '-e', 'trace=openat', '-e',
                'inject=openat:error=ENOSPC:when=1+')

    def journal(self):
        return self.state + '/test.db-wal'

    def remove(self):
        self.setup.remove()


class Mbsync:
    name = 'mbsync'

    def __init__(self, server, user):
        self.home = tempfile.mkdtemp(prefix='h')
        self.mail, self.state = self.home + '/Mail', self.home + '/state'
        self.inbox = self.mail + '/INBOX'
        for path in self.mail, self.state:
            os.mkdir(path)
        self.rc = self.home + '/rc'
        with open(self.rc, 'w', opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(MBSYNC.format(home=self.home, port=server.port, user=user,
                                  password=PASSWORD))

    def run(self, *options):
        trace = ['strace', '-f', '-qq', '-o', '/dev/null', *options]
        done = subprocess.run((trace if options else []) +
                              ['mbsync', '-c', self.rc, 't'], timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return support.Result(done.returncode, '', done.stdout.decode())

    def disk_full(self):
        log = self.home + '/log'
        subprocess.run(['strace', '-qq', '-y', '-o', log, '-e', 'trace=write',
                        'mbsync', '-c', self.rc, 't'], timeout=60, check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        with open(log, errors='replace') as f:
            number = next(i for i, line in enumerate(f, 1)
                          if self.inbox + '/tmp/' in line)
        return ('-e', 'trace=write', '-e',
                'inject=write:error=ENOSPC:when=%d' % number)

    def journal(self):
        return self.state + '/INBOX.journal'

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)


class Peers(support.TestCase):
    @classmethod
    def setUpClass(cls):
        faults.require(paths=True)
        cls.server = Dovecot('--fast', where=faults.MEMORY)
        cls.enterClassContext(cls.server)
        cls.users = cls.server.add_users('p', 100, PASSWORD)

    def setUp(self):
        pass

    def tools(self):
        """Each with COUNT messages on both sides."""
        for tool in (Imapsyncd, Mbsync)[:1 + bool(shutil.which('mbsync'))]:
            user = self.users.pop(0)
            self.there = There(self.server, user, PASSWORD)
            self.user = user
            self.add(range(1, COUNT + 1), '\\Seen')
            tool = tool(self.server, user)
            self.addCleanup(tool.remove)
            self.assertEqual(tool.run().status, 0)
            yield tool
            self.there.close()

    def add(self, numbers, flags=''):
        for n in numbers:
            self.there.append(n, 'INBOX', flags.split())

    def add_more(self):
        self.add(range(COUNT + 1, COUNT + MORE + 1))

    def here(self, tool):
        """Messages on disk, each once: their number; else a text."""
        bodies = []
        for sub in 'cur', 'new':
            for name in os.listdir(tool.inbox + '/' + sub):
                with open('%s/%s/%s' % (tool.inbox, sub, name), 'rb') as f:
                    bodies.append(f.read())
        return self.number(len(bodies), len(set(bodies)))

    def on_server(self):
        found = folder_messages(self.there.connection, 'INBOX').values()
        self.there.unselect()
        return self.number(len(found), len({m.sha for m in found}))

    @staticmethod
    def number(count, different):
        if count == different:
            return count
        return '%d (%d twice)' % (count, count - different)

    def check(self, tool, what, result, statuses, here, there, say='.?'):
        """What came of it: printed for each, asserted for ours."""
        found = self.here(tool), self.on_server()
        print('%-28s %-9s exit status %3d, here %s, there %s' % (
            what, tool.name, result.status, *found), file=sys.stderr)
        if tool.name == 'imapsyncd':
            self.assertIn(result.status, statuses, result.err)
            self.assertEqual(found, (here, there), result.err)
            self.assertRegex(result.err, say)

    def clean(self, tool, what, count=COUNT + MORE):
        self.check(tool, what + ', again', tool.run(), (0,), count, count)

    def appends(self):
        return [c for c in self.server.commands(self.user)
                if c.startswith('APPEND') and ' {' in c]

    def test_lt1_listing_fails(self):
        """One EIO from getdents64, at each place."""
        for tool in self.tools():
            for number in range(1, 4):
                result = tool.run('-P', tool.inbox + '/cur', '-e',
                                  'trace=getdents64', '-e', 'inject='
                                  'getdents64:error=EIO:when=%d' % number)
                self.check(tool, 'LT1 listing fails (%d)' % number, result,
                           (0, 74) if number > 2 else (74,), COUNT, COUNT,
                           '.?' if number > 2 else r'test/INBOX.*\n +-> ')
            self.clean(tool, 'LT1', COUNT)

    def test_lt2_emptied(self):
        for tool in self.tools():
            shutil.rmtree(tool.inbox + '/cur')
            os.mkdir(tool.inbox + '/cur', 0o700)
            for _ in range(2):
                self.check(tool, 'LT2 cur/ emptied', tool.run(), (1,), 0,
                           COUNT, r'test/INBOX(.*\n)* +-> .*(approve|restore)')

    def test_lt5_state_lost(self):
        for tool in self.tools():
            shutil.rmtree(tool.state)
            os.mkdir(tool.state, 0o700)
            before = len(self.appends())
            self.check(tool, 'LT5 state lost', tool.run(), (0,), COUNT, COUNT)
            if tool.name == 'imapsyncd':
                self.assertEqual(len(self.appends()), before)

    def test_lt12_torn_journal(self):
        """Killed, and the end of its journal never reached the disk."""
        for tool in self.tools():
            self.add_more()
            tool.run('-e', 'trace=rename,renameat2', '-e',
                     'inject=rename,renameat2:signal=KILL:when=2')
            for cut in 2, 1000:
                if os.path.exists(tool.journal()):
                    size = os.path.getsize(tool.journal())
                    os.truncate(tool.journal(), max(0, size - cut))
                self.check(tool, 'LT12 torn journal (%d)' % cut, tool.run(),
                           (0,), COUNT + MORE, COUNT + MORE)
            self.clean(tool, 'LT12')

    def test_lt13_disk_full(self):
        """ENOSPC where a body is written."""
        for tool in self.tools():
            self.add_more()
            options = tool.disk_full()
            self.add(range(41, 44))
            self.check(tool, 'LT13 disk full', tool.run(*options), (73, 74),
                       33, 36, r'test\b.*\n +-> ')
            self.clean(tool, 'LT13', 36)
            self.assertTrue(tool.name == 'mbsync' or
                            not os.listdir(tool.inbox + '/tmp'))

    def older(self, tool, what):
        """Three messages come and are synced; then what is of before again."""
        path, saved = getattr(tool, what), tool.home + '/saved'
        shutil.copytree(path, saved, copy_function=shutil.copy2)
        self.add_more()
        self.assertEqual(tool.run().status, 0)
        shutil.rmtree(path)
        # Times and all, as a backup program does it.
        subprocess.run(['cp', '-a', saved, path], check=True)

    def test_lt15_older_state(self):
        for tool in self.tools():
            self.older(tool, 'state')
            before = len(self.appends())
            self.check(tool, 'LT15 older state', tool.run(), (0, 1),
                       COUNT + MORE, COUNT + MORE)
            if tool.name == 'imapsyncd':
                self.assertEqual(len(self.appends()), before)

    def test_lt16_older_maildir(self):
        for tool in self.tools():
            self.older(tool, 'mail')
            for _ in range(2):
                self.check(tool, 'LT16 older Maildir', tool.run(), (1,),
                           COUNT, COUNT + MORE,
                           r'test(.*\n)* +-> .*(approve|restore)')
            if tool.name == 'imapsyncd':
                self.assertEqual(tool.setup.control('restore', 'test').status,
                                 0)
            self.clean(tool, 'LT16 restore')

    def test_lt19_uidvalidity(self):
        """Most of a folder vanished and its UIDVALIDITY is another one."""
        for tool in self.tools():
            for n in range(1, 16):
                self.there.expunge(self.there.find(n, ['INBOX'])[1])
            self.there.unselect()
            self.server.new_uidvalidity(self.user, 'INBOX')
            result = tool.run()
            self.check(tool, 'LT19 UIDVALIDITY', result, (0, 1), COUNT,
                       max(15, self.on_server()))


support.main()
