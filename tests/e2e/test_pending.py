#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Local changes that are not carried out yet: a new file, a deletion, a move.
They are left alone on the server, reported, and not undone here."""
import os

import support
from oracle import snapshot


class Pending(support.TestCase):
    def seed(self):
        self.server.seed(self.user, 30, '--folder', 'INBOX', '--plain',
                         '--median', '1k', '--mean', '2k')
        self.append('Sent', support.message(1))
        home = self.setup()
        self.sync(home)
        return home

    def pending(self, home, folder):
        """Syncs twice: pending, not carried out there, not undone here."""
        there, here = self.remote(), snapshot(home.mail)
        before = len(self.server.mutating(self.user))
        for _ in range(2):
            result = self.sync(home, status=1)
            self.assertRegex(result.err, r'(?i)test/%s.*pending' % folder)
        self.assertEqual(snapshot(home.mail), here)
        self.assertEqual(self.remote(), there)
        self.assertEqual(self.server.mutating(self.user)[before:], [])

    def test_new_file(self):
        home = self.seed()
        path = home.mail + '/test/INBOX/cur/1700000000.abc.host:2,S'
        home.write(path, support.message(7).decode())
        self.pending(home, 'INBOX')

    def test_deleted_file(self):
        home = self.seed()
        os.unlink(self.local(home)['INBOX'][4].path)
        self.pending(home, 'INBOX')

    def test_moved_file(self):
        home = self.seed()
        path = self.local(home)['INBOX'][4].path
        os.rename(path, '%s/test/Sent/cur/%s' % (
            home.mail, os.path.basename(path)))
        self.pending(home, '(INBOX|Sent)')

    def test_the_rest_goes_on(self):
        home = self.seed()
        os.unlink(self.local(home)['INBOX'][4].path)
        self.append('INBOX', support.message(2))
        self.append('Sent', support.message(3))
        result = self.sync(home, status=1)
        self.assertIn(': 2 new,', result.out)
        self.assertEqual(len(self.local(home)['INBOX']), 30)
        self.assertEqual(len(self.local(home)['Sent']), 2)


support.main()
