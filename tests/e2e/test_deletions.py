#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Deletions under the keys that govern them: delete, direction, expunge,
trash; and what is never expunged."""
import re

import support
from model import copies
from oracle import quote
from world import NO_UIDS, PASSWORD, TestCase

INBOX = copies('INBOX')
GONE = copies()
# Whatever expunges more than is named.
BROAD = re.compile(r'(EXPUNGE|CLOSE)\b')


class Base(TestCase):
    def synced(self, **keys):
        """Four messages in INBOX, one in Box, in sync."""
        world = self.world(**keys)
        world.perform(('mkdir', 'there', 'Box'))
        for n in range(1, 5):
            world.append(n, 'INBOX', '')
        world.append(5, 'Box', '')
        world.settle()
        return world

    def sync(self, world, statuses=(0,)):
        """{side: what it has} after a sync."""
        result, commands = world.sync()
        self.assertIn(result.status, statuses, result.err)
        self.assertEqual([c for c in commands if BROAD.match(c)], [])
        self.commands = commands
        return {'here': world.seen_here(), 'there': world.seen_there()}

    def quiet(self, world, status=0):
        result, found = support.unrest(world.home, self.server, world.user)
        self.assertStatus(result, status)
        self.assertEqual(found, [])

    def in_folder(self, world, name):
        """Flags of all that the server has there."""
        with self.server.imap(world.user, PASSWORD) as connection:
            connection.select(quote(name), readonly=True)
            data = connection.uid('FETCH', '1:*', '(FLAGS)')[1]
            return [re.search(rb'FLAGS \(([^)]*)\)', x)[1].decode().replace(
                '\\Recent', '').strip() for x in data if x]


class Keys(Base):
    def test_delete(self):
        """Which side's copies may go: both local remote none."""
        for value, there_goes, here_goes in (
                ('both', True, True), ('remote', True, False),
                ('local', False, True), ('none', False, False)):
            with self.subTest(value):
                world = self.synced(delete=value)
                world.play([('delete', 'here', 1), ('delete', 'there', 2)])
                for _ in range(2):
                    sides = self.sync(world, (0, 1))
                    self.assertEqual(sides['there'].of(1),
                                     GONE if there_goes else INBOX)
                    self.assertEqual(sides['here'].of(2),
                                     GONE if here_goes else INBOX)
                    # What one side has given up does not come back to it.
                    self.assertEqual(sides['here'].of(1), GONE)
                    self.assertEqual(sides['there'].of(2), GONE)

    def test_pull(self):
        world = self.synced(direction='pull')
        world.play([('delete', 'here', 1), ('delete', 'there', 2),
                    ('flag', 'here', 3, '+\\Flagged'),
                    ('deliver', 8, 'INBOX', '', 'cur'),
                    ('append', 9, 'INBOX', '')])
        before = len(self.server.mutating(world.user))
        for _ in range(2):
            sides = self.sync(world, (0, 1))
            self.assertEqual(sides['here'].of(2), GONE)
            self.assertEqual(sides['here'].of(9), INBOX)
            self.assertEqual(sides['there'].of(1), INBOX)
            self.assertEqual(sides['there'].of(8), GONE)
            self.assertEqual(sides['here'].of(8), INBOX)
            self.assertEqual(sides['there'].of(3), INBOX)
        self.assertEqual(len(self.server.mutating(world.user)), before)

    def test_push(self):
        world = self.synced()
        world.home.accounts['test']['direction'] = 'push'
        world.home.save()
        world.play([('delete', 'here', 1), ('delete', 'there', 2),
                    ('flag', 'there', 3, '+\\Flagged'),
                    ('deliver', 8, 'INBOX', '', 'cur'),
                    ('append', 9, 'INBOX', '')])
        for _ in range(2):
            sides = self.sync(world, (0, 1))
            self.assertEqual(sides['there'].of(1), GONE)
            self.assertEqual(sides['there'].of(8), INBOX)
            self.assertEqual(sides['here'].of(2), INBOX)
            self.assertEqual(sides['here'].of(9), GONE)
            self.assertEqual(sides['here'].of(3), INBOX)

    def test_expunge_no(self):
        """Only marked there, and at rest."""
        world = self.synced(expunge='no')
        world.perform(('delete', 'here', 1))
        sides = self.sync(world)
        self.assertIn('\\Deleted', sides['there'].of(1)[0].flags)
        self.assertEqual(sides['here'].of(1), GONE)
        self.quiet(world)
        # Somebody wants it after all.
        world.perform(('flag', 'there', 1, '-\\Deleted'))
        sides = self.sync(world)
        self.assertEqual(sides['there'].of(1), INBOX)
        self.assertEqual(sides['here'].of(1), INBOX)
        self.quiet(world)

    def test_marked_by_others_is_not_expunged(self):
        """Only what was deleted here goes, by its UID."""
        world = self.synced()
        world.perform(('flag', 'there', 2, '+\\Deleted'))
        world.perform(('delete', 'here', 1))
        sides = self.sync(world)
        self.assertEqual(sides['there'].of(1), GONE)
        self.assertEqual(sides['there'].of(2), copies(('INBOX', '\\Deleted')))
        self.quiet(world)


