#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A message that the server lists but does not send holds up neither the others
nor itself for ever."""
import glob
import os
import re

import support

BODY = re.compile(r'UID FETCH (\S+) .*BODY\.PEEK\[\]')


class Refused(support.TestCase):
    DELTAS = True

    def setUp(self):
        super().setUp()
        self.home = self.setup()
        self.append('INBOX', support.message(0))
        self.sync(self.home)

    def files(self):
        return glob.glob('%s/mail/%s/Maildir/*/*' % (self.server.dir,
                                                     self.user))

    def break_one(self, number=1):
        """Appends a message whose file then cannot be opened."""
        before = set(self.files())
        self.append('INBOX', support.message(number))
        path, = set(self.files()) - before
        self.kept = '%s/%s' % (self.server.dir, self.user)
        os.rename(path, self.kept)
        os.symlink(path, path)
        self.name = os.path.basename(path)

    def repair(self):
        """The server may have moved it from new/ to cur/."""
        path, = [x for x in self.files() if self.name in x]
        os.unlink(path)
        os.rename(self.kept, path)

    def test_others_come(self):
        self.break_one()
        for i in range(2, 40):
            self.append('INBOX', support.message(i))
        result = self.sync(self.home, status=1)
        self.assertIn('UID 2', result.err)
        self.assertIn('asked for again later', result.err)
        self.assertEqual(len(self.local(self.home)['INBOX']), 39)
        # Asked for once more, alone.
        mark = self.mark()
        self.sync(self.home, status=1)
        self.assertEqual([BODY.search(c)[1] for c in self.since(mark)
                          if BODY.search(c)], ['2'])
        # Then neither asked for nor listed with all others, for a while.
        mark = self.mark()
        result = self.sync(self.home, status=1)
        self.assertIn('1 messages are not here', result.err)
        told = self.since(mark)
        self.assertEqual([c for c in told if BODY.search(c)], [])
        if self.DELTAS:
            self.assertEqual([c for c in told if 'FETCH 1:*' in c], [])
        # News come, and what was deleted goes.
        self.append('INBOX', support.message(40))
        gone = glob.glob(self.home.maildir() + '/INBOX/*/*')[0]
        os.unlink(gone)
        self.sync(self.home, status=1)
        self.assertEqual(len(self.local(self.home)['INBOX']), 39)
        # At once where somebody says so, else after a while.
        self.repair()
        self.sync(self.home, status=1)
        self.sync(self.home, '--full')
        self.assertEqual(self.assertSame(self.home), 40)
        self.assertQuiet(self.home)

    def test_expunged(self):
        self.break_one()
        self.sync(self.home, status=1)
        self.repair()
        with self.imap() as connection:
            connection.select('INBOX')
            connection.uid('STORE', '2', '+FLAGS', '(\\Deleted)')
            connection.uid('EXPUNGE', '2')
        self.sync(self.home)
        self.assertSame(self.home)
        self.assertQuiet(self.home)


class Plain(Refused):
    DELTAS = False
    OPTIONS = ('--cap-minus', 'CONDSTORE QRESYNC')


if __name__ == '__main__':
    support.main()
