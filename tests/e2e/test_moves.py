#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Moves are moves: no message travels, whichever side moved it and whatever
became of its file's name. Counted in what the server was told."""
import os
import re

import support
from model import Copy
from oracle import quote
from world import NO_UIDS, TestCase

SOME = 40
BODY = re.compile(r'BODY(\.PEEK)?\[\]|RFC822[ )]|RFC822$|RFC822\.TEXT|BINARY')
# What reads a folder, and what changes nothing but which one is selected.
SESSION = re.compile(r'(ID|CAPABILITY|ENABLE|NAMESPACE|COMPRESS|LOGOUT|NOOP|'
                     r'UNSELECT|LOGIN|AUTHENTICATE)\b')


class Many(TestCase):
    MANY = 500
    MOST = 10       # commands that moving them may take

    def prepare(self, count=SOME):
        """So many messages in INBOX, in sync; Box and Neu are empty."""
        self.now = world = self.world()
        for name in 'Box', 'Neu':
            world.perform(('mkdir', 'there', name))
        for n in range(1, count + 1):
            world.append(n, 'INBOX', '\\Seen' if n % 3 else '')
        world.settle()
        self.paths = {}
        folder = world.here_.folder('INBOX')
        for sub in 'cur', 'new':
            for name in os.listdir('%s/%s' % (folder, sub)):
                path = '%s/%s/%s' % (folder, sub, name)
                with open(path, 'rb') as f:
                    n = int(re.search(rb'X-T: <(\d+)>', f.read(300))[1])
                self.paths[n] = path

    def move_here(self, n, name, how, flags=None):
        """As World.move() does, without looking for it."""
        world, path = self.now, self.paths[n]
        had = world.here_.flags('INBOX', path)
        flags = had if flags is None else frozenset(flags.split())
        world.here_.move(path, n, name, flags, how)
        world.account.here.change(n, [Copy('INBOX', had)],
                                  [Copy(name, flags)])

    def move_there(self, numbers, name):
        """One UID MOVE of another program."""
        world, found = self.now, {}
        world.there_.connection.select(quote('INBOX'))
        data = world.there_.uid('FETCH', '1:*',
                                '(BODY.PEEK[HEADER.FIELDS (X-T)])')
        for item in data:
            if isinstance(item, tuple):
                n = int(re.search(rb'<(\d+)>', item[1])[1])
                found[n] = re.search(rb'UID (\d+)', item[0])[1].decode()
        world.there_.uid('MOVE', ','.join(found[n] for n in numbers), name)
        world.there_.unselect()
        for n in numbers:
            copy, = world.account.there.of(n)
            world.account.there.change(n, [copy],
                                       [copy._replace(folder=name)])

    def inodes(self):
        return {os.stat(os.path.join(path, name)).st_ino
                for path, _, names in os.walk(self.now.home.maildir())
                if os.path.basename(path) in ('cur', 'new') for name in names}

    def assertMoved(self, more=0):
        """One sync, in which nothing is sent or fetched, of MOST commands and
        so many more (None: any number); then all is right."""
        before = self.inodes()
        result, commands = self.now.sync()
        self.assertStatus(result, 0)
        self.assertEqual([c for c in commands if c.startswith('APPEND')], [])
        fetched = [c for c in commands if BODY.search(c)]
        self.assertEqual(fetched, [])
        changing = [c for c in commands if not SESSION.match(c)]
        if more is not None:
            self.assertLessEqual(len(changing), self.MOST + more,
                                 '\n'.join(changing))
        self.assertEqual(self.inodes(), before, 'a move is a rename')
        self.now.judge()
        return changing

    def test_here_name_kept(self):
        self.prepare(self.MANY)
        for n in self.paths:
            self.move_here(n, 'Box', 'keep')
        commands = self.assertMoved()
        if 'MOVE' not in ' '.join(self.OPTIONS):
            moves = [c for c in commands if c.startswith('UID MOVE')]
            self.assertEqual(len(moves), 1, moves)

    def test_here_name_changed(self):
        self.prepare(self.MANY)
        for n in self.paths:
            self.move_here(n, 'Box', 'new')
        self.assertMoved()

    def test_here_to_two_folders(self):
        self.prepare(self.MANY)
        for n in self.paths:
            self.move_here(n, 'Box' if n % 2 else 'Neu',
                           'keep' if n % 5 else 'new')
        self.assertMoved(1)

    def test_here_with_flags(self):
        """Some are read or flagged on the way."""
        self.prepare(self.MANY)
        for n in self.paths:
            self.move_here(n, 'Box', 'keep', '\\Seen \\Flagged' if n % 2 else
                           None)
        # A STORE or two in the folder where they are now, and its SELECT.
        self.assertMoved(3)

    def test_there(self):
        self.prepare(self.MANY)
        self.move_there(self.paths, 'Box')
        self.assertMoved(None)

    def test_there_to_two_folders(self):
        self.prepare(self.MANY)
        self.move_there([n for n in self.paths if n % 2], 'Box')
        self.move_there([n for n in self.paths if not n % 2], 'Neu')
        self.assertMoved(None)


