#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Folders made, renamed and removed on either side."""
import os
import re
import shutil

import support
from servers import MUTATING


BODIES = r'APPEND|BODY\.PEEK\[\]'


class Case(support.TestCase):
    """INBOX, Plan (1 message), Lists/a (3 messages), Lists/a/b (1)."""
    KEYS = {}

    def seed(self, **keys):
        with self.imap() as connection:
            for name in ('Plan', 'Lists', 'Lists/a', 'Lists/a/b'):
                connection.create(name)
                connection.subscribe(name)
        self.append('INBOX', support.message(1))
        self.append('Plan', support.message(2))
        for number in (3, 4, 5):
            self.append('Lists/a', support.message(number), '\\Seen')
        self.append('Lists/a/b', support.message(6))
        home = self.setup(**dict(self.KEYS, **keys))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 6)
        return home

    def on_server(self, *commands):
        with self.imap() as connection:
            for name, *args in commands:
                answer = getattr(connection, name)(*args)
                self.assertEqual(answer[0], 'OK', answer)

    def told(self, home, pattern, *args, status=0):
        mark = len(self.server.commands(self.user))
        result = self.sync(home, *args, status=status)
        return result, [c for c in self.server.commands(self.user)[mark:]
                        if re.search(pattern, c)]

    def path(self, home, name):
        return home.maildir() + '/' + name

    def make(self, home, name, *numbers):
        """A folder, as a mail program makes it."""
        path = self.path(home, name)
        for sub in ('cur', 'new', 'tmp'):
            os.makedirs(path + '/' + sub, mode=0o700)
        for number in numbers:
            home.write('%s/cur/17.%d.host:2,S' % (path, number),
                       support.message(number).decode())

    def subscriptions(self):
        with self.imap() as connection:
            lines = connection.lsub()[1]
        return {line.split(b' ')[-1].strip(b'"').decode()
                for line in lines if line}


class Made(Case):
    def test_here(self):
        home = self.seed()
        self.make(home, 'Work', 10, 11)
        self.make(home, 'Work/deep/er', 12)
        self.make(home, 'Łódź & co', 13)
        _, told = self.told(home, 'CREATE|SUBSCRIBE')
        self.assertEqual(self.assertSame(home), 10)
        self.assertEqual(len([c for c in told if c.startswith('CREATE')]), 3)
        self.assertIn('Work/deep/er', self.subscriptions())
        self.assertQuiet(home)

    def test_there(self):
        home = self.seed()
        self.on_server(('create', 'Fresh'), ('create', 'Fresh/bc'))
        self.append('Fresh/bc', support.message(10))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 7)
        self.assertQuiet(home)

    def test_on_both_sides(self):
        home = self.seed()
        self.on_server(('create', 'Fresh'))
        self.append('Fresh', support.message(10))
        self.make(home, 'Fresh', 10, 11)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 8)
        self.assertQuiet(home)

    def test_not_there(self):
        home = self.seed(create='local')
        self.make(home, 'Fresh', 10)
        _, told = self.told(home, MUTATING.pattern)
        self.assertEqual(told, [])
        self.assertTrue(os.path.exists(self.path(home, 'Fresh/cur')))

    def test_not_here(self):
        home = self.seed()
        home.account('test', self.server, self.user, create='remote')
        self.on_server(('create', 'Fresh'))
        self.sync(home)
        self.assertFalse(os.path.exists(self.path(home, 'Fresh')))

    def test_refused(self):
        home = self.seed()
        self.make(home, 'a*b', 10)
        self.make(home, 'Good', 11)
        result = self.sync(home, status=1)
        self.assertIn('a*b', result.err)
        self.assertIn('Good', self.remote())
        self.assertTrue(os.path.exists(self.path(home, 'a*b/cur')))

    def test_dry_run(self):
        home = self.seed()
        self.on_server(('create', 'There'))
        self.append('There', support.message(10))
        self.make(home, 'Here', 11)
        out = self.sync(home, '--dry-run').out
        self.assertIn('test/There create folder here\n', out)
        self.assertIn('test/There fetch uid=1', out)
        self.assertIn('test/Here create folder there\n', out)
        self.assertIn('test/Here upload file=17.11.host', out)

    def test_one_of_them(self):
        home = self.seed()
        self.make(home, 'Fresh', 10)
        self.make(home, 'Other', 11)
        self.sync(home, 'test/Fresh')
        self.assertIn('Fresh', self.remote())
        self.assertNotIn('Other', self.remote())


