#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A name that is there and cannot be read as a message is no message that was
deleted: nothing goes on the server for its sake, and it is said."""
import os
import pwd
import shutil

import support
from support import message


class Unreadable(support.TestCase):
    def synced(self):
        """Three messages in INBOX, one in Box, in sync."""
        with self.imap() as connection:
            connection.create('Box')
        for n in range(1, 4):
            self.append('INBOX', message(n), '\\Seen' if n % 2 else '')
        self.append('Box', message(9))
        home = self.setup(trash=None, remove='both')
        self.sync(home)
        return home

    def files(self, home, folder='INBOX'):
        """The message files, and nothing else."""
        found = [entry for sub in ('new', 'cur') for entry in
                 os.scandir('%s/%s/%s' % (home.maildir(), folder, sub))]
        return sorted(x.path for x in found
                      if x.is_file(follow_symlinks=False))

    def path(self, home, n, folder='INBOX'):
        for path in self.files(home, folder):
            with open(path, 'rb') as f:
                if b'Subject: message %d\n' % n in f.read():
                    return path
        raise AssertionError('message %d is not in %s' % (n, folder))

    def uids(self, folder='INBOX'):
        return sorted(self.remote()[folder])

    def assertKept(self, home, path, what):
        """Sync after sync the server keeps all, and the file is named."""
        for args in (), ('--full',), ():
            before = self.mark()
            result = self.sync(home, *args, status=1)
            self.assertEqual(self.uids(), [1, 2, 3])
            self.assertEqual([c for c in self.since(before)
                              if 'EXPUNGE' in c or 'MOVE' in c], [])
            self.assertIn('test/INBOX', result.err)
            self.assertIn(os.path.basename(path).split(':')[0], result.err)
            self.assertRegex(result.err, what + r'.*\n +-> ')
            self.assertTrue(os.path.lexists(path))


class InTheWay(Unreadable):
    """Something else in the place of a message."""

    def replaced(self, put, what='no regular file'):
        """What put(path) leaves in the place of a message."""
        home = self.synced()
        path = self.path(home, 2)
        data = open(path, 'rb').read()
        os.unlink(path)
        put(path)
        self.assertKept(home, path, what)
        result = home.control('verify')
        self.assertStatus(result, 1)
        self.assertIn('uid=2 has a link or a directory', result.out)
        self.goes_on(home)
        self.back(home, path, data)
        return home

    def goes_on(self, home):
        """Everything else is synced: new mail, flags, and deletions here of
        what was a file."""
        self.append('INBOX', message(4))
        self.store('INBOX', '2:3', '+FLAGS', '\\Flagged')
        self.sync(home, status=1)
        self.assertEqual(len(self.files(home)), 3)
        os.unlink(self.path(home, 4))
        self.sync(home, status=1)
        self.assertEqual(self.uids(), [1, 2, 3])

    def back(self, home, path, data):
        """The message is put back in its place: it never was away."""
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        else:
            os.unlink(path)
        st = os.stat(self.path(home, 1))
        with open(path, 'wb') as f:
            f.write(data)
        date = [m.date for m in self.remote()['INBOX'].values()][1]
        os.utime(path, (date, date))
        os.chmod(path, st.st_mode & 0o777)
        self.sync(home)
        self.assertEqual(self.uids(), [1, 2, 3])
        self.assertEqual(self.assertSame(home), 4)

    def test_link_to_the_same_mail(self):
        """As rdfind -makesymlinks and jdupes -l leave it."""
        home = self.synced()
        aside = home.home + '/copy'
        shutil.copy(self.path(home, 2), aside)
        path = self.path(home, 2)
        os.unlink(path)
        os.symlink(aside, path)
        self.assertKept(home, path, 'no regular file')

    def test_dangling_link(self):
        self.replaced(lambda path: os.symlink('/nowhere/at/all', path))

    def test_pipe(self):
        self.replaced(os.mkfifo)

    def test_directory(self):
        self.replaced(os.mkdir)

    def test_gone_on_the_server_too(self):
        """What has the place of a message is not thrown away."""
        home = self.synced()
        path = self.path(home, 2)
        os.unlink(path)
        os.mkdir(path)
        with self.imap() as connection:
            connection.select('INBOX')
            connection.uid('STORE', '2', '+FLAGS', '(\\Deleted)')
            connection.uid('EXPUNGE', '2')
        self.sync(home, status=1)
        self.assertTrue(os.path.isdir(path))
        os.rmdir(path)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 3)

    def test_link_without_a_row(self):
        """Nobody's message: nothing to be said of it."""
        home = self.synced()
        os.symlink('/etc/passwd', home.maildir() + '/INBOX/new/17.x.host')
        self.sync(home)
        self.assertEqual(self.uids(), [1, 2, 3])


class NotPermitted(Unreadable):
    def as_nobody(self, home):
        """Permissions mean nothing to root."""
        if os.getuid() == 0:
            nobody = pwd.getpwnam('nobody')
            for top, _, files in os.walk(home.home):
                for path in [top] + [os.path.join(top, f) for f in files]:
                    os.lchown(path, nobody.pw_uid, nobody.pw_gid)
            home.prefix = ['setpriv', '--reuid', str(nobody.pw_uid), '--regid',
                           str(nobody.pw_gid), '--clear-groups']

    def test_content_not_permitted(self):
        """Other content, which nobody can read: neither is the message gone,
        nor is what it was known for ever."""
        home = self.synced()
        path = self.path(home, 2)
        with open(path, 'ab') as f:
            f.write(b'and more\n')
        os.chmod(path, 0)
        self.as_nobody(home)
        self.assertKept(home, path, 'Permission denied')
        os.chmod(path, 0o600)
        self.sync(home)
        self.assertEqual(self.uids(), [1, 3, 4])
        self.assertEqual(self.assertSame(home), 4)

    def cut_off(self, home, hide, show):
        """A folder's directory that cannot be read: what is missing in others
        may be in it, and waits."""
        os.unlink(self.path(home, 3))
        hide()
        for _ in range(2):
            result = home.run('--once')
            self.assertIn(result.status, (1, 73, 74))
            self.assertRegex(result.err, r'test/Box: .*\n +-> ')
            self.assertEqual((self.uids(), self.uids('Box')),
                             ([1, 2, 3], [1]))
        self.append('INBOX', message(5))
        home.run('--once')
        self.assertEqual(len(self.files(home)), 3)
        show()
        self.sync(home)
        self.assertEqual((self.uids(), self.uids('Box')), ([1, 2, 4], [1]))

    def no_directory(self, what):
        home = self.synced()
        box = home.maildir() + '/Box/' + what

        def hide():
            os.rename(box, home.home + '/' + what)
            with open(box, 'w'):
                pass

        def show():
            os.unlink(box)
            os.rename(home.home + '/' + what, box)
        self.cut_off(home, hide, show)

    def test_cur_is_no_directory(self):
        self.no_directory('cur')

    def test_new_is_no_directory(self):
        self.no_directory('new')

    def not_permitted(self, what):
        home = self.synced()
        self.as_nobody(home)
        box = home.maildir() + '/Box/' + what
        self.cut_off(home, lambda: os.chmod(box, 0),
                     lambda: os.chmod(box, 0o700))

    def test_cur_is_not_permitted(self):
        self.not_permitted('cur')

    def test_new_is_not_permitted(self):
        self.not_permitted('new')


support.main()
