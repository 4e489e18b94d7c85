# SPDX-License-Identifier: MIT
"""A mail program renames, moves, marks and delivers files all the time while
syncs run: never an error, nothing lost, nothing doubled."""
import os
import re
import threading
import time

import support
from model import Copy, Side
from world import Violation, TestCase

FULL = 'FULL' in os.environ
SECONDS = 60 if FULL else 4
COUNT = 150
FOLDERS = 'INBOX', 'Box'


class Storm(threading.Thread):
    """Changes files as fast as it can; knows afterwards where each is and
    whether it is read. It leaves \\Flagged, which the server changes, as it
    finds it."""

    def __init__(self, world, rng, kinds):
        super().__init__()
        self.world, self.rng, self.kinds = world, rng, kinds
        self.read, self.folder = {}, {}     # {n: by its last change}
        self.last, self.changes = COUNT, 0
        self.over, self.failure = threading.Event(), None

    def run(self):
        try:
            while not self.over.is_set():
                self.change()
        except Exception as e:      # pylint: disable=broad-except
            self.failure = e

    def pick(self):
        """(folder, path) of a file."""
        name = self.rng.choice(FOLDERS)
        where = self.world.here_.folder(name)
        sub = self.rng.choice(('cur', 'cur', 'cur', 'new'))
        files = os.listdir('%s/%s' % (where, sub))
        if not files:
            return None
        return name, '%s/%s/%s' % (where, sub, self.rng.choice(files))

    def change(self):
        kind = self.rng.choice(self.kinds)
        if kind == 'deliver':
            time.sleep(0.002)
            self.last += 1
            self.folder[self.last], self.read[self.last] = 'INBOX', False
            self.world.new(self.last)
            self.world.here_.deliver(self.last, 'INBOX', frozenset(), 'new')
            return
        found = self.pick()
        if not found:
            return
        name, path = found
        try:
            with open(path, 'rb') as f:
                n = int(re.search(rb'X-T: <(\d+)>', f.read(200))[1])
            unique, _, letters = os.path.basename(path).partition(':2,')
            target, read = name, 'S' in letters
            if kind == 'read':
                letters = ''.join(sorted(set(letters) ^ {'S'}))
                read = not read
            elif kind == 'move':
                time.sleep(0.05)    # somebody's hand
                target = FOLDERS[name == FOLDERS[0]]
            else:
                unique = self.world.here_.unique(n)
            os.rename(path, '%s/cur/%s:2,%s' % (
                self.world.here_.folder(target), unique, letters))
        except FileNotFoundError:
            return      # the sync was quicker
        self.changes += 1
        self.folder[n], self.read[n] = target, read


class Storms(TestCase):
    def storm(self, *kinds):
        world = self.world()
        world.perform(('mkdir', 'there', 'Box'))
        for n in range(1, COUNT + 1):
            world.append(n, FOLDERS[n % 2], '')
        world.settle()
        storm = Storm(world, self.random, kinds)
        storm.folder = {n: FOLDERS[n % 2] for n in range(1, COUNT + 1)}
        storm.read = {n: False for n in storm.folder}
        flagged, syncs = set(), 0
        end = time.monotonic() + SECONDS
        storm.start()
        try:
            while time.monotonic() < end and not storm.failure:
                n = self.random.randint(1, COUNT)
                found = world.there_.find(n, FOLDERS)
                if found:
                    sign = '-' if n in flagged else '+'
                    world.there_.uid('STORE', found[1],
                                     sign + 'FLAGS.SILENT', '(\\Flagged)')
                    flagged ^= {n}
                world.there_.unselect()
                result = world.home.run('--once', timeout=60)
                # 75: it did not come to rest, and leaves that to the next.
                world.said(result, (0, 1, 75))
                self.assertNotIn('No such file', result.err)
                syncs += 1
        finally:
            storm.over.set()
            storm.join()
        if storm.failure:
            raise storm.failure
        self.assertGreater(storm.changes, 20 * SECONDS)
        self.assertGreater(syncs, SECONDS / 4)
        self.judge(world, storm, flagged)

    def judge(self, world, storm, flagged):
        """What the thread did last here, and what was done last there."""
        right = Side(FOLDERS)
        for n, name in storm.folder.items():
            flags = ({'\\Seen'} if storm.read[n] else set()) | (
                {'\\Flagged'} if n in flagged else set())
            right.change(n, put=[Copy(name, frozenset(flags))])
        for _ in range(3):
            result = world.home.run('--once')
            world.said(result, (0, 1))
            here, there = world.seen_here(), world.seen_there()
            if result.status == 0 and here == there:
                break
        self.assertEqual(here, there, result.err)
        wrong = ['%d: %s, right: %s' % (n, here.of(n), right.of(n))
                 for n in sorted(right.mail.keys() | here.mail.keys())
                 if here.of(n) != right.of(n)]
        if wrong:
            raise Violation('\n'.join(wrong[:20]))
        world.quiet()
        world.clean()
