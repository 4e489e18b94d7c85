#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""System calls that fail, and disks that are full or read-only: the error is
said and reaches no further than it must, nothing is lost or doubled, and the
next run completes the mirror."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import faults
import support
from oracle import server_messages, snapshot
from servers import MUTATING

FULL = 'FULL' in os.environ
CALLS = ('write', 'pwrite64', 'fsync', 'fdatasync', 'syncfs', 'renameat2',
         'renameat', 'openat', 'openat2', 'close', 'mkdirat', 'unlinkat',
         'utimensat', 'ftruncate')
HARD = 'ENOSPC', 'EIO', 'EDQUOT'
# What the kernel may answer where a signal comes in between.
INTERRUPTED = 'write', 'fsync', 'openat', 'renameat2', 'close'
STATUSES = 0, 1, 73, 74, 75
# The path of a message on its way.
MESSAGE = r'/tmp/imapsyncd\.[0-9a-f]{16}\.'
ERROR = re.compile(r'^(test|other)(?:/[^:]+)?: (?!\d+ new$).', re.M)


class Base(support.TestCase):
    def check_error(self, result, *names):
        """Every error line names an account and is followed by advice."""
        lines = result.err.splitlines()
        for i, line in enumerate(lines):
            if ERROR.match(line):
                self.assertRegex('\n'.join(lines[i + 1:i + 2]), r'^ +-> .',
                                 result.err)
        for name in names:
            self.assertRegex(result.err, r'(?m)^%s\b.*: ' % name)

    def whole(self, home, *remotes):
        """{path: inode} of all messages that are to be seen; each is one of
        the server's, every byte."""
        known = {m.sha for r in remotes for f in r.values()
                 for m in f.values()}
        found = {}
        for path, _, names in os.walk(home.mail):
            if os.path.basename(path) in ('new', 'cur'):
                for name in names:
                    path_ = path + '/' + name
                    self.assertIn(faults.digest(path_), known, path_)
                    found[path_] = os.stat(path_).st_ino
        return found

    def matches(self, home, name, remote):
        """Is the account's mirror complete?"""
        if not os.path.isdir(home.maildir(name)):
            return False
        for path, directories, _ in os.walk(home.maildir(name)):
            if 'tmp' in directories:    # looked at elsewhere
                for left in os.listdir(path + '/tmp'):
                    self.assertTrue(left.startswith('imapsyncd.'), left)
        return not support.differences(remote, self.visible(home, name))

    def visible(self, home, name):
        """As local(), whatever is in tmp/."""
        copy = tempfile.mkdtemp(dir=home.home)
        shutil.copytree(home.maildir(name), copy, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns('imapsyncd.*'))
        found = support.maildir_messages(copy)
        shutil.rmtree(copy)
        return found

    def assertComplete(self, home, name, remote):
        local = self.local(home, name)
        found = support.differences(remote, local)
        self.assertEqual(found, [], '\n'.join(found[:40]))


