#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The first pairing of a folder in which much is left over on both sides: as if
it were two mailboxes, so nothing is poured together unasked."""
import os
import re
import shutil
import time

import support
from servers import Proxy

APPROVE = r'(?m)^  -> .*imapsyncctl approve test/%s \(pairs and merges'


class Misfit(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = cls.server.add_users('m', 40, support.PASSWORD)

    def there(self, numbers, folder='INBOX',
              date='"14-Nov-2023 22:13:20 +0000"'):
        with self.imap() as c:
            if folder != 'INBOX':
                c.create(folder)
            for n in numbers:
                c.append(folder, None, date, support.message(n).replace(
                    b'\n', b'\r\n'))

    def here(self, home, numbers, folder='INBOX', when=1700000000):
        path = home.maildir() + '/' + folder
        for sub in 'cur', 'new', 'tmp':
            os.makedirs('%s/%s' % (path, sub), mode=0o700, exist_ok=True)
        for n in numbers:
            file = '%s/cur/%d.m%d.host:2,S' % (path, when, n)
            home.write(file, support.message(n).decode())
            os.utime(file, (when, when))

    def both(self, here, there, **keys):
        home = self.setup(**keys)
        self.there(there)
        self.here(home, here)
        return home

    def folders(self, home):
        """Numbers of messages, by folder: (here, there)."""
        return [{name: len(found) for name, found in side.items() if found}
                for side in (self.local(home), self.remote())]

    def held(self, home, here, there, folder='INBOX', args=(), bodies=()):
        """In that folder nothing happens, for as long as it takes."""
        for opts in ('--dry-run',), (), args:
            mark = self.mark()
            result = home.run('--once', *opts)
            self.assertStatus(result, 1)
            self.assertRegex(result.err, APPROVE % folder)
            self.assertNotIn('restore', result.err)
            self.assertIn('%d messages here and %d on the server'
                          % (here, there), result.err)
            if '--dry-run' in opts:
                self.assertRegex(
                    result.out, r'(?m)^test/%s hold all: %d here and %d there '
                    % (folder, here, there))
                self.assertFalse(re.search(
                    r'(?m)^test/%s (fetch|upload|flags|delete)' % folder,
                    result.out))
            self.assertFalse([c for c in self.since(mark)
                              if c.startswith('APPEND') or
                              'BODY.PEEK[]' in c and c not in bodies])
        return result

    def control(self, home, *args, status=0):
        result = home.control(*args)
        self.assertStatus(result, status)
        return result

    def test_two_mailboxes(self):
        home = self.both(range(1, 31), range(101, 131))
        self.there(range(201, 204), 'Box')
        self.held(home, 30, 30, bodies=[
            'UID FETCH 1:3 (UID FLAGS INTERNALDATE BODY.PEEK[])'])
        # All else goes on.
        self.assertEqual(self.folders(home), [
            {'INBOX': 30, 'Box': 3}, {'INBOX': 30, 'Box': 3}])
        result, found = support.unrest(home, self.server, self.user)
        self.assertStatus(result, 1)
        # It is compared again, for it may have been put right.
        self.assertEqual([c for c in found if 'BODY.PEEK[HEADER]' not in c],
                         [])
        # There is one answer.
        for where in 'test', 'test/INBOX':
            result = self.control(home, 'restore', where, status=1)
            self.assertIn('imapsyncctl approve ' + where, result.err)
        self.assertIn('nothing is held',
                      self.control(home, 'approve', 'test/Box').out)
        self.held(home, 30, 30)
        result = self.control(home, 'approve', 'test/INBOX')
        self.assertIn('test/INBOX the next sync pairs', result.out)
        result = self.sync(home)
        self.assertIn(' 30 new, 30 uploaded, 0 flags, 0 deleted, 0 held',
                      result.out)
        self.assertEqual(self.assertSame(home), 63)
        self.assertQuiet(home)
        self.assertIn('nothing is held',
                      self.control(home, 'approve', 'test').out)

    def test_limits(self):
        """More than 20 and more than a quarter, on both sides."""
        for here, there, both, held in (
                (21, 21, 0, True), (20, 40, 0, False), (40, 20, 0, False),
                (30, 30, 91, False), (30, 30, 89, True)):
            with self.subTest(here=here, there=there, both=both):
                home = self.both([*range(1, 1 + here),
                                  *range(1001, 1001 + both)],
                                 [*range(501, 501 + there),
                                  *range(1001, 1001 + both)])
                if held:
                    self.held(home, here, there)
                else:
                    self.sync(home)
                    self.assertEqual(self.assertSame(home),
                                     here + there + both)
            self.user = self.users.pop(0)

    def test_put_right(self):
        """Nobody answered, but the other mail is elsewhere by now."""
        home = self.both(range(1, 31), range(101, 131))
        self.held(home, 30, 30)
        shutil.rmtree(home.maildir() + '/INBOX')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 30)

    def test_full_is_no_answer(self):
        self.held(self.both(range(1, 31), range(101, 131)), 30, 30,
                  args=('--full',))

    def test_one_way(self):
        for direction in 'pull', 'push':
            home = self.both(range(1, 31), range(101, 131),
                             direction=direction)
            self.held(home, 30, 30)
            self.control(home, 'approve', 'test')
            self.sync(home)
            self.assertEqual(self.folders(home), [{'INBOX': 60},
                                                  {'INBOX': 30}]
                             if direction == 'pull' else
                             [{'INBOX': 30}, {'INBOX': 60}])
            self.user = self.users.pop(0)

    def test_windows(self):
        """What is outside of them is not left over."""
        old, young = '01-Jan-2020 00:00:00 +0000', time.time() - 86400
        home = self.setup(max_age='30d')
        self.there(range(101, 141), date='"%s"' % old)
        self.here(home, range(1, 41), when=int(young))
        self.sync(home)
        self.assertEqual(self.folders(home), [{'INBOX': 40}, {'INBOX': 80}])
        self.user = self.users.pop(0)
        home = self.setup(max_age='30d')
        self.there(range(101, 141))
        self.here(home, range(1, 41))
        self.sync(home)
        self.assertEqual(len(self.remote()['INBOX']), 80)

    def test_new_uidvalidity(self):
        """Other messages under another UIDVALIDITY; and again."""
        home = self.both((), range(101, 131))
        self.sync(home)
        for first in 201, 301:
            with self.imap() as c:
                c.select('INBOX')
                c.store('1:*', '+FLAGS.SILENT', '(\\Deleted)')
                c.expunge()
            self.there(range(first, first + 70))
            self.server.new_uidvalidity(self.user, 'INBOX')
            files = len(self.local(home)['INBOX'])
            self.held(home, files, 70)
            self.assertEqual(len(self.local(home)['INBOX']), files)
            self.control(home, 'approve', 'test/INBOX')
            self.sync(home)
            self.assertEqual(self.assertSame(home), files + 70)
            self.assertQuiet(home)

    def test_lost_database(self):
        home = self.both((), range(101, 131))
        self.sync(home)
        shutil.rmtree(home.state)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 30)
        self.here(home, range(1, 31))
        with self.imap() as c:
            c.select('INBOX')
            c.store('1:*', '+FLAGS.SILENT', '(\\Deleted)')
            c.expunge()
        self.there(range(301, 331))
        shutil.rmtree(home.state)
        self.held(home, 60, 30)

    def test_cut(self):
        """A first pairing that was cut and goes on is not one that does not
        fit, whatever comes meanwhile."""
        self.server.seed(self.user, 60, '--folder', 'INBOX', '--plain',
                         '--median', '20k', '--mean', '20k')
        with Proxy(self.server.port, '--fault',
                   'down after 300000 cut') as proxy:
            home = self.setup(tls='none', port=proxy.port, timeout='5s')
            self.sync(home, status=75)
            proxy.control('clear')
            files = len(self.local(home).get('INBOX', ()))
            self.assertLess(files, 35)
            self.here(home, range(1, 31))
            self.sync(home)
            self.assertEqual(self.assertSame(home), 90)

    def test_what_was_synced_is_no_first_time(self):
        """Much mail on both sides, in a folder that was empty."""
        home = self.both((), ())
        self.sync(home)
        self.there(range(101, 131))
        self.here(home, range(1, 31))
        self.sync(home)
        self.assertEqual(self.assertSame(home), 60)

    def test_moved_into_a_new_folder(self):
        """On both sides at once: each has its other half, elsewhere."""
        home = self.both((), range(1, 81))
        self.sync(home)
        files = sorted(self.local(home)['INBOX'], key=lambda m: m.path)
        self.here(home, (), 'Box')
        for file in files[:30]:
            os.rename(file.path, home.maildir() + '/Box/cur/' +
                      os.path.basename(file.path).split(':')[0] + ':2,')
        with self.imap() as c:
            c.create('Box')
            c.select('INBOX')
            uids = c.uid('SEARCH', 'ALL')[1][0].split()[-30:]
            c.uid('MOVE', b','.join(uids).decode(), 'Box')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 80)


support.main()