class Trash(Base):
    def test_not_synced(self):
        """What is deleted here goes there, with its flags."""
        for value in '\\Trash', 'Trash':
            with self.subTest(value):
                world = self.synced(trash=value)
                world.play([('flag', 'here', 1, '+\\Flagged'), ('settle',),
                            ('delete', 'here', 1), ('delete', 'here', 5)])
                sides = self.sync(world)
                self.assertEqual(sides['there'].of(1), GONE)
                self.assertEqual(sorted(self.in_folder(world, 'Trash')),
                                 sorted(['\\Flagged', '']))
                self.quiet(world)

    def test_synced(self):
        """It is a folder as any other: the message appears in it here too, and
        what is deleted in it is gone."""
        world = self.synced(trash='\\Trash',
                            exclude='Drafts, Sent, Junk, Archive')
        world.perform(('delete', 'here', 1))
        for _ in range(3):
            result, _ = world.sync()
            self.assertIn(result.status, (0, 1))
        self.assertEqual(world.seen_here().of(1), copies('Trash'))
        self.assertEqual(len(self.in_folder(world, 'Trash')), 1)
        self.quiet(world)
        world.account.settle(world.seen_here())
        world.perform(('delete', 'here', 1))
        for _ in range(2):
            self.assertStatus(world.sync()[0], 0)
        self.assertEqual(world.seen_here().of(1), GONE)
        self.assertEqual(self.in_folder(world, 'Trash'), [])
        self.quiet(world)

    def test_missing(self):
        """No such folder: nothing is deleted, and that is said."""
        world = self.synced()
        world.home.accounts['test']['trash'] = 'Nowhere'
        world.home.save()
        world.perform(('delete', 'here', 1))
        result, _ = world.sync()
        if result.status == 0:      # it may make one
            self.assertEqual(len(self.in_folder(world, 'Nowhere')), 1)
        else:
            self.assertRegex(result.err, r'Nowhere(.*\n)* +-> ')
            self.assertEqual(world.seen_there().of(1), INBOX)

    def test_moved_is_not_deleted(self):
        world = self.synced(trash='\\Trash')
        world.perform(('move', 'here', 1, 'Box', 'new'))
        world.judge()
        self.assertEqual(self.in_folder(world, 'Trash'), [])

    def test_deleted_there(self):
        """The server's trash is for what was deleted here."""
        world = self.synced(trash='\\Trash')
        world.perform(('delete', 'there', 1))
        world.judge()
        self.assertEqual(self.in_folder(world, 'Trash'), [])


class TrashWithoutMove(Trash):
    OPTIONS = ('--fast', '--cap-minus', 'MOVE')


class WithoutUidplus(Base):
    """Nothing but EXPUNGE could remove it, and that would take what others
    marked as well: it is marked, and gone for all that the sync cares."""
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS MOVE')
    PROXY = NO_UIDS

    def test_moved_and_back(self):
        """The one that is marked from the first move does not stand for it."""
        world = self.synced()
        world.play([('move', 'here', 1, 'Box', 'keep'), ('settle',),
                    ('move', 'here', 1, 'INBOX', 'keep')])
        world.judge()

    def test_deleted_and_put_back(self):
        """The same bytes come again after they were deleted."""
        world = self.synced()
        world.play([('delete', 'here', 1), ('settle',),
                    ('deliver', 1, 'INBOX', '', 'cur')])
        world.judge()

    def test_marked(self):
        world = self.synced()
        world.perform(('flag', 'there', 2, '+\\Seen'))
        world.perform(('delete', 'here', 1))
        world.judge()
        self.assertFalse([c for c in self.commands_of(world)
                          if BROAD.match(c)])

    def commands_of(self, world):
        """The program's: the other one expunges by UID."""
        return [c for c in self.server.commands(world.user)
                if not c.startswith('UID EXPUNGE')]


support.main()