class Calls(Base):
    """Two accounts; one call of the first mirror fails."""
    OPTIONS = ('--fast',)

    @classmethod
    def setUpClass(cls):
        faults.require(paths=True)
        super().setUpClass()
        cls.server.seed('test', 45, '--folder', 'INBOX', '--median', '1k',
                        '--mean', '3k', '--max', '200k')
        cls.server.seed('test', 15, '--folders', '3', '--start', '45',
                        '--median', '1k', '--mean', '3k', '--max', '60k')
        cls.server.seed('test9', 12, '--folders', '2', '--plain',
                        '--median', '1k', '--mean', '3k', '--max', '60k')
        cls.remotes = {'test': server_messages(cls.server, 'test'),
                       'other': server_messages(cls.server, 'test9')}
        cls.found = None

    def setUp(self):
        super().setUp()
        self.home = faults.home_for(self, self.server, 'test', faults.MEMORY)
        faults.account(self.home, self.server, 'test9', 'other')
        if self.found is None:
            result, found = faults.calls(self.home, CALLS, '--once')
            self.assertStatus(result, 0)
            type(self).found = found

    def again(self):
        shutil.rmtree(self.home.mail, ignore_errors=True)
        shutil.rmtree(self.home.state, ignore_errors=True)

    def numbers(self, name, path=''):
        """Of the calls on the disk's thread that concern our files: those that
        no other thread makes as well."""
        main = self.found[0].thread
        most = sum(c.thread == main and c.name == name for c in self.found)
        mine = [c for c in self.found if c.thread != main and c.name == name]
        return [i for i, c in enumerate(mine, 1) if i > most and
                re.search('/Mail|/state', c.text) and re.search(path, c.text)]

    def in_a_row(self, numbers):
        """Those that have neighbours on both sides: their number holds where
        another run does a little more or less before."""
        every = set(numbers)
        return [n for n in numbers
                if every.issuperset(range(n - 3, n + 4))]

    def pick(self, numbers, count):
        return sorted(self.random.sample(numbers, min(count, len(numbers))))

    def check(self, result, statuses=STATUSES):
        """After the faulty run; then a clean one."""
        remotes, home = self.remotes, self.home
        said = '\nstdout:\n%s\nstderr:\n%s' % (result.out, result.err)
        self.assertIn(result.status, statuses, said)
        self.check_error(result)
        failed = set(ERROR.findall(result.err))
        if result.status:
            self.assertTrue(failed, said)
        for name in remotes:
            if name not in failed:
                self.assertTrue(self.matches(home, name, remotes[name]),
                                name + ' is not complete' + said)
        before = self.whole(home, *remotes.values())
        self.sync(home)
        for name, remote in remotes.items():
            self.assertComplete(home, name, remote)
        after = self.whole(home, *remotes.values())
        for path, inode in before.items():
            self.assertEqual(after.get(path), inode, path)
        self.assertEqual(faults.leftovers(home, 'test', 'other'), [])
        return failed

    def sweep(self, points, meant=''):
        """points: (call, how, number). How many of them did harm."""
        harm = 0
        for call, how, number in points:
            with self.subTest(call=call, how=how, number=number,
                              seed=support.SEED):
                self.again()
                try:
                    # Another write may be one that a server waits for.
                    result = faults.fail(
                        self.home, call, how, number, '--once',
                        meant=meant or (MESSAGE if call == 'write' else ''))
                except faults.Missed:
                    continue
                harm += len(self.check(result)) > 0
        return harm

    def test_hard_errors(self):
        points = []
        for call in CALLS:
            numbers = self.numbers(call)
            if call == 'write':
                # Not the one that wakes up the other thread: that cannot fail.
                numbers = self.in_a_row(self.numbers(call, MESSAGE))
            points += [(call, 'error=' + self.random.choice(HARD), n)
                       for n in self.pick(numbers, 40 if FULL else 2)]
        self.assertGreater(len(points), len(CALLS))
        self.assertGreater(self.sweep(points), len(points) // 3)
        self.check_server()

    def check_server(self):
        for user in 'test', 'test9':
            self.assertEqual(self.server.mutating(user), [])

    def test_interrupted(self):
        points = []
        for call in INTERRUPTED:
            numbers = self.numbers(call)
            if call == 'write':
                numbers = self.in_a_row(self.numbers(call, MESSAGE))
            points += [(call, 'error=EINTR', n)
                       for n in self.pick(numbers, 20 if FULL else 1)]
        self.assertEqual(self.sweep(points), 0, 'a signal is no error')

    def test_too_many_files(self):
        numbers = self.pick(self.numbers('openat'), 2)
        harm = self.sweep([('openat', 'error=EMFILE', n) for n in numbers])
        self.assertGreater(harm, 0)

    def test_write_that_was_none(self):
        """The kernel takes ten bytes, and they never reach the file."""
        numbers = self.in_a_row(self.numbers('write', MESSAGE))
        harm = self.sweep([('write', 'retval=10', n)
                           for n in self.pick(numbers, 4)], MESSAGE)
        self.assertGreater(harm, 0)

    def test_only_that_account(self):
        """Whatever fails in the files of one account, the other goes on."""
        for call, error, where in (
                ('openat', 'EIO', self.home.mail + '/test/INBOX/tmp'),
                ('renameat2', 'ENOSPC', self.home.mail + '/test/INBOX/cur'),
                ('fsync', 'EIO', self.home.mail + '/test/INBOX/cur'),
                ('pwrite64', 'ENOSPC', self.home.state + '/test.db-wal'),
                ('fdatasync', 'EIO', self.home.state + '/test.db-wal'),
                ('openat', 'EACCES', self.home.state + '/test.db'),
                ('mkdirat', 'ENOSPC', self.home.mail + '/test')):
            with self.subTest(call=call, error=error, where=where):
                self.again()
                result = faults.fail(self.home, call, 'error=' + error, '1+',
                                     '--once', paths=[where])
                self.check_error(result, 'test')
                self.assertIn(result.status, (73, 74, 75))
                self.assertEqual(self.check(result, (73, 74, 75)), {'test'})


    def test_begin(self):
        """All that is made durable before the first message is there."""
        for call, where in (('fdatasync', self.home.state + '/test.db-wal'),
                            ('fsync', self.home.mail + '/test')):
            for number in range(1, 9):
                with self.subTest(call=call, number=number):
                    self.again()
                    result = faults.fail(self.home, call, 'error=EIO', number,
                                         '--once', paths=[where])
                    self.assertEqual(self.check(result), {'test'})


class Listings(Base):
    """A directory that cannot be read to its end is not an empty one."""
    OPTIONS = ('--fast',)
    COUNT = 500

    @classmethod
    def setUpClass(cls):
        faults.require()
        super().setUpClass()

    def test_listing_fails(self):
        faults.require(paths=True)
        self.server.seed(self.user, self.COUNT, '--folder', 'INBOX', '--plain',
                         '--median', '300', '--mean', '400')
        self.append('Sent', support.message(1))
        home = faults.home_for(self, self.server, self.user, faults.MEMORY)
        self.sync(home)
        self.assertSame(home)
        sent = 1
        for gone, sub in enumerate(('cur', 'new')):
            self.delete('INBOX', '%d:%d' % (15 * gone + 1, 15 * gone + 15))
            for name in 'cur', 'new':
                # Long ago: then it is read once.
                os.utime('%s/INBOX/%s' % (home.maildir(), name), (1e9, 1e9))
            number, failed = 0, True
            while failed:
                number, sent = number + 1, sent + 1
                self.append('Sent', support.message(sent))
                error = self.random.choice(['EIO', 'EACCES'])
                with self.subTest(sub=sub, number=number, error=error):
                    failed = self.listing_fails(home, sub, number, error,
                                                15 * gone, sent)
            self.assertGreater(number, 2)
            self.assertEqual(sum(faults.trash(home).values()), 15 * gone + 15)
        self.assertSame(home)

    def delete(self, folder, uids):
        with self.imap() as connection:
            connection.select(folder)
            connection.uid('STORE', uids, '+FLAGS.SILENT', '(\\Deleted)')
            connection.expunge()

    def listing_fails(self, home, sub, number, error, gone, sent):
        """From the number-th call on; False: there are not so many."""
        where = '%s/INBOX/%s' % (home.maildir(), sub)
        tree = snapshot(home.maildir() + '/INBOX')
        remote = self.remote()
        commands = len(self.server.commands(self.user))
        result = faults.fail(home, 'getdents64', 'error=' + error,
                             '%d+' % number, '--once', paths=[where])
        if not faults.injected(home.home + '/faults'):
            self.assertStatus(result, 0)
            return False
        self.assertStatus(result, 74)
        self.assertRegex(result.err, r'(?m)^test/INBOX: .*list')
        self.check_error(result)
        self.assertEqual(snapshot(home.maildir() + '/INBOX'), tree)
        self.assertEqual(sum(faults.trash(home).values()), gone)
        self.assertEqual(self.remote(), remote)
        # The other folders go on, and nothing of this one comes again.
        self.assertEqual(len(self.local(home)['Sent']), sent)
        self.assertRegex(result.out, r'^test: failed: .*: 1 new, 0 uploaded, 0 flags, 0 d')
        self.assertFalse([c for c in
                          self.server.commands(self.user)[commands:]
                          if MUTATING.match(c)])
        return True

    def test_every_listing(self):
        """The n-th of all: the walk over the tree, tmp/, whatever comes."""
        self.server.seed(self.user, 40, '--folders', '4', '--plain',
                         '--median', '1k', '--mean', '2k')
        home = faults.home_for(self, self.server, self.user, faults.MEMORY)
        self.sync(home)
        _, found = faults.calls(home, ['getdents64'], '--once')
        numbers = range(1, faults.counts(found)['getdents64'] + 1)
        remote, tree = self.remote(), snapshot(home.maildir())
        if not FULL:
            numbers = self.random.sample(numbers, min(8, len(numbers)))
        failed = 0
        for number in numbers:
            with self.subTest(number=number, seed=support.SEED):
                result = faults.fail(home, 'getdents64', 'error=EIO', number,
                                     '--once')
                self.check_error(result)
                failed += result.status == 74
                self.assertEqual(snapshot(home.maildir()), tree)
                self.assertEqual(self.remote(), remote)
                self.sync(home)
                self.assertEqual(snapshot(home.maildir()), tree)
        self.assertGreater(failed, len(numbers) // 2)


class Disks(Base):
    """Real file systems that are full or read-only."""

    def mount(self, size):
        """A new directory on a file system of its own."""
        where = tempfile.mkdtemp(prefix='m')
        self.addCleanup(shutil.rmtree, where, ignore_errors=True)
        try:
            made = subprocess.run(['mount', '-t', 'tmpfs', '-o',
                                   'mode=0700,size=' + size, 'tmpfs', where],
                                  stdin=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, timeout=20)
        except FileNotFoundError as e:
            raise unittest.SkipTest('mount is missing') from e
        if made.returncode:
            raise unittest.SkipTest('cannot mount: ' +
                                    made.stderr.decode().strip()[-200:])
        self.addCleanup(subprocess.run, ['umount', '-l', where], timeout=20)
        return where

    def remount(self, where, options):
        subprocess.run(['mount', '-o', 'remount,' + options, where],
                       check=True, timeout=20)

    def seeded(self, count, mean):
        self.server.seed(self.user, count, '--folders', '4', '--plain',
                         '--median', mean, '--mean', mean, '--max', '400k')
        home = faults.home_for(self, self.server, self.user)
        self.append('INBOX', support.message(1), 'Work')
        return home, self.remote()

    def other(self, home):
        """Another account, whose files are elsewhere."""
        self.server.seed('test9', 12, '--folders', '2', '--plain')
        faults.account(home, self.server, 'test9', 'other',
                       maildir=home.home + '/other')
        return server_messages(self.server, 'test9')

    def no_room(self, result, *names):
        self.assertStatus(result, 74)
        self.check_error(result, *names)
        self.assertRegex(result.err, r'(?i)no space|disk is full|disk full')
        self.assertRegex(result.err, r'-> make room')

    def completed(self, home, remote, before):
        self.sync(home)
        self.assertComplete(home, 'test', remote)
        after = self.whole(home, remote)
        for path, inode in before.items():
            self.assertEqual(after.get(path), inode, path)
        self.assertEqual(faults.leftovers(home, 'test', 'other'), [])

    def test_maildir_is_full(self):
        where = self.mount('8m')
        home, remote = self.seeded(300, '40k')
        home.mail = home.general['maildir_root'] = where
        second = self.other(home)
        for _ in range(2):
            result = home.run('--once')
            self.no_room(result, 'test')
            self.assertRegex(result.out, r'(?m)^other: ')
            self.assertComplete(home, 'other', second)
            # What could not be completed takes no room either.
            self.assertEqual(faults.leftovers(home, 'test', 'other'), [])
            before = self.whole(home, remote)
        self.remount(where, 'size=64m')
        self.completed(home, remote, before)
        self.assertQuiet(home, 'test')

    def test_no_inodes(self):
        where = self.mount('64m,nr_inodes=100')
        home, remote = self.seeded(150, '1k')
        home.mail = home.general['maildir_root'] = where
        home.save()
        result = home.run('--once')
        self.no_room(result, 'test')
        before = self.whole(home, remote)
        self.remount(where, 'nr_inodes=10000')
        self.completed(home, remote, before)

    def test_state_is_full(self):
        where = self.mount('1m')
        home, remote = self.seeded(500, '1k')
        home.state = home.general['state_dir'] = where
        home.save()
        seen = set()
        # First not even the database fits, then not all rows, then all do.
        for room in 8, 40, 120, 200, 300, 1024:
            with open(where + '/filler', 'wb') as f:
                f.truncate(0)
                os.posix_fallocate(f.fileno(), 0, max(
                    1, self.free(where) - room * 1024))
            result = home.run('--once')
            seen.add(result.status)
            if result.status:
                self.no_room(result, 'test')
            before = self.whole(home, remote)
            os.unlink(where + '/filler')
        self.assertIn(74, seen)
        self.remount(where, 'size=64m')
        self.completed(home, remote, before)
        self.assertQuiet(home)

    def free(self, where):
        st = os.statvfs(where)
        return st.f_bavail * st.f_frsize

    def test_maildir_is_read_only(self):
        where = self.mount('64m')
        home, remote = self.seeded(40, '1k')
        home.mail = home.general['maildir_root'] = where
        home.save()
        self.sync(home)
        self.append('INBOX', support.message(2))
        self.store('INBOX', '1', '+FLAGS', '\\Flagged')
        tree = snapshot(where)
        remote = self.remote()
        self.remount(where, 'ro')
        result = home.run('--once')
        self.assertStatus(result, 74)
        self.check_error(result, 'test')
        self.assertRegex(result.err, 'read-only')
        self.assertEqual(self.remote(), remote)
        self.remount(where, 'rw')
        self.assertEqual(snapshot(where), tree)
        self.completed(home, remote, {})

    def test_state_is_read_only(self):
        where = self.mount('64m')
        home, remote = self.seeded(40, '1k')
        home.state = home.general['state_dir'] = where
        home.save()
        self.remount(where, 'ro')
        result = home.run('--once')
        self.assertIn(result.status, (73, 74), result)
        self.check_error(result, 'test')
        self.remount(where, 'rw')
        self.completed(home, remote, {})

    def test_maildir_may_not_be_written(self):
        if os.getuid() == 0:
            self.skipTest('root may write everywhere')
        home, remote = self.seeded(40, '1k')
        os.makedirs(home.maildir(), 0o700)
        os.chmod(home.maildir(), 0o500)
        result = home.run('--once')
        self.assertIn(result.status, (73, 74), result)
        self.check_error(result, 'test')
        self.assertRegex(result.err, '-> check owner and mode')
        os.chmod(home.maildir(), 0o700)
        self.completed(home, remote, {})


print('seed %d' % support.SEED, file=sys.stderr)
support.main()