class Renamed(Case):
    """Moves no message, in either direction."""

    def test_here(self):
        home = self.seed()
        os.rename(self.path(home, 'Lists/a'), self.path(home, 'Lists/z'))
        _, told = self.told(home, BODIES + '|RENAME')
        self.assertEqual([c.split()[0] for c in told], ['RENAME'])
        self.assertEqual(self.assertSame(home), 6)
        self.assertIn('Lists/z', self.subscriptions())
        self.assertNotIn('Lists/a', self.subscriptions())
        self.assertQuiet(home)

    def test_there(self):
        home = self.seed()
        self.on_server(('rename', 'Lists/a', 'Lists/z'))
        _, told = self.told(home, BODIES)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertQuiet(home)

    def test_there_with_news(self):
        home = self.seed()
        self.on_server(('rename', 'Lists', 'Archiv'))
        self.append('Archiv/a', support.message(20))
        self.store('Archiv/a', '1', '+FLAGS', '\\Flagged')
        _, told = self.told(home, BODIES)
        self.assertEqual(len(told), 1)
        self.assertEqual(self.assertSame(home), 7)
        self.assertQuiet(home)

    def test_here_with_news(self):
        home = self.seed()
        self.make(home, 'Lists/a/new one', 22)
        os.rename(self.path(home, 'Lists'), self.path(home, 'Archiv'))
        home.write(self.path(home, 'Archiv/a/cur/17.21.host:2,'),
                   support.message(21).decode())
        self.append('Lists/a', support.message(20))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 9)
        self.assertNotIn('Lists/a', self.remote())
        self.assertQuiet(home)

    def test_swapped_here(self):
        home = self.seed()
        a, b, c = (self.path(home, n) for n in ('Lists/a', 'Plan', 'x'))
        os.rename(a + '/b', self.path(home, 'b'))
        os.rename(a, c)
        os.rename(b, a)
        os.rename(c, b)
        _, told = self.told(home, BODIES)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertEqual(len(self.remote()['Plan']), 3)
        self.assertQuiet(home)

    def test_swapped_there(self):
        home = self.seed()
        self.on_server(('rename', 'Plan', 'x'), ('rename', 'Lists/a', 'Plan'),
                       ('rename', 'x', 'Lists/a'))
        _, told = self.told(home, BODIES)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertEqual(len(self.local(home)['Plan']), 3)
        self.assertQuiet(home)

    def test_case_only(self):
        home = self.seed()
        os.rename(self.path(home, 'Plan'), self.path(home, 'PLAN'))
        self.sync(home)
        self.assertIn('PLAN', self.remote())
        self.assertNotIn('Plan', self.remote())
        self.on_server(('rename', 'PLAN', 'plan'))
        _, told = self.told(home, BODIES)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertQuiet(home)

    def test_apart(self):
        """The server's name wins."""
        home = self.seed()
        os.rename(self.path(home, 'Plan'), self.path(home, 'Mine'))
        self.on_server(('rename', 'Plan', 'Theirs'))
        _, told = self.told(home, BODIES)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertIn('Theirs', self.local(home))
        self.assertQuiet(home)


class PlusPlus(Case):
    KEYS = {'layout': 'maildir++'}

    def test_here(self):
        home = self.seed()
        root = home.maildir()
        os.rename(root + '/.Lists.a', root + '/.Lists.z')
        os.rename(root + '/.Lists.a.b', root + '/.Lists.z.b')
        _, told = self.told(home, BODIES + '|RENAME')
        self.assertEqual([c.split()[0] for c in told], ['RENAME'])
        self.assertEqual(self.assertSame(home), 6)
        self.assertQuiet(home)

    def test_there(self):
        home = self.seed()
        self.on_server(('rename', 'Lists', 'Archiv'))
        _, told = self.told(home, BODIES)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertQuiet(home)

    def test_swapped_there(self):
        home = self.seed()
        self.on_server(('rename', 'Plan', 'x'), ('rename', 'Lists/a', 'Plan'),
                       ('rename', 'x', 'Lists/a'))
        _, told = self.told(home, BODIES)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertEqual(len(self.local(home)['Plan']), 3)
        self.assertQuiet(home)


