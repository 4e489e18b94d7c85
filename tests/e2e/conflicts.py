# SPDX-License-Identifier: MIT
"""The table of conflicts: what comes of a change on one side and another on
the other. Each row is tried both ways round where it makes sense."""
import os
import re
import shutil

from model import copies
from world import TestCase

GONE = copies()
INBOX = copies('INBOX')
BOX = copies('Box')


def inbox(flags):
    return copies(('INBOX', flags))


def box(flags):
    return copies(('Box', flags))


class Conflicts(TestCase):
    """Message 1 and 2 are in INBOX, 3 in Box, and in sync. ROWS: a pattern for
    the names of those that concern this server; with FULL=1 all."""
    USERS = 150
    ROWS = ''

    def __init_subclass__(cls):
        for name in dir(cls):
            if name.startswith('test_') and 'FULL' not in os.environ and \
                    not re.search(cls.ROWS, name):
                setattr(cls, name, None)

    def synced(self, flags='', **keys):
        world = self.world(**keys)
        world.play([('mkdir', 'there', 'Box'), ('mkdir', 'there', 'Alt'),
                    ('append', 1, 'INBOX', flags),
                    ('append', 2, 'INBOX', ''), ('append', 3, 'Box', ''),
                    ('settle',)])
        return world

    def row(self, one, other, *right, flags='', n=1, both_ways=True, say=None,
            **keys):
        """one, other: steps of either side, without its name: either way, or,
        without FULL=1, one of them. right: what may become of message n. say:
        what is reported then."""
        ways = [(one, other), (other, one)][:1 + both_ways]
        if 'FULL' not in os.environ:
            ways = [self.random.choice(ways)]
        for here, there in ways:
            world = self.synced(flags, **keys)
            for side, steps in ('here', here), ('there', there):
                for name, *rest in steps:
                    if name == 'new':
                        world.perform(
                            ('deliver', *rest, 'cur') if side == 'here' else
                            ('append', *rest))
                    else:
                        world.perform((name, side, *rest))
            world.judge()
            self.assertIn(world.account.here.of(n), right)
            if say:
                self.assertRegex(world.first.err, say)
        return world

    # ---- flags ----

    def test_flag__none(self):
        self.row([('flag', 1, '+\\Flagged')], [], inbox('\\Flagged'))

    def test_no_flag__none(self):
        self.row([('flag', 1, '-\\Flagged')], [], INBOX, flags='\\Flagged')

    def test_flag__other_flag(self):
        self.row([('flag', 1, '+\\Flagged')], [('flag', 1, '+\\Answered')],
                 inbox('\\Flagged \\Answered'))

    def test_no_flag__other_flag(self):
        self.row([('flag', 1, '-\\Flagged')], [('flag', 1, '+\\Seen')],
                 inbox('\\Seen'), flags='\\Flagged')

    def test_same_flag(self):
        self.row([('flag', 1, '+\\Seen')], [('flag', 1, '+\\Seen')],
                 inbox('\\Seen'), both_ways=False)

    def test_same_flag_less(self):
        self.row([('flag', 1, '-\\Seen')], [('flag', 1, '-\\Seen')], INBOX,
                 flags='\\Seen', both_ways=False)

    def test_keyword__other_keyword(self):
        self.row([('flag', 1, '+Work')], [('flag', 1, '+Later')],
                 inbox('Work Later'))

    def test_deleted_flag(self):
        """A flag, and not a deletion."""
        if not self.server.marks:
            self.row([('flag', 1, '+\\Deleted')], [], inbox('\\Deleted'))

    def test_deleted_flag__seen(self):
        if not self.server.marks:
            self.row([('flag', 1, '+\\Deleted')], [('flag', 1, '+\\Seen')],
                     inbox('\\Deleted \\Seen'))

    # ---- new ----

    def test_new__none(self):
        self.row([('new', 4, 'Box', '\\Seen')], [], box('\\Seen'), n=4)

    def test_new__same_bytes(self):
        self.row([('new', 4, 'Box', '')], [('new', 4, 'Box', '')], BOX, n=4,
                 both_ways=False)

    def test_new__same_bytes_elsewhere(self):
        self.row([('new', 4, 'Box', '')], [('new', 4, 'INBOX', '')],
                 copies('Box', 'INBOX'), n=4)

    def test_copied__none(self):
        self.row([('copy', 1, 'Box', 'cp -p')], [], copies('Box', 'INBOX'))

    def test_copied_in_folder__none(self):
        self.row([('copy', 1, 'INBOX', 'cp')], [], copies('INBOX', 'INBOX'))

    def test_copied__flag(self):
        """The copy is of before, the flag on the first one."""
        self.row([('copy', 1, 'Box', 'cp -p')], [('flag', 1, '+\\Seen')],
                 copies('Box', ('INBOX', '\\Seen')))

    # ---- deleted ----

    def test_deleted__none(self):
        self.row([('delete', 1)], [], GONE)

    def test_deleted__deleted(self):
        self.row([('delete', 1)], [('delete', 1)], GONE, both_ways=False)

    def test_deleted__seen(self):
        self.row([('delete', 1)], [('flag', 1, '+\\Seen')], GONE)

    def test_deleted__less_flags(self):
        self.row([('delete', 1)], [('flag', 1, '-\\Flagged')], GONE,
                 flags='\\Flagged')

    def test_deleted__flagged(self):
        self.row([('delete', 1)], [('flag', 1, '+\\Flagged')],
                 inbox('\\Flagged'), say='test/INBOX')

    def test_deleted__answered(self):
        self.row([('delete', 1)], [('flag', 1, '+\\Answered')],
                 inbox('\\Answered'), say='test/INBOX')

    def test_deleted__keyword(self):
        self.row([('delete', 1)], [('flag', 1, '+Work')], inbox('Work'),
                 say='test/INBOX')

    def test_deleted__draft(self):
        self.row([('delete', 1)], [('flag', 1, '+\\Draft')],
                 inbox('\\Draft'), GONE)

    def test_deleted__was_flagged_before(self):
        """That it is flagged is no news."""
        self.row([('delete', 1)], [('flag', 1, '+\\Seen')], GONE,
                 flags='\\Flagged')

    def test_deleted__deleted_flag(self):
        if not self.server.marks:
            self.row([('delete', 1)], [('flag', 1, '+\\Deleted')], GONE)

    # ---- moved ----

    def test_moved__none(self):
        self.row([('move', 1, 'Box', 'keep')], [], BOX)

    def test_moved_with_another_name__none(self):
        self.row([('move', 1, 'Box', 'new')], [], BOX)

    def test_moved__flag(self):
        self.row([('move', 1, 'Box', 'keep')], [('flag', 1, '+\\Flagged')],
                 box('\\Flagged'))

    def test_moved_and_flag__flag(self):
        self.row([('move', 1, 'Box', 'new'), ('flag', 1, '+\\Seen')],
                 [('flag', 1, '+Work')], box('\\Seen Work'))

    def test_moved__moved_elsewhere(self):
        self.row([('move', 1, 'Alt', 'keep')], [('move', 1, 'Box', 'keep')],
                 copies('Alt', 'Box'))

    def test_moved__moved_alike(self):
        self.row([('move', 1, 'Box', 'keep')], [('move', 1, 'Box', 'new')],
                 BOX)

    def test_moved__deleted(self):
        self.row([('move', 1, 'Box', 'keep')], [('delete', 1)], BOX)

    def test_moved_and_back__none(self):
        self.row([('move', 1, 'Box', 'keep'), ('move', 1, 'INBOX', 'keep')],
                 [], INBOX)

    def test_exchanged__none(self):
        """Out of and into both folders in one pass."""
        world = self.row([('move', 1, 'Box', 'new'), ('move', 3, 'INBOX',
                                                      'new')], [], BOX)
        self.assertEqual(world.account.here.of(3), INBOX)

    # ---- edited ----

    def test_edited_in_place__none(self):
        world = self.row([('edit', 1, 4, 'in place')], [],
                         inbox('\\Draft'), n=4, flags='\\Draft')
        self.assertEqual(world.account.here.of(1), GONE)

    def test_edited_over__none(self):
        world = self.row([('edit', 1, 4, 'over')], [], inbox('\\Draft'), n=4,
                         flags='\\Draft')
        self.assertEqual(world.account.here.of(1), GONE)

    def test_edited_twice__none(self):
        world = self.row([('edit', 1, 4, 'over'), ('edit', 4, 5, 'in place')],
                         [], INBOX, n=5)
        self.assertEqual(world.account.here.of(1), GONE)
        self.assertEqual(world.account.here.of(4), GONE)

    def test_edited__deleted(self):
        self.row([('edit', 1, 4, 'over')], [('delete', 1)], INBOX, n=4)

    def test_edited__flagged(self):
        self.row([('edit', 1, 4, 'over')], [('flag', 1, '+\\Flagged')],
                 INBOX, inbox('\\Flagged'), n=4)

    def test_edited__edited(self):
        world = self.row([('edit', 1, 4, 'over')], [('edit', 1, 5, 'over')],
                         INBOX, n=4)
        self.assertEqual(world.account.here.of(5), INBOX)
        self.assertEqual(world.account.here.of(1), GONE)

    def test_edited_and_moved__none(self):
        self.row([('edit', 1, 4, 'over'), ('move', 4, 'Box', 'keep')], [],
                 BOX, n=4)

    # ---- folders ----

    def test_folder_made__none(self):
        world = self.row([('mkdir', 'Neu')], [], INBOX)
        self.assertIn('Neu', world.account.here.folders)

    def test_folder_made__made(self):
        self.row([('mkdir', 'Neu'), ('new', 4, 'Neu', '')],
                 [('mkdir', 'Neu'), ('new', 5, 'Neu', '')], copies('Neu'),
                 n=4)

    def test_folder_removed__none(self):
        world = self.row([('rmdir', 'Box')], [], GONE, n=3)
        self.assertNotIn('Box', world.account.here.folders)

    def test_folder_removed__new_mail(self):
        world = self.row([('rmdir', 'Box')], [('new', 4, 'Box', '')], BOX,
                         n=4)
        self.assertIn('Box', world.account.here.folders)

    def test_folder_removed__removed(self):
        self.row([('rmdir', 'Box')], [('rmdir', 'Box')], GONE, n=3,
                 both_ways=False)

    def test_folder_renamed__none(self):
        world = self.row([('mvdir', 'Box', 'Neu')], [], copies('Neu'), n=3)
        self.assertNotIn('Box', world.account.here.folders)

    def test_folder_renamed__flag(self):
        self.row([('mvdir', 'Box', 'Neu')], [('flag', 3, '+\\Flagged')],
                 copies(('Neu', '\\Flagged')), n=3)

    def test_folder_renamed__new_mail(self):
        self.row([('mvdir', 'Box', 'Neu')], [('new', 4, 'Box', '')], BOX,
                 copies('Neu'), n=4)

    def test_folder_renamed__deleted_in_it(self):
        self.row([('mvdir', 'Box', 'Neu')], [('delete', 3)], GONE,
                 copies('Neu'), n=3)

    def test_folder_renamed__renamed_elsewhere(self):
        world = self.row([('mvdir', 'Box', 'Neu')], [('mvdir', 'Box', 'Old')],
                         copies('Neu'), copies('Old'), copies('Neu', 'Old'),
                         n=3)
        self.assertNotIn('Box', world.account.here.folders)

    def test_folder_removed__kept(self):
        """remove = none: the other side keeps its copy, for good."""
        for side in 'here', 'there':
            world = self.synced(remove='none')
            world.perform(('rmdir', side, 'Box'))
            for _ in range(2):
                result = world.home.run('--once')
                self.assertIn(result.status, (0, 1))
                left = world.seen_there() if side == 'here' else \
                    world.seen_here()
                self.assertEqual(left.of(3), BOX, result.err)
                gone = world.seen_here() if side == 'here' else \
                    world.seen_there()
                self.assertEqual(gone.of(3), GONE, result.err)

    def test_folder_made_again(self):
        """On the server, empty: nothing is deleted here for that."""
        world = self.synced()
        world.play([('rmdir', 'there', 'Box'), ('mkdir', 'there', 'Box')])
        for _ in range(2):
            world.home.run('--once')
            self.assertEqual(world.seen_here(strict=False).of(3), BOX)
        self.assertIn(world.seen_there().of(3), (BOX, GONE))

    # ---- the state is lost, or of no use ----

    def lost(self, world):
        shutil.rmtree(world.home.state)

    def after_loss(self, lose, steps, n, *right):
        """Nothing is deleted, nothing is doubled."""
        world = self.synced('\\Flagged')
        world.play(steps)
        lose(world)
        result, _ = world.sync()
        self.assertIn(result.status, (0, 1), result.err)
        here, there = world.seen_here(), world.seen_there()
        self.assertIn(inbox('\\Flagged'), (here.of(1), there.of(1)))
        world.sync()
        here, there = world.seen_here(), world.seen_there()
        self.assertEqual(here, there)
        self.assertIn(here.of(n), right)
        self.assertIn(here.of(2), (INBOX,) + right)
        return world

    def new_uidvalidity(self, world):
        for name in 'INBOX', 'Box':
            self.server.new_uidvalidity(world.user, name)

    def ways_to_lose(self):
        yield self.lost
        if hasattr(self.server, 'new_uidvalidity'):
            yield self.new_uidvalidity

    def test_lost__deleted(self):
        """It comes back where nobody knows that it was deleted."""
        for lose in self.ways_to_lose():
            right = [inbox('\\Flagged')] + [GONE] * (lose != self.lost)
            for side in 'here', 'there':
                with self.subTest(lose.__name__, side=side):
                    self.after_loss(lose, [('delete', side, 1)], 1, *right)

    def test_lost__new(self):
        for lose in self.ways_to_lose():
            with self.subTest(lose.__name__):
                world = self.after_loss(
                    lose, [('deliver', 4, 'Box', '', 'new'),
                           ('append', 5, 'INBOX', '')], 4, BOX)
                self.assertEqual(world.seen_here().of(5), INBOX)

    def test_lost__flags(self):
        for lose in self.ways_to_lose():
            with self.subTest(lose.__name__):
                self.after_loss(
                    lose, [('flag', 'here', 2, '+\\Seen'),
                           ('flag', 'there', 2, '+\\Answered')], 2,
                    inbox('\\Seen \\Answered'))

    def test_lost__same_bytes_on_both_sides(self):
        """And no state at all: two that never knew of each other."""
        world = self.world()
        os.makedirs(world.home.maildir(), mode=0o700)
        world.here_.make('INBOX')
        world.account.here.folders.add('INBOX')
        for n in range(1, 6):
            world.play([('append', n, 'INBOX', ''),
                        ('deliver', n, 'INBOX', '', 'cur')])
        world.perform(('deliver', 9, 'INBOX', '', 'new'))
        _, commands = world.sync()
        self.assertFalse([c for c in commands
                          if re.search(r'BODY(\.PEEK)?\[\]', c)], commands)
        world.judge()
        self.assertEqual(len(world.account.here.mail), 6)
