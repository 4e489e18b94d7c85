#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is on disk already is recognised by content: after a lost database, a new
UIDVALIDITY, and in a Maildir that another program filled."""
import os
import re
import shutil

import support


def files(root):
    """Every message file below root."""
    for path, _, names in os.walk(root):
        if os.path.basename(path) in ('cur', 'new'):
            for name in names:
                yield os.path.join(path, name)


class Adopt(support.TestCase):
    def seed(self, count=60, folders=3):
        self.server.seed(self.user, count, '--folders', str(folders))
        home = self.setup()
        self.sync(home)
        return home

    def bodies(self):
        """How many bodies the server was asked for."""
        return sum('BODY.PEEK[]' in line
                   for line in self.server.commands(self.user))

    def assertNothingFetched(self, home, before):
        result = self.sync(home)
        self.assertIn(': 0 new,', result.out)
        self.assertEqual(self.bodies(), before)
        self.assertSame(home)
        self.assertQuiet(home)

    def foreign_names(self, home):
        """Renames every file as another program would have named it."""
        for i, path in enumerate(sorted(files(home.maildir()))):
            name, _, letters = os.path.basename(path).partition(':2,')
            other = '%d.M%dP9.host' % (1700000000 + i, i)
            if letters or '/cur/' in path:
                other += ':2,' + letters
            os.rename(path, os.path.join(os.path.dirname(path), other))

    def test_lost_database(self):
        home = self.seed()
        before = self.bodies()
        shutil.rmtree(home.state)
        self.assertNothingFetched(home, before)

    def test_lost_database_and_other_names(self):
        home = self.seed()
        before = self.bodies()
        shutil.rmtree(home.state)
        self.foreign_names(home)
        self.assertNothingFetched(home, before)

    def test_foreign_maildir(self):
        home = self.seed()
        before = self.bodies()
        shutil.rmtree(home.state)
        os.unlink(home.maildir() + '/.imapsyncd')
        self.foreign_names(home)
        self.assertNothingFetched(home, before)

    def test_new_uidvalidity(self):
        home = self.seed()
        before = self.bodies()
        self.server.new_uidvalidity(self.user, 'INBOX')
        result = self.sync(home)
        self.assertRegex(result.err, r'test/INBOX: .*UIDVALIDITY')
        self.assertEqual(self.bodies(), before)
        self.assertSame(home)
        self.assertFalse(os.path.exists(home.state + '/trash'))
        self.assertQuiet(home)

    def test_new_uidvalidity_and_new_mail(self):
        home = self.seed()
        self.server.new_uidvalidity(self.user, 'INBOX')
        self.append('INBOX', support.message(7))
        result = self.sync(home)
        self.assertIn(': 1 new,', result.out)
        self.assertSame(home)

    def test_flags_of_both_sides_survive(self):
        """Nobody knows what was in sync: a flag that one side has wins."""
        home = self.setup()
        for i in (1, 2):
            self.append('INBOX', support.message(i))
        self.sync(home)
        shutil.rmtree(home.state)
        self.store('INBOX', '1', '+FLAGS', '\\Flagged')
        second = [p for p in files(home.maildir() + '/INBOX')
                  if re.search(r'U2\.', p)][0]
        os.rename(second, re.sub('/new/', '/cur/', second) + ':2,R')
        self.sync(home)
        self.assertSame(home)
        remote = self.remote()['INBOX']
        self.assertIn('\\Flagged', remote[1].flags)
        self.assertIn('\\Answered', remote[2].flags)

    def test_equal_messages_stay_as_many_as_they_are(self):
        home = self.setup()
        for _ in range(3):
            self.append('INBOX', support.message(1))
        self.sync(home)
        shutil.rmtree(home.state)
        self.foreign_names(home)
        self.sync(home)
        self.assertSame(home)
        self.assertEqual(len(self.local(home)['INBOX']), 3)

    def test_what_is_only_here_comes_back(self):
        """The database is gone, and so is a message on the server: nobody
        knows any more that it was deleted."""
        home = self.seed(20, 1)
        shutil.rmtree(home.state)
        with self.imap() as connection:
            connection.select('INBOX')
            connection.uid('STORE', '2', '+FLAGS.SILENT', '(\\Deleted)')
            connection.expunge()
        count = len(list(files(home.maildir() + '/INBOX')))
        result = self.sync(home)
        self.assertIn(' 1 uploaded,', result.out)
        self.assertEqual(len(list(files(home.maildir() + '/INBOX'))), count)
        self.assertSame(home)


if __name__ == '__main__':
    support.main()
