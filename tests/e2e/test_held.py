#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The guard: mass deletion waits for a person, on either side; a missing or
another Maildir is not deleted mail; a listing that fails proves nothing. And
the two answers that a person can give."""
import os
import shutil
import time

import faults
import support
from loops import FULL
from oracle import quote, snapshot
from servers import MUTATING
from world import TestCase

COUNT = 40
ANSWER = r' +-> .*(approve|restore)'


class Guard(TestCase):
    USERS = 100

    def synced(self, count=COUNT, **keys):
        """So many messages in INBOX, three in Box, in sync."""
        world = self.world(**keys)
        world.perform(('mkdir', 'there', 'Box'))
        for n in range(1, count + 1):
            world.append(n, 'INBOX', '\\Seen' if n % 2 else '')
        for n in range(901, 904):
            world.append(n, 'Box', '')
        world.settle()
        return world

    def gone(self, world, side, count, name='INBOX'):
        """So many messages of a folder vanish on one side: here the first,
        there the last."""
        numbers = [n for n, state in sorted(world.side(side).mail.items())
                   if state[0].folder == name]
        if side == 'here':
            numbers = numbers[:count]
            for n in numbers:
                _, path = world.here_.find(n, [name])
                os.unlink(path)
            world.own.update(numbers)
        else:
            numbers = numbers[-count:]
            world.there_.connection.select(quote(world.there_.wire(name)))
            uids = world.there_.uid('SEARCH', 'ALL')[0].split()[-count:]
            world.there_.expunge(b','.join(uids).decode())
            world.there_.unselect()
        world.account.deleted.update(numbers)
        for n in numbers:
            world.side(side).change(n, world.side(side).of(n))
        return numbers

    def count(self, world, side, name='INBOX'):
        found = world.seen_here(strict=False) if side == 'here' else \
            world.seen_there()
        return sum(c.folder == name for state in found.mail.values()
                   for c in state)

    def assertHeld(self, world, count, side, left=COUNT, name='INBOX'):
        """A sync that waits: what was deleted on one side is all there on the
        other, and the account says so."""
        result, _ = world.sync()
        self.assertStatus(result, 1)
        self.assertIn(' %d held,' % count, result.out)
        self.assertRegex(result.err, r'test/%s: .*(\n.*)*\n%s' % (name,
                                                                   ANSWER))
        other = 'there' if side == 'here' else 'here'
        self.assertEqual(self.count(world, other, name), left)

    def answer(self, world, word, where='test'):
        result = world.home.control(word, where)
        self.assertStatus(result, 0)

    # ---- what is held, and what is not ----

    def test_emptied_here(self):
        world = self.synced()
        self.gone(world, 'here', COUNT)
        # All else goes on, in this folder as well.
        world.play([('append', 501, 'INBOX', ''), ('append', 502, 'Box', ''),
                    ('deliver', 503, 'Box', '', 'new'),
                    ('flag', 'here', 901, '+\\Flagged')])
        self.assertHeld(world, COUNT, 'here', COUNT + 1)
        here, there = world.seen_here(), world.seen_there()
        self.assertEqual(here.of(501), there.of(501))
        self.assertEqual(here.of(502), there.of(502))
        self.assertEqual(there.of(503), here.of(503))
        self.assertIn('\\Flagged', there.of(901)[0].flags)
        # And it stays so.
        result, found = support.unrest(world.home, self.server, world.user)
        self.assertStatus(result, 1)
        self.assertEqual(found, [])

    def test_emptied_there(self):
        world = self.synced()
        self.gone(world, 'there', COUNT)
        self.assertHeld(world, COUNT, 'there')
        result, found = support.unrest(world.home, self.server, world.user)
        self.assertStatus(result, 1)
        self.assertEqual(found, [])

    def test_limits(self):
        """More than a quarter and more than 20."""
        for side in 'here', 'there':
            for count, gone, held in ((60, 20, False), (120, 29, False),
                                      (60, 21, True), (80, 21, True),
                                      (21, 21, True), (20, 20, False)):
                with self.subTest(side=side, count=count, gone=gone):
                    world = self.synced(count)
                    self.gone(world, side, gone)
                    if held:
                        self.assertHeld(world, gone, side, count)
                    else:
                        world.judge()

    def test_own_limit(self):
        for side in 'here', 'there':
            world = self.synced(delete_limit='none')
            self.gone(world, side, COUNT)
            world.judge()

    def test_two_folders_are_two(self):
        """Held in one, carried out in the other."""
        world = self.synced()
        self.gone(world, 'here', COUNT)
        self.gone(world, 'here', 2, 'Box')
        self.assertHeld(world, COUNT, 'here')
        self.assertEqual(self.count(world, 'there', 'Box'), 1)

    def test_moved_is_not_deleted(self):
        """All of a folder moved to another: nothing is held."""
        world = self.synced()
        for n in range(1, COUNT + 1):
            world.perform(('move', 'here', n, 'Box', 'new'))
        world.judge()

    # ---- answers ----

    def test_approve(self):
        for side in 'here', 'there':
            with self.subTest(side=side):
                world = self.synced()
                self.gone(world, side, COUNT)
                self.assertHeld(world, COUNT, side)
                self.answer(world, 'approve')
                world.judge()
                self.assertEqual(self.count(world, 'here'), 0)

    def test_approve_is_for_once(self):
        world = self.synced()
        self.gone(world, 'here', COUNT)
        self.assertHeld(world, COUNT, 'here')
        self.answer(world, 'approve')
        world.settle()
        for n in range(601, 601 + COUNT):
            world.append(n, 'INBOX', '')
        world.settle()
        self.gone(world, 'here', COUNT)
        self.assertHeld(world, COUNT, 'here')

    def test_approve_is_for_so_many(self):
        """What is deleted after the question was not meant."""
        world = self.synced()
        self.gone(world, 'here', 30)
        self.assertHeld(world, 30, 'here')
        self.gone(world, 'here', 10)
        self.answer(world, 'approve')
        self.assertHeld(world, 40, 'here')

    def test_approve_before_anything_is_held(self):
        world = self.synced()
        self.assertIn(world.home.control('approve', 'test').status, (0, 1))
        self.gone(world, 'here', COUNT)
        self.assertHeld(world, COUNT, 'here')

    def test_approve_one_folder(self):
        world = self.synced()
        for n in range(951, 951 + COUNT):
            world.append(n, 'Box', '')
        world.settle()
        self.gone(world, 'here', COUNT)
        self.gone(world, 'here', COUNT + 3, 'Box')
        self.assertHeld(world, 2 * COUNT + 3, 'here')
        self.answer(world, 'approve', 'test/Box')
        self.assertHeld(world, COUNT, 'here')
        self.assertEqual(self.count(world, 'there', 'Box'), 0)

    def test_restore(self):
        for side in 'here', 'there':
            with self.subTest(side=side):
                world = self.synced()
                before = world.account.start
                self.gone(world, side, COUNT)
                self.assertHeld(world, COUNT, side)
                self.answer(world, 'restore')
                self.assertStatus(world.sync()[0], 0)
                self.assertEqual(world.seen_here(), before)
                self.assertEqual(world.seen_there(), before)
                world.quiet()
                world.clean()

    def test_answers_to_nobody(self):
        world = self.synced(3)
        for word in 'approve', 'restore':
            for where in 'nobody', 'nobody/INBOX', 'test/Nowhere':
                self.assertStatus(world.home.control(word, where), 64)
            self.assertStatus(world.home.control(word), 64)

    def test_came_back(self):
        """Before anybody answered: nothing is to be asked any more."""
        world = self.synced(2 * COUNT)
        cur = world.here_.folder('INBOX') + '/cur'
        shutil.move(cur, world.home.home + '/cur')
        os.mkdir(cur, 0o700)
        self.assertStatus(world.sync()[0], 1)
        os.rmdir(cur)
        shutil.move(world.home.home + '/cur', cur)
        world.judge()

    # ---- the Maildir as such ----

    def assertStopped(self, world, there):
        """Nothing happens anywhere."""
        tree = snapshot(world.home.mail)
        result, commands = world.sync()
        self.assertStatus(result, 1)
        self.assertRegex(result.err, r'^test\b.*\n +-> ')
        self.assertEqual(snapshot(world.home.mail), tree)
        self.assertEqual(world.seen_there(), there)
        self.assertEqual([c for c in commands if MUTATING.match(c)],
                         [])

    def away(self, world):
        """The Maildir's root is elsewhere for a while."""
        root = world.home.maildir()
        shutil.move(root, world.home.home + '/away')
        return root

    def back(self, world, root):
        shutil.rmtree(root, ignore_errors=True)
        shutil.move(world.home.home + '/away', root)
        world.judge()

    def test_root_missing(self):
        world = self.synced(3)
        root = self.away(world)
        self.assertStopped(world, world.account.there)
        self.assertFalse(os.path.exists(root))
        self.back(world, root)

    def test_root_is_an_empty_mount_point(self):
        world = self.synced(3)
        root = self.away(world)
        os.mkdir(root, 0o700)
        self.assertStopped(world, world.account.there)
        self.back(world, root)

    def test_root_emptied_but_for_the_sentinel(self):
        world = self.synced(30)
        root = self.away(world)
        os.mkdir(root, 0o700)
        shutil.copy2(world.home.home + '/away/.imapsyncd', root)
        there = world.account.there.copy()
        result, _ = world.sync()
        self.assertStatus(result, 1)
        self.assertRegex(result.err, r'(?m)^%s' % ANSWER)
        self.assertEqual(world.seen_there(), there)
        self.back(world, root)

    def test_root_of_somebody_else(self):
        world, other = self.synced(3), self.synced(5)
        root = self.away(world)
        shutil.copytree(other.home.maildir(), root,
                        copy_function=shutil.copy2)
        self.assertStopped(world, world.account.there)
        self.back(world, root)

    def test_sentinel_lost(self):
        world = self.synced(3)
        os.unlink(world.home.maildir() + '/.imapsyncd')
        self.assertStopped(world, world.account.there)

    def test_older_maildir(self):
        """A backup is put back: what it lacks is not deleted."""
        for count in 3, 30:
            world = self.synced(5)
            root = world.home.maildir()
            saved = world.home.home + '/saved'
            shutil.copytree(root, saved, copy_function=shutil.copy2)
            for n in range(601, 601 + count):
                world.append(n, 'INBOX', '')
            world.settle()
            shutil.rmtree(root)
            shutil.move(saved, root)
            before = world.account.there
            for _ in range(2):
                result, _ = world.sync()
                self.assertStatus(result, 1)
                self.assertRegex(result.err, r'(?m)^%s' % ANSWER)
                self.assertEqual(world.seen_there(), before)
            self.answer(world, 'restore')
            self.assertStatus(world.sync()[0], 0)
            self.assertEqual(world.seen_here(), before)
            self.assertEqual(world.seen_there(), before)

    def test_older_database(self):
        """What it does not know is on both sides: nothing is doubled. What it
        believes in is gone: nothing is deleted for that."""
        world = self.synced(30)
        saved = world.home.home + '/saved'
        shutil.copytree(world.home.state, saved)
        # Some syncs later.
        for n in range(601, 606):
            world.append(n, 'INBOX', '')
            world.settle()
        for n in 1, 2:
            world.play([('delete', 'here', n), ('settle',)])
        shutil.rmtree(world.home.state)
        shutil.move(saved, world.home.state)
        before = world.account.there
        result, commands = world.sync()
        self.assertIn(result.status, (0, 1), result.err)
        self.assertEqual(world.seen_there(), before)
        self.assertEqual(world.seen_here(), before)
        self.assertFalse([c for c in commands if c.startswith('APPEND')])

    # ---- folders ----

    def test_folder_removed(self):
        """With more than 20 messages, though `remove' allows it."""
        for side in 'here', 'there':
            with self.subTest(side=side):
                world = self.synced()
                for n in range(951, 951 + COUNT):
                    world.append(n, 'Box', '')
                world.settle()
                other = 'there' if side == 'here' else 'here'
                before = world.side(other).copy()
                world.perform(('rmdir', side, 'Box'))
                result, _ = world.sync()
                self.assertStatus(result, 1)
                self.assertRegex(result.err, r'test/Box: .*\n%s' % ANSWER)
                now = world.seen_there() if side == 'here' else \
                    world.seen_here()
                self.assertEqual(now, before)
                self.answer(world, 'approve', 'test/Box')
                world.judge()
                self.assertNotIn('Box', world.account.here.folders)

    def test_most_folders_vanish_there(self):
        """A list that lacks most of them: a backend is down."""
        world = self.synced(3)
        for name in 'Alt', 'Neu', 'Old':
            world.perform(('mkdir', 'there', name))
            world.perform(('append', ord(name[0]), name, ''))
        world.settle()
        before, tree = world.account.here.copy(), snapshot(world.home.mail)
        disk = '%s/mail/%s/Maildir' % (self.server.dir, world.user)
        moved = [n for n in os.listdir(disk) if n in ('.Alt', '.Neu', '.Old')]
        self.assertEqual(len(moved), 3)
        os.mkdir(disk + '/../hidden')
        for name in moved:
            os.rename(disk + '/' + name, disk + '/../hidden/' + name)
        self.assertEqual(world.seen_there().folders, {'INBOX', 'Box'})
        result, _ = world.sync()
        self.assertStatus(result, 1)
        self.assertRegex(result.err, r'(?m)^ +-> ')
        self.assertEqual(world.seen_here(), before)
        self.assertEqual(snapshot(world.home.mail), tree)
        for name in moved:
            os.rename(disk + '/../hidden/' + name, disk + '/' + name)
        world.judge()

    # ---- listings ----

    def test_listing_fails(self):
        """At each of its calls, while deletions are due on both sides."""
        world = self.synced(300)
        self.gone(world, 'here', 5)
        self.gone(world, 'there', 5)
        before = world.account.there.copy()
        for sub in 'cur', 'new':
            where = '%s/%s' % (world.here_.folder('INBOX'), sub)
            for number in range(1, 5):
                with self.subTest(sub=sub, number=number):
                    tree = snapshot(world.here_.folder('INBOX'))
                    # From there on: the second look fails as well.
                    result = faults.fail(
                        world.home, 'getdents64', 'error=EIO',
                        '%d+' % number, '--once', paths=[where])
                    if number <= 2:
                        self.assertStatus(result, 74)
                        self.assertRegex(result.err, r'test/INBOX: .*\n +-> ')
                        self.assertEqual(
                            snapshot(world.here_.folder('INBOX')), tree)
                        self.assertEqual(world.seen_there(), before)
        world.unsettled = True
        world.judge()

    def test_listing_fails_after_a_move(self):
        """What one folder lacks may be in the one that cannot be listed, and
        what another has be of that."""
        numbers = range(1, 24)
        for number in numbers if FULL else self.random.sample(numbers, 5):
            world = self.synced(1)
            world.perform(('move', 'here', 1, 'Box', 'new'))
            world.perform(('flag', 'there', 1, '+\\Flagged'))
            with self.subTest(number=number):
                world.perform(('call', 'getdents64', number, 'error=EIO'))
                world.settle()

    def test_away_for_a_moment(self):
        """Files that are elsewhere while it looks: whatever it takes that for,
        all are there in the end, once."""
        world = self.synced(10)
        before = world.account.start
        box = world.home.home + '/moment'
        os.mkdir(box)
        for _ in range(5):
            cur = world.here_.folder('INBOX') + '/cur'
            for name in os.listdir(cur):
                os.rename(cur + '/' + name, box + '/' + name)
            process = world.home.start('--once')
            time.sleep(self.random.uniform(0, 0.04))
            for name in os.listdir(box):
                os.rename(box + '/' + name, cur + '/' + name)
            self.assertIn(support.finish(process).status, (0, 1))
            for _ in range(3):
                if world.sync()[0].status == 0:
                    break
            self.assertEqual(world.seen_here(), before)
            self.assertEqual(world.seen_there(), before)


support.main()
