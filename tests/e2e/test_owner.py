#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whose mailbox it is: a second account, or another user or host, on the same
Maildir or database pours nothing together, and a person can say that it is the
same after all."""
import os
import shutil

import support
from oracle import server_messages, snapshot
from servers import MUTATING, Cyrus

APPROVE = r'(?m)^  -> .*imapsyncctl approve %s'


class Case(support.TestCase):
    def held(self, home, name='test', users=()):
        """Nothing happens anywhere, for as long as it takes: the result."""
        tree = snapshot(home.mail)
        before = {user: (support.mark(self.server, user),
                         server_messages(self.server, user))
                  for user in users}
        for args in ('--once', '--dry-run'), ('--once',), ('--once',):
            result = home.run(*args, name)
            self.assertStatus(result, 1)
            self.assertRegex(result.err, APPROVE % name)
            self.assertNotIn('imapsyncctl restore', result.err)
        self.assertEqual(snapshot(home.mail), tree)
        for user, (mark, messages) in before.items():
            commands = support.since(self.server, user, mark)
            self.assertEqual([c for c in commands if MUTATING.match(c)], [])
            self.assertEqual(server_messages(self.server, user), messages)
        return result

    def control(self, home, *args, status=0):
        result = home.control(*args)
        self.assertStatus(result, status)
        return result

    def approved(self, home, name='test'):
        """It is said to be the same mailbox: (uploaded, new)."""
        result = self.control(home, 'restore', name, status=1)
        self.assertIn('imapsyncctl approve ' + name, result.err)
        result = self.control(home, 'approve', name)
        self.assertIn('nothing is deleted', result.out)
        result = home.run('--once', name)
        self.assertStatus(result, 0)
        self.assertIn(' 0 deleted, 0 held', result.out)
        return result

    def sentinel(self, home):
        with open(home.maildir() + '/.imapsyncd') as f:
            return dict(line.split(' ', 1) for line in f.read().splitlines())

    def fill(self, user, first, count, folder='INBOX'):
        with self.server.imap(user) as c:
            for n in range(first, first + count):
                c.append(folder, None, None, support.message(n).replace(
                    b'\n', b'\r\n'))


class Owner(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = cls.server.add_users('u', 30, support.PASSWORD)

    def test_two_users_one_maildir(self):
        """As when two people keep their configuration each: a file and a
        state of its own, and one Maildir."""
        other = self.users.pop(0)
        self.fill(self.user, 1, 5)
        self.fill(other, 101, 5)
        home = self.setup()
        self.sync(home)
        self.assertEqual(self.sentinel(home)['owner'],
                         self.user + '@localhost')
        second = support.Setup(self.server, other,
                               maildir=home.maildir())
        self.addCleanup(second.remove)
        tree = snapshot(home.mail)
        result = self.held(second, users=[other])
        self.assertIn('%s@localhost' % self.user, result.err)
        self.assertEqual(snapshot(home.mail), tree)
        # The first one does not notice.
        self.assertQuiet(home)

    def test_another_user_in_the_section(self):
        """Same section, Maildir and database; UIDVALIDITY and counts may even
        agree."""
        other = self.users.pop(0)
        self.fill(self.user, 1, 5)
        self.fill(other, 101, 5)
        home = self.setup()
        self.sync(home)
        home.accounts['test']['user'] = other
        home.save()
        self.held(home, users=[self.user, other])
        self.control(home, 'approve', 'test/INBOX', status=1)
        # And back: it is as if nothing had been.
        home.accounts['test']['user'] = self.user
        home.save()
        result = self.sync(home)
        self.assertIn(' 0 new, 0 uploaded, 0 flags, 0 deleted, 0 held',
                      result.out)
        self.assertQuiet(home)
        self.assertIn('nothing is held',
                      self.control(home, 'approve', 'test').out)
        # Merged, where somebody wants it so.
        home.accounts['test']['user'] = other
        home.save()
        self.held(home, users=[self.user, other])
        self.approved(home)
        self.user = other
        self.assertEqual(self.assertSame(home), 10)
        self.assertQuiet(home)

    def test_another_host_that_is_the_same(self):
        self.fill(self.user, 1, 30)
        with self.imap() as c:
            c.create('Box')
        self.fill(self.user, 101, 3, 'Box')
        home = self.setup()
        self.sync(home)
        home.accounts['test']['host'] = '127.0.0.1'
        home.save()
        self.held(home, users=[self.user])
        before = self.mark()
        self.approved(home)
        commands = self.since(before)
        self.assertFalse([c for c in commands
                          if c.startswith('APPEND') or 'BODY.PEEK[]' in c])
        self.assertEqual(self.assertSame(home), 33)
        self.assertEqual(self.sentinel(home)['owner'],
                         self.user + '@127.0.0.1')
        self.assertQuiet(home)
        # The answer was for this once.
        home.accounts['test']['host'] = 'localhost'
        home.save()
        self.held(home, users=[self.user])

    def test_in_other_letters(self):
        self.fill(self.user, 1, 3)
        home = self.setup()
        self.sync(home)
        home.accounts['test']['host'] = 'LOCALHOST'
        home.save()
        self.assertQuiet(home)

    def test_section_renamed(self):
        self.fill(self.user, 1, 30)
        home = self.setup()
        home.accounts['test']['maildir'] = home.mail + '/test'
        home.save()
        self.sync(home)
        for old, new in ('test', 'home'), ('home', 'test'):
            home.accounts[new] = home.accounts.pop(old)
            home.save()
            before = self.mark()
            result = self.sync(home)
            self.assertIn(' 0 new, 0 uploaded, 0 flags, 0 deleted, 0 held',
                          result.out)
            self.assertFalse([c for c in self.since(before)
                              if MUTATING.match(c) or 'BODY.PEEK[]' in c])
            self.assertEqual(self.assertSame(home, new), 30)
            self.assertQuiet(home)

    def test_host_wrong_at_first(self):
        """Nothing was recorded of a mailbox that could not be logged in to."""
        self.fill(self.user, 1, 3)
        home = self.setup()
        home.accounts['test']['user'] = 'nobody'
        home.save()
        self.sync(home, status=77)
        home.accounts['test']['user'] = self.user
        home.save()
        self.sync(home)
        self.assertEqual(self.assertSame(home), 3)

    def test_of_before(self):
        """Neither of the two says whose it is: recorded silently."""
        self.fill(self.user, 1, 3)
        home = self.setup()
        self.sync(home)
        path = home.maildir() + '/.imapsyncd'
        said = self.sentinel(home)
        owner = said.pop('owner')
        home.write(path, ''.join('%s %s\n' % row for row in said.items()))
        result = self.sync(home)
        self.assertEqual(result.err, '')
        self.assertEqual(self.sentinel(home)['owner'], owner)
        self.assertQuiet(home)

    def test_lost_database_and_another_user(self):
        other = self.users.pop(0)
        self.fill(self.user, 1, 3)
        home = self.setup()
        self.sync(home)
        shutil.rmtree(home.state)
        home.accounts['test']['user'] = other
        home.save()
        self.held(home, users=[self.user, other])
        home.accounts['test']['user'] = self.user
        home.save()
        self.sync(home)
        self.assertEqual(self.assertSame(home), 3)

    def test_approved_beforehand(self):
        """An answer is to what was shown."""
        other = self.users.pop(0)
        self.fill(self.user, 1, 3)
        home = self.setup()
        self.sync(home)
        self.control(home, 'approve', 'test')
        home.accounts['test']['user'] = other
        home.save()
        self.held(home, users=[self.user, other])
        self.control(home, 'approve', 'test')
        home.accounts['test'].update(user=self.user, host='127.0.0.1')
        home.save()
        self.held(home, users=[self.user, other])

    def test_service(self):
        """A daemon waits, and goes on with the answer."""
        self.fill(self.user, 1, 3)
        home = self.setup(poll_interval='1h')
        self.sync(home)
        home.accounts['test']['host'] = '127.0.0.1'
        home.save()
        process = home.start()
        try:
            support.wait_for(
                lambda: b'approve test' in os.read(
                    process.stderr.fileno(), 65536), 'the hold')
            self.control(home, 'approve', 'test')
            support.wait_for(
                lambda: self.sentinel(home)['owner'].endswith('127.0.0.1'),
                'the answer')
        finally:
            process.terminate()
            support.finish(process)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 3)


class Ids(Case):
    """MAILBOXIDs (RFC 8474) tell that it is the same mailbox."""
    SERVER = Cyrus

    def test_same(self):
        self.fill(self.user, 1, 5)
        home = self.setup()
        self.sync(home)
        home.accounts['test']['host'] = '127.0.0.1'
        home.save()
        result = self.sync(home)
        self.assertEqual(result.err, '')
        self.assertIn(' 0 new, 0 uploaded, 0 flags, 0 deleted', result.out)
        self.assertEqual(self.sentinel(home)['owner'],
                         self.user + '@127.0.0.1')
        self.assertQuiet(home)

    def test_others(self):
        other = self.users.pop(0)
        self.fill(self.user, 1, 5)
        self.fill(other, 101, 5)
        home = self.setup()
        self.sync(home)
        home.accounts['test']['user'] = other
        home.save()
        self.held(home)


support.main()
