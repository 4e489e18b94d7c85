#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imap4-parse holds no more than a multiple of its limits, and takes no more
time than a multiple of its input."""
import itertools
import os
import resource
import subprocess
import unittest

import support

PROGRAM = os.path.join(os.path.dirname(support.PROGRAM), 'imap4-parse')
MIB = 1 << 20
SANITIZED = bool(os.environ.get('SANITIZE'))
# Of the program's libraries and buffers.
FIXED = 4 * MIB
# For each byte that a response may have, so many may be taken.
FACTOR = 20
LINES = 10 ** 7 if os.environ.get('FULL') else 10 ** 6


def run(blocks, *options, data=resource.RLIM_INFINITY):
    """(exit status, processor seconds); with at most so many bytes of data."""
    with subprocess.Popen([PROGRAM, *options], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, bufsize=0) as p:
        resource.prlimit(p.pid, resource.RLIMIT_DATA, (data, data))
        try:
            for block in blocks:
                p.stdin.write(block)
        except BrokenPipeError:
            pass            # it has seen enough
        p.stdin.close()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    return p.returncode, usage.ru_utime + usage.ru_stime


def cut(data):
    return [data[i:i + 65536] for i in range(0, len(data), 65536)]


@unittest.skipIf(SANITIZED, 'a sanitizer takes memory and time of its own')
class Memory(unittest.TestCase):
    def check(self, blocks, status, most, *options):
        """With more memory than that refused it does not say 71."""
        self.assertEqual(run(blocks, *options, data=FIXED + most)[0], status)

    def test_is_measured(self):
        self.check([b'* X {9000000}\r\n', b'x' * 9000000], 71, MIB)

    def test_million_flags(self):
        flags = b'* FLAGS (' + b'abcdefg ' * 10 ** 6 + b')\r\n'
        self.check(cut(flags), 0, FACTOR * len(flags))
        self.check(cut(b'* 1 FETCH (' + flags[2:-2] + b')\r\n'), 0,
                   FACTOR * len(flags))

    def test_nested(self):
        for head in (b'* X ', b'* THREAD ', b'* 1 FETCH (BODYSTRUCTURE ',
                     b'* 1 FETCH (ENVELOPE ', b'* LIST () NIL x '):
            for tail in b'', b')' * 10 ** 5:
                line = head + b'(' * 10 ** 5 + tail + b'\r\n'
                self.check([line], 65, FACTOR * len(line), '--max-line',
                           str(len(line)), '--max-literal', '0')

    def test_huge_literal(self):
        for size in 2 ** 63, 2 ** 63 - 1, 2 ** 64, 2 ** 32, 10 ** 30:
            for head in b'* X ', b'* 1 FETCH (BODY[] ':
                self.check([head + b'{%d}\r\n' % size, b'x' * 65536], 65, 0)

    def test_endless(self):
        for head in b'* OK ', b'* X (', b'* X "', b'* X {9000000}\r\n':
            self.check(itertools.chain([head], itertools.repeat(b'x' * 65536)),
                       65, 8 * MIB, '--max-line', str(MIB), '--max-literal',
                       str(MIB))

    def test_endless_default(self):
        self.check(itertools.chain([b'* OK '], itertools.repeat(b'x' * MIB)),
                   65, 4 * 64 * MIB)

    def test_lines(self):
        block = b'* LIST (\\HasNoChildren) "/" Some/box\r\n' * 1000
        self.check(itertools.repeat(block, LINES // 1000), 0, 0)


@unittest.skipIf(SANITIZED, 'a sanitizer takes memory and time of its own')
class Time(unittest.TestCase):
    """Sixteen times the bytes: linear work takes 16 times as long, quadratic
    256 times."""
    SHAPES = [
        (b'* FLAGS (', b'ab ', b')\r\n'),
        (b'* OK [X', b' ab', b'] x\r\n'),
        (b'* SEARCH', b' 9 7', b'\r\n'),
        (b'* STATUS a (', b'X 1 ', b')\r\n'),
        (b'* STATUS', b' a', b' (X 1)\r\n'),
        (b'* LIST () "/" x', b' (a)', b'\r\n'),
        (b'* THREAD ', b'(1 (2)(3))', b'\r\n'),
        (b'* X "', b'\\"', b'"\r\n'),
        (b'* X', b' "\\""', b'\r\n'),
        (b'* X', b' {1}\r\nx', b'\r\n'),
        (b'* 1 FETCH (', b'BODY[1] {1}\r\nx ', b')\r\n'),
        (b'* 1 FETCH (', b'FLAGS (a) ', b')\r\n'),
        (b'* 1 FETCH (', b'MODSEQ (1) ', b')\r\n'),
        (b'* 1 FETCH (BODYSTRUCTURE (', b'("a" "b" NIL NIL NIL "c" 1)',
         b' "mixed"))\r\n'),
        (b'', b'* 1 EXISTS\r\n', b''),
        (b'', b'+ x\n', b''),
        (b'', b'* (\r\n', b''),
    ]

    def test_linear(self):
        for head, part, tail in self.SHAPES:
            small, large = (
                min(run(cut(head + part * (size // len(part)) + tail))[1]
                    for _ in range(3))
                for size in (MIB // 8, 2 * MIB))
            self.assertLess(large, 48 * (small + 0.005), head + part)


support.main()
