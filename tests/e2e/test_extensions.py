#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The engine's extensions on real servers: tests/lib/engine/live_*.c on each of
them. Every test of theirs must pass somewhere."""
import functools
import glob
import os
import re
import subprocess
import unittest

import support
from servers import TOP, Courier, Cyrus, Dovecot

BUILD = os.path.abspath(os.environ.get('B') or os.path.join(TOP, 'build'))
SOURCES = sorted(glob.glob(TOP + '/tests/lib/engine/live_*.c'))


def run(source, **env):
    program = BUILD + source[len(TOP):-2]
    return subprocess.run([program], env=dict(os.environ, **env), text=True,
                          timeout=120, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@functools.cache
def live(server):
    """(what failed, names of tests that passed); SkipTest where the server
    cannot be had."""
    failed, passed = '', set()
    with server() as s:
        for number, source in enumerate(SOURCES, 1):
            result = run(source, IMAP_SERVER=s.NAME, IMAP_PORT=str(s.port),
                         IMAP_USER='test%d' % number)
            if result.returncode:
                failed += result.stdout
            passed |= set(re.findall(r'^\[\s+OK \] (\w+)', result.stdout,
                                     re.M))
    return failed, passed


class Extensions(unittest.TestCase):
    def check(self, server):
        self.assertEqual(live(server)[0], '')

    def test_dovecot(self):
        self.check(Dovecot)

    def test_cyrus(self):
        self.check(Cyrus)

    def test_courier(self):
        self.check(Courier)

    def test_each_is_somewhere(self):
        tests, passed = set(), set()
        for source in SOURCES:
            with open(source) as f:
                tests |= set(re.findall(r'cmocka_unit_test\((\w+)\)',
                                        f.read()))
        for server in Dovecot, Cyrus, Courier:
            passed |= live(server)[1]
        self.assertEqual(tests - passed, set())


support.main()
