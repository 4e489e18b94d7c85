#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One writer at a time; the lock goes with the process that held it."""
import os
import signal

import support
from servers import Proxy


class Lock(support.TestCase):
    def first(self, proxy):
        """(home, process): a run that hangs with the database open."""
        self.append('INBOX', support.message(1))
        home = self.setup(tls='none', port=proxy.port)
        self.sync(home)
        self.append('INBOX', support.message(2))
        proxy.control('fault down match "FETCH .*BODY" stall')
        process = home.start('--once')
        self.addCleanup(self.end, process)
        support.wait_for(lambda: any('stalled' in x
                                     for x in proxy.control('list')),
                         'the first run at work')
        return home, process

    def end(self, process):
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()

    def test_second_instance(self):
        with Proxy(self.server.port) as proxy:
            home, process = self.first(proxy)
            result = home.run('--once')
            self.assertStatus(result, 75)
            self.assertRegex(result.err, r'(?m)^ *-> ')
            self.assertIn('test', result.err)
            # To look is allowed.
            proxy.control('clear')
            self.assertStatus(home.run('--once', '--dry-run'), 0)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.sync(home)
            self.assertEqual(self.assertSame(home), 2)

    def test_two_accounts_two_locks(self):
        with Proxy(self.server.port) as proxy:
            home, _ = self.first(proxy)
            home.account('other', self.server, self.user)
            result = home.run('--once')
            self.assertStatus(result, 75)
            self.assertRegex(result.out, r'(?m)^other: 2 new,')
            self.assertTrue(os.path.isdir(home.mail + '/other/INBOX/cur'))


support.main()
