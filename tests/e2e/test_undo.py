#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imapsyncctl undo: what was deleted on one side, and so on the other, comes
back on both."""
import faults
import support
from model import Side
from world import TestCase


class Undo(TestCase):
    def synced(self, **keys):
        """Six messages in INBOX, two in Box."""
        world = self.world(**keys)
        world.perform(('mkdir', 'there', 'Box'))
        for n in range(1, 7):
            world.append(n, 'INBOX', '\\Seen Work' if n % 2 else '')
        for n in 7, 8:
            world.append(n, 'Box', '\\Flagged')
        world.settle()
        return world, world.account.start

    def deleted(self, world, side, *numbers):
        """Deleted on one side, and synced."""
        for n in numbers:
            world.perform(('delete', side, n))
        world.judge()

    def undo(self, world, *args, status=0):
        result = world.home.control('undo', *args)
        self.assertStatus(result, status)
        return result

    def assertBack(self, world, right):
        """A sync later both sides have what they had: flags, times, bytes."""
        result, _ = world.sync()
        self.assertStatus(result, 0)
        self.assertEqual(world.seen_here(), right)
        self.assertEqual(world.seen_there(), right)
        world.quiet()
        world.clean()

    def test_deleted_there(self):
        """The files are in the local trash."""
        world, before = self.synced()
        self.deleted(world, 'there', 1, 2, 7)
        self.undo(world, 'test')
        self.assertBack(world, before)
        self.assertEqual(sum(faults.trash(world.home).values()), 0)

    def test_deleted_here(self):
        """The messages are in the server's trash, if there is one."""
        world, before = self.synced(trash='\\Trash')
        self.deleted(world, 'here', 1, 2, 7)
        trash = self.server.imap(world.user, world.there_.password)
        self.assertEqual(trash.select('Trash')[1], [b'3'])
        trash.logout()
        self.undo(world, 'test')
        self.assertBack(world, before)

    def test_deleted_here_for_good(self):
        """Expunged: nothing brings it back, and that is said."""
        world, before = self.synced()
        self.deleted(world, 'here', 1)
        result = world.home.control('undo', 'test')
        self.assertIn(result.status, (0, 1))
        self.assertTrue(result.err + result.out)
        expected = before.copy()
        expected.change(1, expected.of(1))
        self.assertBack(world, expected)

    def test_list_changes_nothing(self):
        world, before = self.synced()
        self.deleted(world, 'there', 1, 7)
        result = self.undo(world, '--list', 'test')
        self.assertEqual(len(result.out.splitlines()), 2, result.out)
        for folder in 'INBOX', 'Box':
            self.assertRegex(result.out, r'(?m)^test/%s\b' % folder)
        expected = before.copy()
        for n in 1, 7:
            expected.change(n, expected.of(n))
        self.assertBack(world, expected)

    def test_one_folder(self):
        world, before = self.synced()
        self.deleted(world, 'there', 1, 2, 7)
        self.undo(world, 'test/Box')
        expected = before.copy()
        for n in 1, 2:
            expected.change(n, expected.of(n))
        self.assertBack(world, expected)
        self.undo(world, 'test/INBOX')
        self.assertBack(world, before)

    def test_since(self):
        """So long ago, or a time."""
        world, before = self.synced()
        self.deleted(world, 'there', 1, 2)
        expected = before.copy()
        for n in 1, 2:
            expected.change(n, expected.of(n))
        result = world.home.control('undo', '--since', '2100-01-01', 'test')
        self.assertIn(result.status, (0, 1))
        self.assertBack(world, expected)
        self.undo(world, '--since', '1h', 'test')
        self.assertBack(world, before)

    def test_twice(self):
        """It comes back once."""
        world, before = self.synced()
        self.deleted(world, 'there', 1)
        self.undo(world, 'test')
        world.home.control('undo', 'test')
        self.assertBack(world, before)
        world.home.control('undo', 'test')
        self.assertBack(world, before)

    def test_deleted_again(self):
        """What was brought back may be deleted as any other."""
        world, before = self.synced()
        self.deleted(world, 'there', 1)
        self.undo(world, 'test')
        self.assertBack(world, before)
        world.account.settle(Side(before.folders, before.mail))
        self.deleted(world, 'here', 1)

    def test_of_a_folder_that_is_gone(self):
        world, before = self.synced()
        world.perform(('rmdir', 'there', 'Box'))
        world.judge()
        self.undo(world, 'test/Box')
        self.assertBack(world, before)

    def test_nothing_to_undo(self):
        world, before = self.synced()
        self.assertIn(world.home.control('undo', 'test').status, (0, 1))
        self.assertNotIn('uid=', self.undo(world, '--list', 'test').out)
        self.assertBack(world, before)

    def test_wrong(self):
        world, _ = self.synced()
        for args in ((), ('nobody',), ('--since', 'yesterdayish', 'test'),
                     ('test', 'extra', 'more')):
            with self.subTest(args=args):
                self.undo(world, *args, status=64)


support.main()
