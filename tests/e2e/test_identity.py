#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is the same message, though others had it in hands: servers that rewrite
what they take or say wrong sizes, odd messages; and what is not."""
import os
import re
import shutil

import support
from scripted import Box, Scripted


def files(root):
    """Every message file below root."""
    for path, _, names in os.walk(root):
        if os.path.basename(path) in ('cur', 'new'):
            for name in names:
                yield os.path.join(path, name)


def foreign_names(home):
    """Renames every file as another program would have named it."""
    for i, path in enumerate(sorted(files(home.maildir()))):
        os.rename(path, '%s/17%08d.foreign:2,S' % (
            re.sub('new$', 'cur', os.path.dirname(path)), i))


class Case(support.TestCase):
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
