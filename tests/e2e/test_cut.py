#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The connection breaks in the middle of a mirror; the next run completes it:
every message exactly once, nothing half written."""
import os

import support
from oracle import snapshot
from servers import Proxy


class Cut(support.TestCase):
    def seed(self):
        self.server.seed(self.user, 120, '--folders', '4', '--plain',
                         '--median', '8k', '--mean', '16k', '--max', '100k')

    def through(self, proxy, **keys):
        return self.setup(tls='none', port=proxy.port, timeout='5s', **keys)

    def total(self):
        """Bytes that a whole mirror brings down."""
        with Proxy(self.server.port) as proxy:
            self.sync(self.through(proxy))
            return proxy.stats()['down']

    def interrupted(self, fault):
        """A run that the fault ends, then a clean one."""
        with Proxy(self.server.port, '--fault', fault) as proxy:
            home = self.through(proxy)
            result = home.run('--once')
            self.assertStatus(result, 75)
            self.assertRegex(result.err, r'\btest\b')
            self.assertRegex(result.err, r'(?m)^ *-> ')
            early = self.files(home)
            proxy.control('clear')
            self.sync(home)
            self.assertEqual(self.assertSame(home), 120)
            late = self.files(home)
            # What was complete was not fetched a second time.
            for path, was in early.items():
                self.assertEqual(late.get(path), was, path)
            self.assertQuiet(home)

    def files(self, home):
        return {path: value for path, value in snapshot(home.mail).items()
                if os.path.isfile(path) and
                os.path.basename(os.path.dirname(path)) in ('cur', 'new')}

    def test_at_many_bytes(self):
        self.seed()
        total = self.total()
        # Greeting, login, the list of folders, the first SELECTs; bodies.
        places = [10, 400, 1300, 1900, 2300, 2700, 3500]
        places += [int(total * f) for f in (0.1, 0.37, 0.62, 0.9)]
        places += [self.random.randrange(total - 200) for _ in
                   range(40 if 'FULL' in os.environ else 2)]
        for place in places:
            with self.subTest(place=place):
                self.interrupted('down after %d cut' % place)

    def test_reset(self):
        self.seed()
        self.interrupted('down after 200000 rst')

    def test_silence(self):
        self.seed()
        self.interrupted('down after 200000 stall')

    def test_bye(self):
        """The server says BYE and is not there any more."""
        self.seed()
        with Proxy(self.server.port, '--down', '600k') as proxy:
            home = self.through(proxy)
            process = home.start('--once')
            support.wait_for(lambda: proxy.stats().get('down', 0) > 100000,
                             'the first bodies')
            proxy.control('refuse')
            self.server.kick(self.user)
            result = support.finish(process)
            self.assertStatus(result, 75)
            self.assertRegex(result.err, r'\btest\b')
            proxy.control('accept')
            proxy.control('down 0')
            self.sync(home)
            self.assertEqual(self.assertSame(home), 120)

    def test_server_process_killed(self):
        self.seed()
        with Proxy(self.server.port, '--down', '600k') as proxy:
            home = self.through(proxy)
            process = home.start('--once')
            support.wait_for(lambda: proxy.stats().get('down', 0) > 100000,
                             'the first bodies')
            proxy.control('refuse')
            proxy.control('rst')
            self.assertStatus(support.finish(process), 75)
            proxy.control('accept')
            proxy.control('down 0')
            self.sync(home)
            self.assertEqual(self.assertSame(home), 120)


support.main()