class Removed(Case):
    def test_kept(self):
        """By default a folder that is gone stays on the other side."""
        home = self.seed()
        shutil.rmtree(self.path(home, 'Plan'))
        self.on_server(('delete', 'Lists/a/b'))
        _, told = self.told(home, MUTATING.pattern)
        self.assertEqual(told, [])
        self.assertEqual(len(self.remote()['Plan']), 1)
        self.assertEqual(len(self.local(home)['Lists/a/b']), 1)
        self.assertQuiet(home)

    def test_here(self):
        home = self.seed(remove='both')
        shutil.rmtree(self.path(home, 'Lists/a'))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 2)
        self.assertNotIn('Lists/a', self.remote())
        self.assertNotIn('Lists/a', self.subscriptions())
        self.assertQuiet(home)

    def test_there(self):
        home = self.seed(remove='both')
        self.on_server(('delete', 'Lists/a/b'), ('delete', 'Lists/a'))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 2)
        self.assertFalse(os.path.exists(self.path(home, 'Lists/a')))
        self.assertQuiet(home)


class Revived(Case):
    """A folder goes only if nothing in it is new."""

    def test_here_with_news_there(self):
        home = self.seed(remove='both')
        shutil.rmtree(self.path(home, 'Plan'))
        self.append('Plan', support.message(20))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 7)
        self.assertQuiet(home)

    def test_here_with_a_mark_there(self):
        home = self.seed(remove='both')
        shutil.rmtree(self.path(home, 'Plan'))
        self.store('Plan', '1', '+FLAGS', '\\Flagged')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 6)
        self.assertQuiet(home)

    def test_there_with_news_here(self):
        home = self.seed(remove='both')
        self.on_server(('delete', 'Plan'))
        home.write(self.path(home, 'Plan/cur/17.21.host:2,'),
                   support.message(21).decode())
        self.sync(home)
        self.assertEqual(self.assertSame(home), 7)
        self.assertQuiet(home)

    def test_there_with_a_mark_here(self):
        home = self.seed(remove='both')
        path = self.local(home)['Plan'][0].path
        self.on_server(('delete', 'Plan'))
        os.rename(path, self.path(home, 'Plan/cur/') +
                  os.path.basename(path).split(':')[0] + ':2,F')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 6)
        self.assertQuiet(home)

    def test_on_both_sides(self):
        home = self.seed()
        self.on_server(('delete', 'Plan'))
        shutil.rmtree(self.path(home, 'Plan'))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 5)
        self.assertQuiet(home)

    def test_moved_away_first(self):
        """The messages go where their files went, then the folder goes."""
        home = self.seed(remove='both')
        for f in self.local(home)['Plan']:
            os.rename(f.path, self.path(home, 'Lists/a/cur/') +
                      os.path.basename(f.path).split(':')[0] + ':2,S')
        shutil.rmtree(self.path(home, 'Plan'))
        _, told = self.told(home, 'APPEND|MOVE')
        self.assertEqual([c.split()[1] for c in told], ['MOVE'])
        self.assertEqual(self.assertSame(home), 6)
        self.assertNotIn('Plan', self.remote())
        self.assertQuiet(home)

    def test_inbox(self):
        home = self.seed(remove='both')
        shutil.rmtree(self.path(home, 'INBOX'))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 6)

    def test_limit_of_ones_own(self):
        home = self.seed(remove='both', delete_limit='none')
        for number in range(10, 31):
            self.append('Plan', support.message(number))
        self.sync(home)
        self.on_server(('delete', 'Plan'))
        self.sync(home)
        self.assertFalse(os.path.exists(self.path(home, 'Plan')))
        self.assertEqual(self.assertSame(home), 5)
        self.assertQuiet(home)

    def test_most_of_them(self):
        home = self.seed(remove='both')
        for name in os.listdir(home.maildir()):
            if name not in ('INBOX', '.imapsyncd', 'Sent'):
                shutil.rmtree(self.path(home, name))
        result = self.sync(home, status=1)
        self.assertIn('imapsyncctl restore test/Plan', result.err)
        self.assertEqual(sum(map(len, self.remote().values())), 6)


support.main()
