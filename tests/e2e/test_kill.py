#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 on the way into a system call, in each kind of sync; then a clean
run: every message exactly once with the right flags and times, nothing left.
A sample of the calls; with FULL=1 all."""
import collections
import os
import re
import shutil
import signal
import sys

import faults
import support
from oracle import differences, keywords_of, snapshot

FULL = 'FULL' in os.environ
CALLS = ('write', 'renameat2', 'renameat', 'fsync', 'fdatasync', 'syncfs',
         'openat', 'openat2', 'pwrite64', 'unlinkat', 'mkdirat')
SUMMARY = re.compile(r'^test: (\d+) new, 0 uploaded, (\d+) flags, '
                     r'(\d+) deleted, 0 held, \d+\.\d s$', re.M)
LETTERS = {'S': '\\Seen', 'F': '\\Flagged', 'R': '\\Answered'}


class Kill(support.TestCase):
    OPTIONS = ('--fast',)

    @classmethod
    def setUpClass(cls):
        faults.require()
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.deleted = collections.Counter()
        self.hit = self.tried = 0

    def home_in(self, where):
        home = faults.home_for(self, self.server, self.user, where=where)
        self.home = home
        return home

    def seed(self, count):
        self.server.seed(self.user, count, '--folders', '5', '--median', '1k',
                         '--mean', '3k', '--max', '60k')

    def points(self, found, sample, all_):
        """(call, number): all, or of each call so many. The loader and the
        configuration, which the main thread opens first, are left out of the
        sample."""
        most = faults.counts(found)
        first = collections.Counter(c.name for c in found
                                    if c.thread == found[0].thread)
        every = {call: list(range(1, n + 1)) for call, n in most.items()}
        if all_:
            return [(call, n) for call in every for n in every[call]]
        picked = []
        for call, numbers in sorted(every.items()):
            late = [n for n in numbers if n > first[call]] or numbers
            picked += [(call, n) for n in sorted(self.random.sample(
                late, min(sample, len(late))))]
        return picked

    def killed(self, point):
        result = faults.kill(self.home, *point, '--once')
        self.tried += 1
        self.hit += result.status == -signal.SIGKILL
        if result.status != -signal.SIGKILL:
            self.assertStatus(result, 0)

    def whole(self, expected):
        """What is to be seen in new/ and cur/ is never a part of a message."""
        known = {m.sha for folder in expected.values() for m in folder.values()}
        known.update(self.deleted)
        for path, _, names in os.walk(self.home.mail):
            if os.path.basename(path) in ('new', 'cur'):
                for name in names:
                    self.assertIn(faults.digest(path + '/' + name), known,
                                  name)

    def recover(self, expected, points):
        """Perhaps another kill; then a clean run, and all is well."""
        if self.random.random() < 1 / 3:
            self.killed(self.random.choice(points))
            self.whole(expected)
        self.sync(self.home)
        self.check(expected)

    def check(self, expected):
        local = self.local(self.home)
        found = differences(expected, local)
        self.assertEqual(found, [], '\n'.join(found[:40]))
        self.assertEqual(faults.leftovers(self.home), [])
        self.assertEqual(faults.trash(self.home), self.deleted)
        if self.random.random() < 1 / 4:
            before = snapshot(self.home.mail)
            result = self.sync(self.home)
            self.assertEqual(SUMMARY.findall(result.out), [('0', '0', '0')])
            self.assertEqual(snapshot(self.home.mail), before)

    def rounds(self, prepare, sample, server_changes=True, every=FULL):
        """prepare() makes work for one sync and says what both sides are to
        hold after it. Counts the calls of one such sync, then is killed in
        each of the others."""
        expected = prepare()
        result, found = faults.calls(self.home, CALLS, '--once')
        self.assertStatus(result, 0)
        self.check(expected)
        points = self.points(found, sample, every)
        for point in points:
            with self.subTest('kill -9', call=point[0], number=point[1],
                              seed=support.SEED):
                expected = prepare()
                self.killed(point)
                try:
                    self.whole(expected)
                    self.recover(expected, points)
                finally:    # one failure is one
                    self.deleted = faults.trash(self.home)
                if server_changes:
                    self.assertEqual(self.remote(), expected)
        self.assertEqual(self.remote(), expected)
        # The count of a call differs a little from run to run.
        self.assertGreater(self.hit, self.tried * 0.4)

    def test_first_mirror(self):
        self.seed(60)
        home = self.home_in(faults.MEMORY)
        expected = self.remote()

        def prepare():
            shutil.rmtree(home.mail, ignore_errors=True)
            shutil.rmtree(home.state, ignore_errors=True)
            return expected
        self.rounds(prepare, 3, server_changes=False)

    def mirrored(self, where=faults.MEMORY, count=60):
        self.seed(count)
        home = self.home_in(where)
        self.sync(home)
        self.check(self.remote())
        return home

    def some(self, remote, count):
        """(folder, uid) of so many messages."""
        every = [(name, uid) for name, messages in sorted(remote.items())
                 for uid in sorted(messages)]
        return self.random.sample(every, count)

    def test_flags_pulled(self):
        self.mirrored()

        def prepare():
            remote = self.remote()
            with self.imap() as connection:
                for flag in '\\Seen', '\\Flagged', 'Work':
                    for name, uid in self.some(remote, 6):
                        sign = '-' if flag in remote[name][uid].flags else '+'
                        connection.select(name)
                        connection.uid('STORE', str(uid),
                                       sign + 'FLAGS.SILENT', '(%s)' % flag)
            return self.remote()
        self.rounds(prepare, 2, server_changes=False)

    def flip(self, file, letter):
        """Another flag, as a mail program does it; the new flags."""
        folder = os.path.dirname(os.path.dirname(file.path))
        letters = {**LETTERS, **keywords_of(folder)}
        unique, _, old = os.path.basename(file.path).partition(':2,')
        new = ''.join(sorted(set(old) ^ {letter}))
        os.rename(file.path, '%s/cur/%s:2,%s' % (folder, unique, new))
        return file.message.flags ^ {letters[letter]}

    def test_flags_pushed(self):
        home = self.mirrored()

        def prepare():
            expected, local = self.remote(), self.local(home)
            for name, uid in self.some(expected, 15):
                m = expected[name][uid]
                file = next(f for f in local[name] if f.message == m)
                local[name].remove(file)
                folder = os.path.dirname(os.path.dirname(file.path))
                letter = self.random.choice(
                    sorted(set(LETTERS) | set(keywords_of(folder))))
                expected[name][uid] = m._replace(flags=self.flip(file, letter))
            return expected
        self.rounds(prepare, 2)

    def delete_some(self):
        """New messages, a sync, and then others are gone from the server."""
        with self.imap() as connection:
            for folder in 'INBOX', 'Sent':
                for _ in range(4):
                    text = support.message(self.random.getrandbits(60))
                    flags = self.random.choice(['', '(\\Seen)', '(Work)'])
                    connection.append(folder, flags, None,
                                      text.replace(b'\n', b'\r\n'))
        self.sync(self.home)
        self.check(self.remote())
        with self.imap() as connection:
            for folder, messages in self.remote().items():
                if folder not in ('INBOX', 'Sent'):
                    continue
                gone = self.random.sample(sorted(messages), 4)
                self.deleted.update(messages[uid].sha for uid in gone)
                connection.select(folder)
                connection.uid('STORE', ','.join(map(str, gone)),
                               '+FLAGS.SILENT', '(\\Deleted)')
                connection.expunge()
        return self.remote()

    def test_deleted_there(self):
        self.mirrored()
        self.rounds(self.delete_some, 2, server_changes=False)

    def test_deleted_there_trash_elsewhere(self):
        """The state directory, and so the trash, is on another file system."""
        if not faults.MEMORY or os.stat(faults.MEMORY).st_dev == \
                os.stat(self.server.dir).st_dev:
            self.skipTest('there is no second file system')
        self.seed(60)
        home = self.home_in(faults.MEMORY)
        elsewhere = support.Setup()
        self.addCleanup(elsewhere.remove)
        home.mail = home.general['maildir_root'] = elsewhere.home + '/Mail'
        home.save()
        self.sync(home)
        self.rounds(self.delete_some, 10 if FULL else 2, server_changes=False,
                    every=False)


print('seed %d' % support.SEED, file=sys.stderr)
support.main()
