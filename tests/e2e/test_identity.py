#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is the same message, though other programs had it in hands: Maildirs of
mbsync and OfflineIMAP, files that mutt moves, servers that rewrite what they
take or say wrong sizes, odd messages."""
import os
import pty
import re
import shutil
import subprocess

import support
from scripted import Box, Scripted

MARKED = re.compile(br'^X-(TUID|OfflineIMAP): ', re.M)


def files(root):
    """Every message file below root."""
    for path, _, names in os.walk(root):
        if os.path.basename(path) in ('cur', 'new'):
            for name in names:
                yield os.path.join(path, name)


def contents(root):
    found = []
    for path in files(root):
        with open(path, 'rb') as f:
            found.append(f.read())
    return found


def foreign_names(home):
    """Renames every file as another program would have named it."""
    for i, path in enumerate(sorted(files(home.maildir()))):
        os.rename(path, '%s/17%08d.foreign:2,S' % (
            re.sub('new$', 'cur', os.path.dirname(path)), i))


class Case(support.TestCase):
    def run_tool(self, home, *command, inside=None):
        """A program that has to be there, in that home."""
        if not shutil.which(command[0]):
            self.skipTest('%s is not installed' % command[0])
        done = subprocess.run(command, cwd=home.home, env=home.environment(),
                              stdin=inside or subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=180, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def told(self, home, *args, status=0):
        """The commands of a sync that bring or send a message, or delete
        one."""
        before = self.mark()
        result = self.sync(home, *args, status=status)
        found = [c for c in self.since(before) if re.search(
            r'UID FETCH .*BODY\.PEEK\[\]|APPEND|MOVE|COPY|EXPUNGE', c)]
        return result, found

    def assertTakenOver(self, home, count):
        """Nothing is fetched and nothing sent; nor is it later."""
        result, found = self.told(home)
        self.assertEqual(found, [])
        self.assertIn(': 0 new, 0 uploaded,', result.out)
        self.assertEqual(len(list(files(home.maildir()))), count)
        self.assertEqual(sum(map(len, self.remote().values())), count)
        self.assertQuiet(home)

    def assertNotDoubled(self, home, count):
        self.sync(home)
        self.assertEqual(len(list(files(home.maildir()))), count)
        self.assertEqual(sum(map(len, self.remote().values())), count)
        self.assertQuiet(home)


class OtherTools(Case):
    """One run of another program, then imapsyncd takes its Maildir over."""
    COUNT = 500

    def seed(self):
        with self.imap() as connection:
            connection.create('Work')
            connection.subscribe('Work')
        self.server.seed(self.user, self.COUNT, '--folder', 'INBOX')
        for n in range(20):
            self.append('Work', support.message(n), '\\Seen')
        return self.COUNT + 20

    def mbsync(self, home, store):
        home.write(home.home + '/mbsyncrc', '''
IMAPAccount a
Host 127.0.0.1
Port %d
User %s
Pass %s
SSLType None
AuthMechs LOGIN

IMAPStore far
Account a

MaildirStore near
%s

Channel c
Far :far:
Near :near:
Patterns INBOX Work
Create Near
SyncState %s/mbsync/
''' % (self.server.port, self.user, support.PASSWORD, store, home.home))
        os.makedirs(home.home + '/mbsync')
        os.makedirs(home.maildir())
        self.run_tool(home, 'mbsync', '-c', home.home + '/mbsyncrc', '-a')
        self.assertTrue(all(map(MARKED.search, contents(home.maildir()))))

    def flags_merge(self, home):
        """One flag on each side, on messages of which nothing was in sync."""
        path = sorted(p for p in files(home.maildir()) if '/Work' in p or
                      '/.Work' in p)[0]
        os.rename(path, path + 'F')
        self.store('Work', '2', '+FLAGS', '\\Answered')

    def assertMerged(self):
        flags = [m.flags for m in self.remote()['Work'].values()]
        self.assertEqual(sum('\\Flagged' in f for f in flags), 1)
        self.assertEqual(sum('\\Answered' in f for f in flags), 1)
        self.assertTrue(all('\\Seen' in f for f in flags))

    def test_mbsync(self):
        home = self.setup()
        count = self.seed()
        self.mbsync(home, 'Path %s/\nInbox %s/INBOX\nSubFolders Verbatim'
                    % (home.maildir(), home.maildir()))
        self.flags_merge(home)
        self.assertTakenOver(home, count)
        self.assertMerged()

    def test_mbsync_below_inbox(self):
        home = self.setup(layout='maildir++')
        count = self.seed()
        self.mbsync(home, 'Inbox %s\nSubFolders Maildir++' % home.maildir())
        self.flags_merge(home)
        self.assertTakenOver(home, count)
        self.assertMerged()

    def test_offlineimap(self):
        home = self.setup()
        count = self.seed()
        home.write(home.home + '/offlineimaprc', '''
[general]
accounts = a
metadata = %s/offlineimap
ui = quiet

[Account a]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = %s
sep = /

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = %d
remoteuser = %s
remotepass = %s
ssl = no
starttls = no
auth_mechanisms = LOGIN
''' % (home.home, home.maildir(), self.server.port, self.user,
            support.PASSWORD))
        self.run_tool(home, 'offlineimap', '-o', '-c',
                      home.home + '/offlineimaprc')
        self.flags_merge(home)
        self.assertTakenOver(home, count)
        self.assertMerged()


class Mutt(Case):
    """neomutt rewrites what it saves elsewhere: Status, Content-Length,
    Lines."""

    def neomutt(self, home, folder, commands):
        if not shutil.which('neomutt'):
            self.skipTest('neomutt is not installed')
        home.write(home.home + '/muttrc', '''
set folder = %s
set mbox_type = Maildir
set confirmappend = no
set delete = yes
set move = no
set mark_old = no
set header_cache = ""
set sleep_time = 0
set wait_key = no
set quit = yes
push "%s"
''' % (home.maildir(), commands))
        master, slave = pty.openpty()
        env = dict(home.environment(), TERM='vt100')
        with os.fdopen(master, 'rb', 0) as screen:
            process = subprocess.Popen(
                ['neomutt', '-n', '-F', home.home + '/muttrc', '-f',
                 home.maildir() + '/' + folder],
                cwd=home.home, env=env, stdin=slave, stdout=slave,
                stderr=slave, start_new_session=True)
            os.close(slave)
            shown = b''
            try:
                while True:
                    try:
                        data = screen.read(65536)
                    except OSError:     # the other end is closed
                        break
                    if not data:
                        break
                    shown += data
                self.assertEqual(process.wait(60), 0, shown[-2000:])
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def test_moved_and_rewritten(self):
        home = self.setup()
        with self.imap() as connection:
            connection.create('Work')
        for n in range(3):
            self.append('INBOX', support.message(n, 'text\n' * 20), '\\Seen')
        self.sync(home)
        # Flags that it writes into the header, too, and a label.
        self.neomutt(home, 'INBOX', '<first-entry><save-message>=Work<enter>'
                     '<sync-mailbox><quit>')
        moved = contents(home.maildir() + '/Work')
        self.assertEqual(len(moved), 1)
        self.assertRegex(moved[0], br'(?m)^(Status|Content-Length|Lines): ')
        _, found = self.told(home)
        self.assertEqual([c.split(None, 2)[:2] for c in found],
                         [['UID', 'MOVE']])
        remote = self.remote()
        self.assertEqual([len(remote['INBOX']), len(remote['Work'])], [2, 1])
        self.assertQuiet(home)

    def test_rewritten_in_place(self):
        """No edit: nothing is sent."""
        home = self.setup()
        self.append('INBOX', support.message(1), '\\Seen')
        self.sync(home)
        path = next(files(home.maildir()))
        with open(path, 'rb') as f:
            data = f.read()
        home.write(path, 'Status: RO\nContent-Length: 5\nX-Keywords: a b\n'
                   + data.decode())
        _, found = self.told(home)
        self.assertEqual(found, [])
        self.assertQuiet(home)
        self.assertEqual(len(self.remote()['INBOX']), 1)


class Empty(Case):
    """What looks like nothing is something."""

    def test_message_without_a_byte(self):
        """Dovecot has them."""
        home = self.setup()
        self.append('INBOX', support.message(1))
        self.sync(home)
        cur = '%s/mail/%s/Maildir/cur' % (self.server.dir, self.user)
        path = cur + '/1500000000.empty.host:2,S'
        with open(path, 'wb'):
            pass
        owner = os.stat(cur)
        if os.getuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)
        self.assertNotDoubled(home, 2)
        foreign_names(home)
        shutil.rmtree(home.state)
        self.assertNotDoubled(home, 2)

    def test_time_before_time(self):
        """1970 is no reason to say now."""
        home = self.setup()
        self.append('INBOX', support.message(1),
                    date='"01-Jan-1970 00:00:00 +0000"')
        self.sync(home)
        self.assertEqual(os.stat(next(files(home.maildir()))).st_mtime, 0)
        self.assertSame(home)


class Pay(Case):
    """The same header, and even the same size: two messages."""

    def test_another_text(self):
        home = self.setup()
        self.append('INBOX', support.message(1, 'pay 100\n'))
        os.makedirs(home.maildir() + '/INBOX/cur')
        for sub in 'new', 'tmp':
            os.mkdir(home.maildir() + '/INBOX/' + sub)
        path = home.maildir() + '/INBOX/cur/1700000000.a.b:2,S'
        home.write(path, support.message(1, 'pay 999\n').decode())
        result = self.sync(home)
        self.assertIn(': 1 new, 1 uploaded,', result.out)
        self.assertEqual(len(self.local(home)['INBOX']), 2)
        self.assertSame(home)
        self.assertQuiet(home)
        # All the same where the sizes differ.
        shutil.rmtree(home.state)
        self.assertNotDoubled(home, 2)

    def test_crlf_files_are_the_same(self):
        """Also for verify --full."""
        home = self.setup()
        self.append('INBOX', support.message(1))
        self.sync(home)
        path = next(files(home.maildir()))
        with open(path, 'rb') as f:
            data = f.read()
        with open(path, 'wb') as f:
            f.write(data.replace(b'\n', b'\r\n'))
        shutil.rmtree(home.state)
        self.assertTakenOver(home, 1)
        result = home.control('verify', '--full')
        self.assertStatus(result, 0)
        self.assertNotIn('other content', result.out)


# How a server may estimate; the last ones are off by some bytes.
SIZES = {'three times': lambda n: 3 * n, 'half': lambda n: n // 2,
         'some more': lambda n: n + 7, 'some less': lambda n: n - 1,
         'none': lambda n: 0}


class Lying(Case):
    """RFC822.SIZE is what the server likes it to be."""
    SERVER = Scripted
    COUNT = 60

    def setUp(self):
        super().setUp()
        self.server.boxes.clear()
        self.server.hooks.clear()
        self.box = self.server.boxes['INBOX'] = Box()
        for n in range(self.COUNT):
            self.box.add(support.message(n, 'text %d\n' % n * (1 + n % 7)))

    def lie(self, how):
        def hook(_session, _command):
            with self.server.lock:
                for m in self.box.messages:
                    m.size = SIZES[how](len(m.data))
        self.server.hooks['UID FETCH'] = hook

    def setup(self, **keys):
        return super().setup(tls='none', **keys)

    def asked(self, part):
        return [c for c in self.server.commands() if part in c]

    def check(self, how):
        self.lie(how)
        home = self.setup()
        self.sync(home)
        shutil.rmtree(home.state)
        foreign_names(home)
        self.assertNotDoubled(home, self.COUNT)
        before = len(self.asked('BODY.PEEK[]'))
        # By now it is known what its sizes are worth.
        self.box.uidvalidity += 1
        self.assertNotDoubled(home, self.COUNT)
        self.assertEqual(len(self.asked('BODY.PEEK[]')), before)

    def lost_answer(self, how):
        self.lie(how)
        home = self.setup()
        self.sync(home)

        def cut(session, command):
            session.answer(command)
            session.close()
        self.server.hooks['APPEND'] = cut
        path = home.maildir() + '/INBOX/cur/1700000000.a.b:2,S'
        home.write(path, support.message(99).decode())
        home.run('--once')
        self.assertEqual(len(self.box.messages), self.COUNT + 1)
        del self.server.hooks['APPEND']
        self.assertNotDoubled(home, self.COUNT + 1)


def add_lying():
    """A test for each way to lie: one that fails names it."""
    for how in SIZES:
        name = how.replace(' ', '_')
        setattr(Lying, 'test_size_is_' + name,
                lambda self, how=how: self.check(how))
        setattr(Lying, 'test_lost_answer_where_it_is_' + name,
                lambda self, how=how: self.lost_answer(how))


HEADER = b'From: a@example.org\nTo: b@example.org\nSubject: %d\n'
# What is in the way of comparing bytes. Where a server does not take one, it is
# left out for that server.
ODD = {
    'plain': HEADER + b'\ntext\n',
    'a lone CR': HEADER + b'\none\rtwo\n',
    'a final CR': HEADER + b'\ntext\n\r',
    'CRs in a row': HEADER + b'\none\r\r\rtwo\n\r\r',
    'no final LF': HEADER + b'\nno end of line',
    'many line ends': HEADER + b'\n\n\ntext\n\n\n\n',
    'an 8-bit header': HEADER + b'X-A: \xc3\xbc\xff\n\ntext\n',
    'an 8-bit body': HEADER + b'\n\xc3\xbc \xff\xfe\n',
    'no empty line': HEADER,
    'no empty line and no LF': HEADER[:-1],
    'header only': HEADER + b'\n',
    'binary': HEADER + b'\n' + bytes(range(1, 256)) * 20,
    'long lines': HEADER + b'X-B: ' + b'y' * 9000 + b'\n\n' + b'z' * 70000,
    'folded': HEADER + b'X-C: a\n b\n\tc\n  d\n\ntext\n',
    'marks': b'Status: RO\nX-UID: 3\n' + HEADER + b'Lines: 1\n\ntext\n',
    'an empty first line': b'\ntext %d\n',
    'a postmark': b'From a@example.org Sat Jan  1 00:00:00 2000\n' + HEADER
                  + b'\ntext\n',
    'no field': HEADER + b'this is no field\n\ntext\n',
}


class Odd(Case):
    """Up and down, then everything but the files is lost."""

    def put(self, home, n, data):
        path = '%s/INBOX/cur/17%08d.x.host:2,S' % (home.maildir(), n)
        with open(path, 'wb') as f:
            f.write(data)
        os.utime(path, (1500000000 + n,) * 2)

    def counts(self, home):
        return (len(list(files(home.maildir()))),
                sum(map(len, self.remote().values())))

    def check(self, home):
        """Nothing is doubled: not after a lost database, nor under a new
        UIDVALIDITY, by other names and by other times."""
        home.run('--once')
        before = self.counts(home)
        shutil.rmtree(home.state)
        foreign_names(home)
        home.run('--once')
        self.assertEqual(self.counts(home), before)
        self.server.new_uidvalidity(self.user, 'INBOX')
        home.run('--once')
        self.assertEqual(self.counts(home), before)
        return before

    def test_up(self):
        home = self.setup()
        self.sync(home)
        for n, data in enumerate(ODD.values()):
            self.put(home, n, data.replace(b'%d', b'%d' % n))
        _, there = self.check(home)
        self.assertGreaterEqual(there, len(ODD) - 4)

    def test_down(self):
        taken = 0
        with self.imap() as connection:
            for n, data in enumerate(ODD.values()):
                data = data.replace(b'%d', b'%d' % n).replace(b'\n', b'\r\n')
                with self.subTest(n):
                    status, _ = connection.append('INBOX', None, None, data)
                    taken += status == 'OK'
        home = self.setup()
        self.sync(home)
        self.assertGreaterEqual(taken, len(ODD) - 4)
        self.assertEqual(self.check(home), (taken, taken))


add_lying()
if __name__ == '__main__':
    support.main()
