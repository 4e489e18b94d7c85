# SPDX-License-Identifier: MIT
"""The same work again and again, each time with a fault at another place; then
a clean sync and the oracles. A sample of the places; with FULL=1 all."""
import os

import faults
import support
import world
from scenarios import Random
from world import Violation

FULL = 'FULL' in os.environ
# What is to be done in one sync: operations of scenarios.Random.
MESSAGES = {
    'new there': ['append'], 'flags there': ['flag there'],
    'deleted there': ['delete there'], 'moved there': ['move there'],
    'copied there': ['copy there'], 'edited there': ['edit there'],
    'new here': ['deliver'], 'flags here': ['flag here'],
    'deleted here': ['delete here'], 'moved here': ['move here'],
    'copied here': ['copy here'], 'edited here': ['edit here'],
    'renamed here': ['rename'],
    'all': ['append', 'deliver', 'flag', 'delete', 'move', 'edit'],
}
FOLDERS = {
    'folder made there': ['mkdir there'], 'folder made here': ['mkdir here'],
    'folder renamed there': ['mvdir there'],
    'folder renamed here': ['mvdir here'],
    'folder removed there': ['rmdir there'],
    'folder removed here': ['rmdir here'],
}
# Where it is killed: what writes, and what sends.
CALLS = ('write', 'pwrite64', 'openat', 'openat2', 'renameat2', 'linkat',
         'unlinkat', 'fsync', 'fdatasync', 'syncfs', 'ftruncate', 'mkdirat',
         'utimensat', 'sendto', 'sendmsg', 'writev')


class Loop(world.TestCase):
    """WORK: which of the above."""
    WORK = {}
    MESSAGES = 6    # that there are to work upon

    def setUp(self):
        super().setUp()
        self.tried = self.hit = 0

    def fresh(self, operations):
        self.now = self.world()
        self.steps = Random(self.now, self.random,
                            {x: 1 for x in operations})
        self.count = 0

    def prepare(self, operations):
        """Enough to work upon, in sync; then the work of one sync."""
        now, steps = self.now, self.steps
        if 'Box' not in now.account.here.folders:
            now.perform(('mkdir', 'there', 'Box'))
        for _ in range(self.MESSAGES - len(now.account.here.mail)):
            now.perform(('append', steps.number(),
                         self.random.choice(('INBOX', 'Box')),
                         steps.flags()))
        now.settle()
        del now.log[:]
        if operations[0].startswith('mkdir') and \
                {'Neu', 'K\u00f6rbe', 'Box/Sub'} <= now.account.here.folders:
            now.play([('rmdir', 'there', x) for x in ('Neu', 'Box/Sub')])
            now.settle()
        for _ in range(1 if operations[0].endswith('dir') else 4):
            for _ in range(10):
                step = steps.operation()
                before = now.account.here.copy(), now.account.there.copy()
                now.perform(step)
                if before != (now.account.here, now.account.there):
                    break

    def all(self, points, step):
        """points(): the places; step(place): the faulty sync."""
        for name in self.WORK:
            self.each(name, points, step)
        # Runs differ a little, so that some places are not reached.
        self.assertGreater(self.hit, self.tried * 0.4)

    def each(self, name, points, step):
        operations = self.WORK[name]
        self.fresh(operations)
        for place in points(operations):
            with self.subTest(name, place=place, seed=support.SEED):
                try:
                    self.prepare(operations)
                    self.now.perform(step(place))
                    self.tried += 1
                    self.hit += self.now.result.status != 0
                    if self.random.random() < 0.2:      # in the repair, too
                        self.now.perform(step(place))
                    self.count += 1
                    (self.now.settle if self.count % 4 else
                     self.now.judge)()
                except Violation as e:
                    steps = self.now.log
                    self.fresh(operations)
                    self.fail('%s\nafter %s' % (e, steps))


class Kill(Loop):
    SAMPLE = 5

    def points(self, operations):
        """(call, number)."""
        self.prepare(operations)
        result, found = faults.calls(self.now.home, CALLS, '--once')
        self.assertStatus(result, 0)
        self.now.settle()
        if FULL:
            return faults.places(found, self.random)
        # Every call is as likely, however often it is made.
        places = faults.places(found, self.random, 1)
        return self.random.sample(places, min(self.SAMPLE, len(places)))

    def test_kill(self):
        self.all(self.points, lambda place: ('call', *place, 'signal=KILL'))


class Cut(Loop):
    SAMPLE = 3      # of each direction

    def points(self, operations):
        """(direction, bytes)."""
        self.prepare(operations)
        before = self.proxy.stats()
        self.now.perform(('cut', 'up', 1000000, 'cut'))
        after = self.proxy.stats()
        self.now.settle()
        sample = 300 if FULL else self.SAMPLE
        for direction in 'up', 'down':
            most = after[direction] - before.get(direction, 0) + 1
            for place in sorted(self.random.sample(range(1, most),
                                                   min(sample, most - 1))):
                yield direction, place

    def test_cut(self):
        self.all(self.points, lambda place: (
            'cut', *place, self.random.choice(('cut', 'rst'))))