class Moves(Many):
    # ---- moved here ----

    def test_here_by_link(self):
        self.prepare()
        for n in self.paths:
            self.move_here(n, 'Box', 'link')
        self.assertMoved()

    def test_here_as_copies(self):
        """Other inodes: they are recognised by their bytes."""
        self.prepare()
        for n in self.paths:
            self.move_here(n, 'Box', 'copy')
        self.assertMoved()

    def test_here_all_but_one(self):
        self.prepare()
        for n in list(self.paths)[1:]:
            self.move_here(n, 'Box', 'keep')
        self.assertMoved()

    def test_here_exchanged(self):
        """Out of and into a folder in one pass."""
        self.prepare()
        half = sorted(self.paths)[:SOME // 2]
        for n in half:
            self.move_here(n, 'Box', 'new')
        self.assertMoved()
        folder = self.now.here_.folder('Box')
        for sub in 'cur', 'new':
            for name in os.listdir('%s/%s' % (folder, sub)):
                path = '%s/%s/%s' % (folder, sub, name)
                with open(path, 'rb') as f:
                    n = int(re.search(rb'X-T: <(\d+)>', f.read(300))[1])
                flags = self.now.here_.flags('Box', path)
                self.now.here_.move(path, n, 'INBOX', flags, 'new')
                self.now.account.here.change(n, [Copy('Box', flags)],
                                               [Copy('INBOX', flags)])
        for n in sorted(self.paths)[SOME // 2:]:
            self.move_here(n, 'Box', 'new')
        self.assertMoved(None)

    def test_here_equal_messages(self):
        """The same bytes several times: as many as there were."""
        self.prepare()
        world = self.now
        for _ in range(3):
            world.perform(('copy', 'there', 1, 'INBOX', 'cp'))
        world.settle()
        found = world.here_.find(1, ['INBOX'])
        while found:
            world.perform(('move', 'here', 1, 'Box', 'new'))
            found = world.here_.find(1, ['INBOX'])
        self.assertEqual(len(world.account.here.of(1)), 4)
        self.assertMoved()

    def test_here_keyword_without_a_letter(self):
        """A mail program that knows nothing of letters keeps them in the name.
        The target has another one, or none, for that keyword."""
        self.prepare()
        world = self.now
        world.perform(('flag', 'there', 2, '+Work'))
        world.settle()
        _, path = world.here_.find(2, ['INBOX'])
        os.rename(path, '%s/cur/%s' % (world.here_.folder('Box'),
                                       os.path.basename(path)))
        result, commands = world.sync()
        self.assertStatus(result, 0)
        self.assertEqual([c for c in commands if BODY.search(c) or
                          c.startswith('APPEND')], [])
        here, there = world.seen_here(), world.seen_there()
        self.assertEqual(here, there)
        self.assertEqual([c.folder for c in here.of(2)], ['Box'])
        self.assertIn('Work', here.of(2)[0].flags)

    # ---- moved there ----

    def test_there_and_new_mail(self):
        """Only what is new is fetched."""
        self.prepare()
        self.move_there(self.paths, 'Box')
        self.now.perform(('append', SOME + 1, 'Box', ''))
        self.now.perform(('append', SOME + 2, 'INBOX', ''))
        result, commands = self.now.sync()
        self.assertStatus(result, 0)
        self.assertRegex(result.out, r': 2 new, 0 uploaded, \d+ flags, 0 del')
        fetched = ' '.join(c for c in commands if BODY.search(c))
        self.assertLess(len(re.findall(r'\d+:\d+', fetched)), 3, fetched)
        self.now.judge()

    def test_there_many_times(self):
        """What counts is where it is in the end."""
        self.prepare()
        self.move_there([1, 2, 3], 'Box')
        self.now.perform(('move', 'there', 1, 'Neu', 'keep'))
        self.assertMoved(None)

    def test_there_and_back(self):
        self.prepare()
        self.move_there([1, 2, 3], 'Box')
        self.now.perform(('move', 'there', 2, 'INBOX', 'keep'))
        self.now.judge()


# Without an extension it takes a few commands more, and no more for more
# messages.
SEVERAL = 500 if 'FULL' in os.environ else 40


class NoMove(Moves):
    """COPY, and the old ones are expunged."""
    OPTIONS = ('--fast', '--cap-minus', 'MOVE')
    MANY, MOST = SEVERAL, 18


class NoUidplus(Many):
    """Where they are now is found by their content."""
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS')
    PROXY = NO_UIDS
    MANY, MOST = SEVERAL, 30


class NoCondstore(Many):
    OPTIONS = ('--fast', '--cap-minus', 'CONDSTORE QRESYNC')
    MANY = SEVERAL


support.main()
