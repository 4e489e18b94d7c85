#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imap4-parse: what real servers sent (../shared/vectors, where they are) and
what they should not have sent, as JSON."""
import concurrent.futures
import glob
import json
import os
import subprocess
import unittest

import support
from servers import TOP

PROGRAM = os.path.join(os.path.dirname(support.PROGRAM), 'imap4-parse')
VECTORS = os.environ.get('IMAP4_VECTORS') or TOP + '/../shared/vectors'

# Cases that deviate from the grammar: their README leaves both answers open.
OTHERWISE = {
    'mox-b4bf5aa35d': 'prose behind the name of a LIST',
    'mox-bdae6372e9': 'the same',
    'rfc-37183cc34c': 'prose behind a STATUS',
    'net-imap-ec1df3003d': 'a size that is missing is 0',
}
# The same for what the collection's authors propose.
DECLINED = {
    'synthetic-adversarial-335890826f': 'two "+" are the engine\'s matter',
    'synthetic-adversarial-3db2dd6598': 'only --selected knows of one mailbox',
    'synthetic-adversarial-9eccd8e51e': 'values are shown as they came',
    'synthetic-adversarial-3a715704b1': 'no tag, no response',
    'synthetic-adversarial-7b3cfad6c4': 'a code alone is skipped',
}
NEXT = b'* OK next\r\n'


def parse(data, *options):
    """(exit status, [object of each line])"""
    done = subprocess.run([PROGRAM, *options], input=data, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, [json.loads(line)
                             for line in done.stdout.splitlines()]


def cases():
    """(case, its bytes) of all vectors of kind response."""
    for path in sorted(glob.glob(VECTORS + '/*/cases.json')):
        with open(path, encoding='utf-8') as f:
            for case in json.load(f)['cases']:
                if case['kind'] == 'response':
                    # A few hold real text where bytes belong.
                    yield case, b''.join(
                        c.encode('latin-1' if ord(c) < 256 else 'utf-8')
                        for c in case['raw'])


class Vectors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases = list(cases())
        if not cls.cases:
            raise unittest.SkipTest('no vectors in ' + VECTORS)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            cls.answers = list(pool.map(parse, (raw for _, raw in cls.cases)))

    def each(self, key, *values):
        found = [(case, raw, *answer) for (case, raw), answer
                 in zip(self.cases, self.answers)
                 if case['expected'].get(key) in values]
        self.assertTrue(found)
        return found

    def test_no_crash(self):
        for (case, _), (status, lines) in zip(self.cases, self.answers):
            self.assertIn(status, (0, 65), case['id'])
            self.assertEqual(status == 65,
                             any(x['t'] == 'error' for x in lines), case['id'])

    def test_ok(self):
        for case, _, status, lines in self.each('result', 'ok'):
            met = (status, lines) == (0, case['expected']['responses'])
            self.assertNotEqual(met, case['id'] in OTHERWISE,
                                '%s\n%r\nexpected %s\ngot %s' % (
                                    case['id'], case['raw'],
                                    case['expected']['responses'], lines))

    def test_error(self):
        for case, _, status, _ in self.each('result', 'error', 'incomplete'):
            # net-imap demands that it is accepted, and it is.
            if 'deviations' not in case['expected']:
                self.assertEqual(status, 65, case['id'])

    def test_proposals(self):
        for case, _, status, _ in self.each('class', 'tolerate', 'reject-line'):
            met = (status == 0) == (case['expected']['class'] == 'tolerate')
            self.assertNotEqual(met, case['id'] in DECLINED, case['id'])

    def test_in_step(self):
        """All that is well formed, in one stream."""
        good = self.each('result', 'ok')
        status, lines = parse(b''.join(x[1] for x in good))
        self.assertEqual(lines, [line for x in good for line in x[3]])

    def test_next(self):
        """A line that is skipped leaves the next one alone."""
        for case, raw, _, lines in self.each('result', 'error'):
            if raw.endswith(b'\r\n') and 'raw' in lines[-1]:
                self.assertEqual(parse(raw + NEXT)[1][-1]['text'], 'next',
                                 case['id'])


class Parse(unittest.TestCase):
    def test_not_imap(self):
        for data in (b'HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n',
                     b'220 mail.example.org ESMTP\r\n', b'\r\n', b'\n' * 9,
                     b'\x15\x03\x01\x00\x02\x02F', b'\x00', b'garbage\r\n',
                     b'SSH-2.0-OpenSSH_9.2\r\n', b'\xff\xfe*\r\n'):
            status, lines = parse(data)
            self.assertEqual(status, 65, data)
            self.assertEqual([x['t'] for x in lines], ['error'], data)

    def test_empty(self):
        self.assertEqual(parse(b''), (0, []))

    def test_cut(self):
        for data in (b'*', b'* OK', b'* X {3}\r\nab', b'* X {3}\r\nabc', NEXT +
                     b'* X {0}\r\n'):
            status, lines = parse(data)
            self.assertEqual((status, lines[-1]['t']), (65, 'error'), data)

    def test_goes_on(self):
        """One line that is wrong does not hide the others."""
        status, lines = parse(b'* OK one\r\n* FETCH\r\n' + NEXT)
        self.assertEqual([x['t'] for x in lines],
                         ['untagged', 'error', 'untagged'])
        self.assertEqual(lines[1]['raw'], '* FETCH')
        self.assertEqual(status, 65)

    def test_line_ends(self):
        self.assertEqual(parse(b'* OK a\n* X {1}\n\n b\n'),
                         parse(b'* OK a\r\n* X {1}\r\n\n b\r\n'))

    def test_bytes(self):
        everything = bytes(range(256))
        _, lines = parse(b'* X ~{256}\r\n' + everything + b'\r\n')
        self.assertEqual(lines[0]['tokens'],
                         ['s:' + everything.decode('latin-1')])

    def test_numbers(self):
        _, lines = parse(b'* 1 FETCH (UID 007 RFC822.SIZE 18446744073709551615'
                         b' MODSEQ (-1) BINARY.SIZE[1] x)\r\n')
        self.assertEqual(lines[0]['fetch'], {
            'UID': 7, 'RFC822.SIZE': 18446744073709551615, 'MODSEQ': -1,
            'BINARY.SIZE[1]': 'a:x'})
        for odd in '-', '-01', '1-':
            _, lines = parse(b'* 1 FETCH (MODSEQ (%s))\r\n' % odd.encode())
            self.assertEqual(lines[0]['fetch']['MODSEQ'],
                             ['a:' + odd])

    def test_selected(self):
        data = b'* 3 EXISTS\r\n* 3 EXPUNGE\r\n* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n'
        self.assertEqual(parse(data)[0], 0)
        status, lines = parse(data, '--selected')
        self.assertEqual(status, 65)
        self.assertEqual([x['t'] for x in lines],
                         ['untagged', 'untagged', 'error', 'untagged'])
        # Unknown is not none.
        self.assertEqual(parse(b'* 9 EXPUNGE\r\n', '--selected')[0], 0)

    def test_limits(self):
        line = b'* OK ' + b'x' * 95
        for n, status in (100, 0), (99, 65):
            self.assertEqual(parse(line + b'\r\n', '--max-line',
                                   str(n))[0], status)
        literal = b'* X {60}\r\n' + b'x' * 60 + b'{40}\r\n' + b'x' * 40 + b'\r\n'
        for n, status in (100, 0), (99, 65):
            self.assertEqual(parse(literal, '--max-literal', str(n))[0], status)

    def test_usage(self):
        for options in (['--foo'], ['x'], ['--max-line'], ['--max-line', ''],
                        ['--max-line', '-1'], ['--max-literal', '1x'],
                        ['--max-literal', '99999999999999999999']):
            done = subprocess.run([PROGRAM, *options], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 64, options)
            self.assertTrue(done.stderr.strip().splitlines()[-1].startswith(
                b'usage: '), options)

    def test_live(self):
        """What came is shown before the next byte does."""
        with subprocess.Popen([PROGRAM], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, bufsize=0) as p:
            p.stdin.write(b'* OK a\r\n* O')
            self.assertEqual(json.loads(p.stdout.readline())['text'], 'a')
            p.stdin.write(b'K b\r\n')
            self.assertEqual(json.loads(p.stdout.readline())['text'], 'b')
            p.stdin.close()
            self.assertEqual(p.wait(60), 0)

    def test_bytewise(self):
        data = (b'* OK [A (b)] x\r\n* 1 FETCH (BODY[] {3}\r\na\r\n X "\\"")\r\n'
                b'* LIST () NIL {1}\r\nx\r\n+ x\na OK\r\n* X')
        with subprocess.Popen([PROGRAM], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, bufsize=0) as p:
            for i in range(len(data)):
                p.stdin.write(data[i:i + 1])
            out, _ = p.communicate()
        self.assertEqual([json.loads(x) for x in out.splitlines()],
                         parse(data)[1])

    def test_output_fails(self):
        with open('/dev/full', 'w') as full:
            done = subprocess.run([PROGRAM], input=NEXT, stdout=full,
                                  stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 74)


support.main()
