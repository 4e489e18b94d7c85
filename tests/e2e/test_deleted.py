#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Messages deleted on the server: their files go to the trash of the state
directory, and many at once wait for a person."""
import collections
import hashlib
import os

import support
from oracle import snapshot


def digests(root):
    """SHA-256 (CRLF form) of every file below root, how often each."""
    found = collections.Counter()
    for path, _, files in os.walk(root):
        for name in files:
            with open(os.path.join(path, name), 'rb') as f:
                data = f.read().replace(b'\n', b'\r\n')
            found[hashlib.sha256(data).hexdigest()] += 1
    return found


class Deleted(support.TestCase):
    def seed(self, count, **keys):
        self.server.seed(self.user, count, '--folder', 'INBOX', '--plain',
                         '--median', '1k', '--mean', '2k')
        self.append('Sent', support.message(1))
        home = self.setup(**keys)
        self.sync(home)
        return home

    def expunge(self, folder, uids):
        with self.imap() as connection:
            connection.select(folder)
            connection.uid('STORE', uids, '+FLAGS.SILENT', '(\\Deleted)')
            connection.expunge()

    def test_goes_to_the_trash(self):
        home = self.seed(40)
        gone = [self.remote()['INBOX'][u].sha for u in (3, 4, 17)]
        self.expunge('INBOX', '3,4,17')
        result = self.sync(home)
        self.assertIn(' 3 deleted,', result.out)
        self.assertSame(home)
        self.assertEqual(digests(home.state + '/trash/test'),
                         collections.Counter(gone))
        self.assertQuiet(home)

    def test_held_by_the_guard(self):
        home = self.seed(100)
        tree = snapshot(home.mail + '/test/INBOX')
        self.expunge('INBOX', '1:50')
        self.append('Sent', support.message(2))
        self.append('INBOX', support.message(3))
        result = self.sync(home, status=1)
        self.assertIn(' 50 held,', result.out)
        self.assertRegex(result.err, r'test/INBOX')
        self.assertRegex(result.err, r'(?m)^ *-> .*(approve|delete_limit)')
        # Nothing is gone here, and everything else went on.
        now = snapshot(home.mail + '/test/INBOX')
        for path in tree:
            if os.path.isfile(path):
                self.assertEqual(now.get(path), tree[path], path)
        self.assertFalse(digests(home.state + '/trash/test'))
        self.assertEqual(len(self.local(home)['INBOX']), 101)
        self.assertEqual(len(self.local(home)['Sent']), 2)
        # And it stays so.
        self.assertQuiet(home, status=1)

    def test_below_the_limits(self):
        home = self.seed(100)
        self.expunge('INBOX', '1:24')       # more than 20, but less than 25 %
        self.sync(home)
        self.assertSame(home)
        self.expunge('INBOX', '30:49')      # more than 25 %, but only 20
        self.sync(home)
        self.assertSame(home)
        self.assertEqual(sum(digests(home.state + '/trash/test').values()), 44)

    def test_limit_of_ones_own(self):
        home = self.seed(60, delete_limit='none')
        self.expunge('INBOX', '1:60')
        self.sync(home)
        self.assertSame(home)
        self.assertEqual(sum(digests(home.state + '/trash/test').values()), 60)

    def test_deleted_there_and_changed_here(self):
        """Newly flagged here: kept and reported. Only read here: deleted."""
        home = self.seed(40)
        self.store('INBOX', '1:2', 'FLAGS', '')
        self.sync(home)
        paths = {}
        for uid, m in self.remote()['INBOX'].items():
            paths[uid] = next(f.path for f in self.local(home)['INBOX']
                              if f.message.sha == m.sha)
        folder = home.mail + '/test/INBOX'
        for uid, letter in (1, 'F'), (2, 'S'):
            name = os.path.basename(paths[uid]).partition(':2,')[0]
            os.rename(paths[uid], '%s/cur/%s:2,%s' % (folder, name, letter))
        kept = self.remote()['INBOX'][1].sha
        self.expunge('INBOX', '1:2')
        result = home.run('--once')
        self.assertIn(result.status, (0, 1), result)
        here = [f.message.sha for f in self.local(home)['INBOX']]
        self.assertEqual(len(here), 39)
        self.assertIn(kept, here)

    def test_delete_remote_only(self):
        """delete = remote: what is deleted there stays here."""
        home = self.seed(30, delete='remote')
        self.expunge('INBOX', '1:3')
        home.run('--once')
        self.assertEqual(len(self.local(home)['INBOX']), 30)
        self.assertFalse(digests(home.state + '/trash/test'))


support.main()
