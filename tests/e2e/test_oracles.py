#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The oracles of the two-way tests are silent where a sync is right, and each
speaks where the one thing is broken that is its business."""
import os
import random

import scenarios
import support
import world
from world import Violation

NAIVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'naive.py')
# A bit of everything that a sync does.
STEPS = [('mkdir', 'there', 'Box'),
         ('append', 1, 'INBOX', '\\Seen'), ('append', 2, 'INBOX', ''),
         ('append', 3, 'Box', 'Work'), ('append', 4, 'Box', '\\Flagged'),
         ('deliver', 5, 'INBOX', '', 'new'),
         ('settle',),
         ('delete', 'here', 1), ('delete', 'there', 3),
         ('flag', 'here', 2, '+\\Answered'), ('flag', 'there', 2, '+Later'),
         ('move', 'here', 4, 'INBOX', 'keep'),
         ('move', 'there', 5, 'Box', 'keep'),
         ('deliver', 6, 'Box', '\\Draft', 'cur'), ('append', 7, 'Box', ''),
         ('judge',)]
# What is broken in naive.py: what must be noticed.
BROKEN = {'lose': 'I1', 'trash': 'I1', 'double': 'I2', 'copy': 'I2',
          'resurrect': 'I3', 'flags': 'I4', 'bytes': 'I5', 'date': 'I5',
          'restless': 'I6', 'secret': 'I7', 'silent': 'I7', 'tmp': 'I8',
          'mode': 'I8'}


class Oracles(world.TestCase):
    USERS = 500
    ROUNDS = 100 if 'FULL' in os.environ else 12

    def setUp(self):
        program = support.PROGRAM
        self.addCleanup(setattr, support, 'PROGRAM', program)
        self.break_('')

    def break_(self, what):
        home = support.Setup()
        self.addCleanup(home.remove)
        support.PROGRAM = home.home + '/program'
        home.write(support.PROGRAM, '#!/bin/sh\nBREAK=%s exec %s "$@"\n' % (
            what, NAIVE))
        os.chmod(support.PROGRAM, 0o700)


    def test_whole(self):
        self.world().play(STEPS)

    def test_whole_at_random(self):
        explorer = scenarios.Explorer(self.new_world, faults={}, takeover=0)
        for i in range(self.ROUNDS):
            found = explorer.failure(random.Random('%d %d' % (support.SEED,
                                                              i)))
            if found:
                self.fail('round %d, SEED=%d\n%s' % (
                    i, support.SEED, explorer.explain(found)))

    def test_broken(self):
        for what, number in BROKEN.items():
            with self.subTest(what):
                self.break_(what)
                with self.assertRaisesRegex(Violation, '^' + number):
                    self.world().play(STEPS)


support.main()
