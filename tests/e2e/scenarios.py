# SPDX-License-Identifier: MIT
"""Where the steps of a World come from: random ones, and the shortest of those
that fail."""
import ast
import os
import pprint
import random
import time

import support
import world
from mailprograms import COPY, DELIVER, EDIT, MOVE
from world import Unknown, Violation

FOLDERS = 'INBOX', 'Box'
MORE = 'Neu', 'Box/Sub', 'K\u00f6rbe'
NAMES = 'Box', 'Akte', 'Old'
FLAGS = '\\Seen', '\\Answered', '\\Flagged', '\\Draft', 'Work', 'Later'
# What is done how often, on either side ("delete there": on that one).
OPERATIONS = {'append': 3, 'deliver': 4, 'flag': 8, 'delete': 3, 'move': 4,
              'copy': 1, 'edit': 1, 'rename': 1, 'dress': 1,
              'mkdir': 1}
STRUCTURE = 'mvdir', 'rmdir'
FAULTS = {'kill': 4, 'cut': 5, 'during': 4, 'term': 1, 'call': 2}
# Calls that are not the loader's, on the way in and out of a sync.
CALLS = {'write': 60, 'openat': 90, 'renameat2': 8, 'fsync': 8, 'pwrite64': 40,
         'fdatasync': 10, 'unlinkat': 4, 'getdents64': 20}
HOW = 'signal=KILL', 'signal=KILL', 'error=EIO', 'error=ENOSPC'
SYNC = 0.05     # seconds that a small sync takes
TAKEOVER = 0.1  # how often somebody comes from mbsync
LIES = 0.3      # how often sizes are wrong


