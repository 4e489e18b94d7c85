#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is held back, and what a person can do about it: approve, restore, undo,
verify."""
import os
import shutil
import subprocess

import support

CTL = os.path.join(os.path.dirname(support.PROGRAM), 'imapsyncctl')


class Case(support.TestCase):
    def seed(self, count=40, **keys):
        self.server.seed(self.user, count, '--folder', 'INBOX', '--plain',
                         '--median', '300', '--mean', '400')
        self.append('Sent', support.message(1))
        home = self.setup(**keys)
        self.sync(home)
        return home

    def ctl(self, home, *args, status=0):
        done = subprocess.run([CTL, '-c', home.ini, *args], cwd=home.home,
                              env=home.environment(), timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, status,
                         '%s\n%s' % (done.stdout, done.stderr))
        return done.stdout

    def empty(self, home, folder='INBOX'):
        for file in self.local(home)[folder]:
            os.unlink(file.path)

    def expunge(self, folder, uids):
        with self.imap() as c:
            c.select(folder)
            c.uid('STORE', uids, '+FLAGS.SILENT', '(\\Deleted)')
            c.expunge()

    def assertHeld(self, result):
        self.assertStatus(result, 1)
        self.assertIn('-> if they are to be deleted: imapsyncctl approve '
                      'test/INBOX; to bring them back: imapsyncctl restore '
                      'test/INBOX', result.err)


class Guard(Case):
    def test_emptied_here_approved(self):
        home = self.seed()
        self.empty(home)
        self.append('INBOX', support.message(5))
        self.assertHeld(home.run('--once'))
        self.assertEqual(len(self.remote()['INBOX']), 41)
        self.assertEqual(len(self.local(home)['INBOX']), 1)
        self.assertHeld(home.run('--once'))
        out = self.ctl(home, 'approve', 'test/INBOX')
        self.assertIn('test/INBOX the next sync deletes 40 messages', out)
        self.sync(home)
        self.assertEqual(len(self.remote()['INBOX']), 1)
        self.assertSame(home)
        self.assertQuiet(home)

    def test_emptied_here_restored(self):
        home = self.seed()
        self.empty(home)
        self.assertHeld(home.run('--once'))
        self.ctl(home, 'restore', 'test')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 41)
        self.assertQuiet(home)

    def test_approval_is_for_what_was_held(self):
        """More is gone by now than somebody has agreed to."""
        home = self.seed(60)
        files = self.local(home)['INBOX']
        for file in files[:30]:
            os.unlink(file.path)
        self.assertHeld(home.run('--once'))
        self.ctl(home, 'approve', 'test')
        for file in files[30:]:
            os.unlink(file.path)
        self.assertHeld(home.run('--once'))
        self.assertEqual(len(self.remote()['INBOX']), 60)

    def test_emptied_there(self):
        home = self.seed()
        self.expunge('INBOX', '1:*')
        self.assertHeld(home.run('--once'))
        self.assertEqual(len(self.local(home)['INBOX']), 40)
        self.ctl(home, 'restore', 'test/INBOX')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 41)
        self.assertQuiet(home)

    def test_emptied_there_approved(self):
        home = self.seed()
        self.expunge('INBOX', '1:*')
        self.assertHeld(home.run('--once'))
        self.ctl(home, 'approve', 'test/INBOX')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 1)
        self.assertQuiet(home)

    def test_nothing_held(self):
        home = self.seed(3)
        self.assertIn('nothing is held', self.ctl(home, 'approve', 'test'))
        self.ctl(home, 'approve', 'nobody', status=64)
        self.ctl(home, 'approve', 'test/nothing', status=64)


class Root(Case):
    def lost(self, home, remove):
        remove(home.mail + '/test')
        result = home.run('--once')
        self.assertStatus(result, 1)
        self.assertIn('imapsyncctl restore test', result.err)
        self.assertEqual(len(self.remote()['INBOX']), 40)

    def test_missing_restored(self):
        home = self.seed()
        self.lost(home, shutil.rmtree)
        self.ctl(home, 'restore', 'test')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 41)
        self.assertQuiet(home)

    def test_replaced_by_an_empty_one(self):
        home = self.seed()

        def replace(path):
            shutil.rmtree(path)
            os.mkdir(path, 0o700)
        self.lost(home, replace)
        self.ctl(home, 'approve', 'test')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 0)


class Backup(Case):
    """An older copy of either is put back: what it lacks was not deleted."""

    def keep(self, path):
        shutil.copytree(path, path + '.old', copy_function=shutil.copy2)

    def put_back(self, path):
        shutil.rmtree(path)
        os.rename(path + '.old', path)

    def test_older_maildir(self):
        home = self.seed(20)
        self.keep(home.mail + '/test')
        for i in range(3):
            self.append('INBOX', support.message(50 + i))
        self.sync(home)
        self.put_back(home.mail + '/test')
        result = home.run('--once')
        self.assertHeld(result)
        self.assertIn('older copy', result.err)
        self.assertEqual(len(self.remote()['INBOX']), 23)
        # It is not forgotten.
        self.assertHeld(home.run('--once'))
        self.assertEqual(len(self.remote()['INBOX']), 23)
        self.ctl(home, 'restore', 'test')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 24)
        self.assertQuiet(home)
        # And afterwards a deletion is one.
        os.unlink(self.local(home)['INBOX'][0].path)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 23)

    def test_older_database(self):
        home = self.seed(20)
        self.keep(home.state)
        for i in range(3):
            self.append('INBOX', support.message(50 + i))
        self.sync(home)
        self.put_back(home.state)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 24)
        self.assertQuiet(home)


class Undo(Case):
    def test_deleted_there(self):
        home = self.seed(20)
        self.expunge('INBOX', '3:5')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 18)
        out = self.ctl(home, 'undo', '--list', 'test')
        self.assertEqual(out.count('kept in the local trash'), 3)
        out = self.ctl(home, 'undo', 'test/INBOX')
        self.assertIn('3 files are back', out)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 21)
        self.assertQuiet(home)
        self.assertIn('nothing was deleted',
                      self.ctl(home, 'undo', '--list', 'test'))

    def test_deleted_here(self):
        home = self.seed(20, trash='Trash')
        with self.imap() as c:
            c.create('Trash')
        self.sync(home)
        for file in self.local(home)['INBOX'][:3]:
            os.unlink(file.path)
        self.sync(home)
        self.sync(home)
        self.assertEqual(len(self.local(home)['Trash']), 3)
        out = self.ctl(home, 'undo', '--since', '1h', 'test')
        self.assertIn('3 messages are moved back', out)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 21)
        self.assertEqual(len(self.local(home)['INBOX']), 20)
        self.assertQuiet(home)

    def test_deleted_for_good(self):
        home = self.seed(20)
        os.unlink(self.local(home)['INBOX'][0].path)
        self.sync(home)
        self.ctl(home, 'undo', 'test', status=1)
        self.ctl(home, 'undo', '--since', 'yesterday', 'test', status=64)


class Verify(Case):
    def test_in_sync(self):
        home = self.seed(20)
        out = self.ctl(home, 'verify')
        self.assertIn('test/INBOX 20 on the server, 20 in the database, 20 '
                      'files: in sync\n', out)
        self.ctl(home, 'verify', '--full', 'test/INBOX')
        self.assertQuiet(home)

    def test_differences(self):
        home = self.seed(20)
        files = self.local(home)['INBOX']
        os.unlink(files[0].path)
        with open(files[1].path, 'r+') as f:
            f.write('X')
        os.utime(files[1].path, (files[1].message.date,) * 2)
        home.write(home.mail + '/test/INBOX/new/17.x.host', 'A: b\n\nc\n')
        self.expunge('INBOX', '9')
        self.append('INBOX', support.message(5))
        before = support.snapshot(home.mail), support.databases(home)
        commands = len(self.server.mutating(self.user))
        out = self.ctl(home, 'verify', '--full', status=1)
        self.assertEqual((support.snapshot(home.mail),
                          support.databases(home)), before)
        self.assertEqual(len(self.server.mutating(self.user)), commands)
        for what in ('has no file', 'not on the server',
                     'on the server, but not in the database',
                     '1 files are not in the database',
                     'has other content than what was synced'):
            self.assertIn(what, out)


support.main()
