#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The line breaks at any byte of a first mirror: one clear error, and the next
run goes on from there without a second download of what is here."""
import os
import re
import sys

import faults
import support
from servers import Proxy

FULL = 'FULL' in os.environ
MESSAGES = 100
BIG = 3000000
ACTIONS = 'cut', 'rst', 'stall'


class Resume(support.TestCase):
    def setUp(self):
        super().setUp()
        self.server.seed(self.user, MESSAGES - 1, '--folders', '5', '--median',
                         '2k', '--mean', '6k', '--max', '100k')
        line = self.random.randbytes(35).hex() + '\n'
        self.append('Sent', support.message(1, line * (BIG // len(line))),
                    '\\Seen Work', '"17-Jul-1996 02:44:25 -0700"')
        self.expected = self.remote()
        self.size = {}
        for messages in self.expected.values():
            for m in messages.values():
                self.size[m.sha] = 0

    def through(self, proxy):
        return faults.home_for(self, self.server, self.user, port=proxy.port,
                               timeout='2s')

    def here(self, home):
        """{path: (inode, mtime)} of all that was delivered; each is whole."""
        found = {}
        for path, _, names in os.walk(home.mail):
            if os.path.basename(path) in ('cur', 'new'):
                for name in names:
                    st = os.stat(path + '/' + name)
                    self.assertIn(faults.digest(path + '/' + name), self.size)
                    found[path + '/' + name] = st.st_ino, st.st_mtime_ns
        return found

    def received(self, proxy, home, status):
        """(bytes, Result) of a run."""
        before = proxy.stats()['down'] if 'down' in proxy.stats() else 0
        result = home.run('--once')
        self.assertStatus(result, status)
        return proxy.stats().get('down', 0) - before, result

    def whole_mirror(self):
        """Bytes that come down in a first mirror and in one that has nothing
        to do; both in their own home."""
        with Proxy(self.server.port) as proxy:
            home = self.through(proxy)
            first, _ = self.received(proxy, home, 0)
            self.check(home)
            idle, _ = self.received(proxy, home, 0)
            return first, idle

    def check(self, home):
        local = self.local(home)
        found = support.differences(self.expected, local)
        self.assertEqual(found, [], '\n'.join(found[:40]))
        self.assertEqual(sum(map(len, local.values())), MESSAGES)
        self.assertEqual(faults.leftovers(home), [])

    def assertClear(self, result):
        """One error, on one line with its account, and what to do about it."""
        lines = result.err.splitlines()
        # A folder's count of new messages is no error.
        lines = [x for x in lines
                 if not re.match(r'test/[^:]+: \d+ new$', x)]
        self.assertEqual(len(lines), 2, result.err)
        self.assertRegex(lines[0], r'^test(/[^:]+)?: .')
        self.assertRegex(lines[1], r'^ +-> .')

    def interrupted(self, place, action, first, idle):
        fault = 'down after %d %s' % (place, action)
        with Proxy(self.server.port, '--fault', fault) as proxy:
            home = self.through(proxy)
            _, result = self.received(proxy, home, 75)
            self.assertClear(result)
            before = self.here(home)
            proxy.control('clear')
            again, _ = self.received(proxy, home, 0)
            self.check(home)
            after = self.here(home)
            for path, was in before.items():
                self.assertEqual(after.get(path), was, path)
            # Messages that were here did not come again. Headers, flags and
            # the answers around a body are a few hundred bytes.
            had = sum(os.path.getsize(p) for p in before)
            self.assertLess(again, first - had + idle + 8000)
            nothing, _ = self.received(proxy, home, 0)
            self.assertLess(nothing, idle + 4000)
        return len(before)

    def test_at_random_bytes(self):
        first, idle = self.whole_mirror()
        self.assertGreater(first, BIG)
        delivered = []
        count = 200 if FULL else 21
        for i in range(count):
            # Half of them outside of the one large message.
            place = self.random.randrange(60, first - 300)
            if i % 2:
                place = self.random.randrange(60, (first - BIG) // 2)
            action = ACTIONS[i % 3 if i % 6 < 3 else i % 2]
            with self.subTest(place=place, action=action, seed=support.SEED):
                delivered.append(self.interrupted(place, action, first, idle))
        # Some of the runs had something to keep, or nothing was tested.
        self.assertGreater(max(delivered), 10)

    def test_many_cuts_in_one_mirror(self):
        """A line that never lasts: each run gets further."""
        with Proxy(self.server.port, '--fault',
                   'down after 400k rst') as proxy:
            home = self.through(proxy)
            counts, status = [], 75
            # The large message alone does not fit a connection.
            for _ in range(6):
                status = home.run('--once').status
                counts.append(len(self.here(home)))
                if status != 75:
                    break
                proxy.control('clear')
                proxy.control('fault down after 400k rst')
            self.assertEqual(counts, sorted(counts))
            self.assertGreater(counts[-1], 0)
            proxy.control('clear')
            self.sync(home)
            self.check(home)


print('seed %d' % support.SEED, file=sys.stderr)
support.main()