class Random:
    """Makes steps for a world and plays them."""

    def __init__(self, where, rng, operations=None, faults=None,
                 structure=0.1, takeover=TAKEOVER):
        self.world, self.rng = where, rng
        self.operations = OPERATIONS if operations is None else operations
        self.faults = FAULTS if faults is None else faults
        self.structure_, self.takeover, self.last = structure, takeover, 0

    def pick(self, weights):
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def number(self):
        self.last += 1
        return self.last

    def flags(self):
        return ' '.join(sorted(self.rng.sample(FLAGS, self.rng.choice(
            (0, 0, 1, 2)))))

    def target(self, side):
        """A message that is there, or was."""
        here = sorted(self.world.side(side).mail)
        return self.rng.choice(here) if here else 1

    def folder(self, side):
        return self.rng.choice(sorted(self.world.side(side).folders))

    def operation(self):
        rng = self.rng
        name, _, side = self.pick(self.operations).partition(' ')
        side = side or rng.choice(('here', 'there'))
        if name == 'append':
            return name, self.number(), self.folder('there'), self.flags()
        if name == 'deliver':
            return (name, self.number(), self.folder('here'), self.flags(),
                    rng.choice(DELIVER))
        if name == 'mkdir':
            return name, side, rng.choice(MORE)
        if name in STRUCTURE:
            return self.structure(name, side)
        if name in ('rename', 'dress'):
            return name, self.target('here')
        n = self.target(side)
        if name == 'flag':
            flag = rng.choice(FLAGS)
            has = any(flag in c.flags for c in self.world.side(side).of(n))
            return name, side, n, '-+'[not has] + flag
        if name == 'move':
            return name, side, n, self.folder(side), rng.choice(MOVE)
        if name == 'copy':
            return name, side, n, self.folder(side), rng.choice(COPY)
        if name == 'edit':
            return name, side, n, self.number(), rng.choice(EDIT)
        return name, side, n

    def structure(self, name=None, side=None):
        """Folders are renamed and removed: one an epoch, or the guard is
        right to ask."""
        side = side or self.rng.choice(('here', 'there'))
        name = name or self.rng.choice(STRUCTURE)
        old = self.rng.choice(sorted(
            self.world.side(side).folders - {'INBOX'}) or ['none'])
        if name == 'rmdir':
            return name, side, old
        return name, side, old, self.rng.choice(NAMES)

    def fault(self):
        rng, name = self.rng, self.pick(self.faults)
        if name in ('kill', 'term'):
            return name, round(rng.uniform(0, SYNC), 4)
        if name == 'call':
            call = self.rng.choice(sorted(CALLS))
            return name, call, rng.randint(1, CALLS[call]), rng.choice(HOW)
        if name == 'cut':
            direction = rng.choice(('up', 'down'))
            most = 5000 if direction == 'down' else 2500
            return (name, direction, rng.randint(1, most),
                    rng.choice(('cut', 'rst')))
        steps = [self.operation() for _ in range(rng.randint(1, 3))]
        steps = [s for s in steps if s[0] not in ('mkdir', 'edit')]
        return name, round(rng.uniform(0, SYNC), 4), steps

    def play(self, step):
        self.world.perform(step)

    def seed(self):
        """A small world that was in sync once."""
        self.play(('mkdir', 'there', 'Box'))
        for _ in range(self.rng.randint(2, 5)):
            self.play(('append', self.number(), self.rng.choice(FOLDERS),
                       self.flags()))
        self.play(('settle',))

    def epoch(self, most=10):
        faults = self.rng.choice((0, 1, 1, 2)) if self.faults else 0
        for left in range(faults, -1, -1):
            for _ in range(self.rng.randint(1, most // (faults + 1))):
                self.play(self.operation())
            if self.rng.random() < self.structure_:
                self.play(self.structure())
                return
            if left:
                self.play(self.fault())

    def run(self):
        self.seed()
        if self.rng.random() < LIES:
            self.play(('lies',))
        for _ in range(self.rng.choice((1, 1, 2))):
            self.epoch()
            self.play(('settle',))
            if self.rng.random() < self.takeover:
                self.play(('takeover',))
        self.play(('judge',))


class Explorer:
    """Random scenarios, each in a world of its own."""

    def __init__(self, new_world, **how):
        """new_world(): a World; how: for Random."""
        self.new_world, self.how = new_world, how

    def failure(self, rng=None, steps=None):
        """What is wrong with a random scenario, or with these steps: (steps,
        text), or None."""
        new = self.new_world()
        try:
            if steps is None:
                Random(new, rng, **self.how).run()
            else:
                new.play(steps)
        except Violation as e:
            return new.log, str(e)
        except Unknown:
            return None
        finally:
            new.close()
        return None

    def shrink(self, steps, why, seconds=30):
        """Leaves steps out as long as the same invariant breaks."""
        end = time.monotonic() + seconds
        chunk = max(1, len(steps) // 2)
        while chunk and time.monotonic() < end:
            i, shorter = 0, False
            while i < len(steps) and time.monotonic() < end:
                less = steps[:i] + steps[i + chunk:]
                found = self.failure(steps=less)
                if found and found[1][:2] == why[:2]:
                    steps, why, shorter = found[0], found[1], True
                else:
                    i += chunk
            if chunk == 1 and not shorter:
                break
            chunk = max(1, chunk // 2)
        return steps, why

    def explain(self, found):
        """A report on the shortest form of a failure."""
        steps, why = self.shrink(*found)
        return '%s\n\nThe steps, for REPLAY=FILE:\n%s' % (
            why, pprint.pformat(steps, width=79))


class Rounds(world.TestCase):
    """So many random scenarios; REPLAY=FILE plays the steps of that file
    instead, once. ROUNDS: how many. ROUNDS_SEED: where they begin; the usual
    ones are always the same, the long run has others each time."""
    SEED = int(os.environ.get('ROUNDS_SEED') or
               (support.SEED if 'FULL' in os.environ else 41))
    ROUNDS = int(os.environ.get('ROUNDS') or
                 (1000 if 'FULL' in os.environ else 50))
    USERS = ROUNDS + 400    # some to find the shortest
    HOW = {}        # for Random

    def setUp(self):
        self.explorer = Explorer(self.new_world, **self.HOW)

    def test_random(self):
        if 'REPLAY' in os.environ:
            with open(os.environ['REPLAY']) as f:
                found = self.explorer.failure(steps=ast.literal_eval(f.read()))
            self.assertIsNone(found, found and found[1])
            return
        for i in range(self.ROUNDS):
            seed = '%d %s %d' % (self.SEED, type(self).__name__, i)
            found = self.explorer.failure(random.Random(seed))
            if found:
                self.fail('round %d, ROUNDS_SEED=%d\n%s' % (
                    i, self.SEED, self.explorer.explain(found)))
