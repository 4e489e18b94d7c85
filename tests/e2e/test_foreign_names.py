#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names that mean something to a file system, a Maildir or another program, on
either side; and what lies beside the folders without being one."""
import os
import shutil
import sqlite3
import subprocess

import support
from oracle import maildir_messages, mutf7_encode, quote, snapshot
from servers import MUTATING

PARTS = 'cur', 'new', 'tmp'


class Case(support.TestCase):
    def make(self, home, path, *numbers):
        """A folder, as a mail program makes it: the path of its directory."""
        path = os.path.join(home.maildir(), path)
        for part in PARTS:
            os.makedirs(path + '/' + part, mode=0o700)
        for number in numbers:
            home.write('%s/cur/17.%d.host:2,S' % (path, number),
                       support.message(number).decode())
        return path

    def create(self, name, *numbers):
        """A folder on the server."""
        with self.imap() as connection:
            self.assertEqual(connection.create(name)[0], 'OK')
        for number in numbers:
            self.append(name, support.message(number))

    def told(self, home, *args, status=0):
        """Syncs: what of the commands changed something or fetched."""
        before = self.mark()
        result = self.sync(home, *args, status=status)
        return result, [c for c in self.since(before)
                        if MUTATING.match(c) or 'BODY.PEEK[]' in c]


class Reserved(Case):
    """Only what a path cannot hold is escaped."""

    def test_there(self):
        for number, name in enumerate(('New', 'Cur', 'x/TMP')):
            self.create(name, number)
        home = self.setup()
        self.sync(home)
        self.assertEqual(self.assertSame(home), 3)
        for path in ('New', 'Cur', 'x/TMP'):
            self.assertTrue(os.path.isdir(home.maildir() + '/%s/cur' % path))
        self.assertQuiet(home)

    def test_here(self):
        home = self.setup()
        self.sync(home)
        for number, path in enumerate(('New', 'Cur', 'INBOX/TMP')):
            self.make(home, path, number)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 3)
        self.assertLessEqual({'New', 'Cur', 'INBOX/TMP'}, set(self.remote()))
        self.assertQuiet(home)

    def old(self, home, path, to):
        """The folder as an earlier version made it."""
        os.rename(home.maildir() + '/' + path, home.maildir() + '/' + to)
        db = sqlite3.connect(home.state + '/test.db')
        with db:
            db.execute('UPDATE folder SET path = ? WHERE path = ?', (to, path))
        db.close()

    def test_of_an_earlier_version(self):
        self.create('New', 1)
        home = self.setup(remove='both')
        self.sync(home)
        self.old(home, 'New', '%4Eew')
        self.append('New', support.message(2))
        _, told = self.told(home)
        self.assertEqual([c for c in told if MUTATING.match(c)], [])
        self.assertFalse(os.path.exists(home.maildir() + '/New'))
        self.assertEqual(len(os.listdir(home.maildir() + '/%4Eew/new')), 2)
        self.assertQuiet(home)
        # And by what is on disk alone.
        os.remove(home.state + '/test.db')
        self.assertEqual(self.told(home)[1], [])
        self.assertFalse(os.path.exists(home.maildir() + '/New'))
        # A second one is not mixed with it.
        self.make(home, 'New', 3)
        _, told = self.told(home, status=1)
        self.assertEqual(told, [])


class LostAndFound(Case):
    def check(self, *numbers):
        self.create('lost+found', *numbers)
        home = self.setup(remove='both')
        os.makedirs(home.maildir() + '/lost+found', mode=0o700)
        self.sync(home)
        self.assertQuiet(home)
        self.assertIn('lost+found', self.remote())
        self.assertEqual(len(self.remote()['lost+found']), len(numbers))
        self.assertEqual(
            len(os.listdir(home.maildir() + '/%6Cost+found/new')),
            len(numbers))
        self.assertEqual(os.listdir(home.maildir() + '/lost+found'), [])

    def test_empty(self):
        self.check()

    def test_with_messages(self):
        self.check(1, 2)

    def test_of_an_earlier_version(self):
        self.create('lost+found')
        home = self.setup(remove='both')
        self.sync(home)
        Reserved.old(self, home, '%6Cost+found', 'lost+found')
        self.append('lost+found', support.message(1))
        self.sync(home)
        self.assertIn('lost+found', self.remote())
        self.assertEqual(len(os.listdir(home.maildir() + '/lost+found/new')),
                         1)
        self.assertQuiet(home)


class Links(Case):
    """Links are not followed; one that is no folder's is nobody's."""

    def test_beside_the_folders(self):
        for layout in 'fs', 'maildir++':
            with self.subTest(layout):
                home = self.setup(layout=layout)
                self.append('INBOX', support.message(1))
                self.sync(home)
                root = home.maildir()
                elsewhere = home.home + '/elsewhere'
                for part in PARTS:
                    os.makedirs(elsewhere + '/' + part)
                dot = '' if layout == 'fs' else '.'
                os.symlink('ann@host.4711:1', root + '/' + dot + '#x')
                os.symlink(elsewhere, root + '/' + dot + 'Elsewhere')
                os.symlink(root, root + '/' + dot + 'itself')
                os.mkdir(root + '/' + dot + 'Broken')
                os.symlink('/none', root + '/' + dot + 'Broken/cur')
                self.assertEqual(self.told(home)[1], [])
                self.assertQuiet(home)

    def test_in_place_of_a_folder(self):
        """It may be a disk that is not mounted: nothing has gone."""
        self.create('Old/deep', 2)
        self.create('Old', 1)
        home = self.setup(remove='both', delete_limit='none')
        self.sync(home)
        os.rename(home.maildir() + '/Old', home.home + '/Old')
        os.symlink(home.home + '/Old', home.maildir() + '/Old')
        for _ in range(2):
            result, told = self.told(home, status=1)
            self.assertEqual(told, [])
            self.assertIn('-> links', result.err)
        os.remove(home.maildir() + '/Old')
        os.rename(home.home + '/Old', home.maildir() + '/Old')
        self.assertEqual(self.told(home)[1], [])
        self.assertEqual(self.assertSame(home), 2)

    def test_where_a_folder_is_to_be_made(self):
        self.create('Fresh', 1)
        self.append('INBOX', support.message(2))
        home = self.setup()
        os.makedirs(home.maildir(), mode=0o700)
        os.symlink('/none', home.maildir() + '/Fresh')
        result = self.sync(home, status=1)
        self.assertIn('test/Fresh', result.err)
        self.assertEqual(len(self.local(home)['INBOX']), 1)
        self.assertEqual(self.told(home, status=1)[1], [])


class Keys(Case):
    """How names are written is for the keys to say."""
    NAMES = ('A', 'A/B', 'Entw\u00fcrfe', 'Entw\u00fcrfe/\u00dcbersicht',
             'R&D', 'INBOX/x')

    def check(self, paths, **keys):
        for number, name in enumerate(self.NAMES):
            self.create(quote(mutf7_encode(name)))
            self.append(quote(mutf7_encode(name)), support.message(number))
        self.append('INBOX', support.message(99))
        home = self.setup(include='A, A/B, Entw*, Neuw*, R&D, Z*, INBOX*', **keys)
        self.sync(home)
        self.assertEqual(
            set(maildir_messages(home.maildir(), raw=True)), set(paths))
        # And back: what is made here has that name there.
        for path in paths:
            if path.endswith('sicht'):
                self.make(home, path.replace('Entw', 'Neuw'), 50)
        self.sync(home)
        self.assertIn('Neuw\u00fcrfe/\u00dcbersicht', self.remote())
        self.assertQuiet(home)
        with self.imap() as connection:
            connection.rename('A', 'Z')
        _, told = self.told(home)
        self.assertEqual(told, [])
        self.assertIn(self.RENAMED[keys['separator']],
                      maildir_messages(home.maildir(), raw=True))
        # What is in sync stays where it is.
        home.accounts['test']['separator'] = '/'
        home.accounts['test']['local_names'] = 'utf8'
        home.save()
        if keys['separator'] != '/.':
            self.assertEqual(self.told(home)[1], [])

    RENAMED = {'/': 'Z/B', '.': 'Z.B', '/.': 'Z/.B'}

    def test_mutf7(self):
        self.check({'INBOX', 'A', 'A/B', 'Entw&APw-rfe', 'R&-D', 'INBOX/x',
                    'Entw&APw-rfe/&ANw-bersicht'},
                   separator='/', local_names='mutf7')

    def test_dots(self):
        self.check({'INBOX', 'A', 'A.B', 'Entw&APw-rfe', 'R&-D', 'INBOX.x',
                    'Entw&APw-rfe.&ANw-bersicht'},
                   separator='.', local_names='mutf7')

    def test_dots_below(self):
        self.check({'INBOX', 'A', 'A/.B', 'Entw\u00fcrfe', 'R&D', 'INBOX/.x',
                    'Entw\u00fcrfe/.\u00dcbersicht'},
                   separator='/.', local_names='utf8')


class Patterns(Case):
    def test_one_that_matches_nothing(self):
        self.append('INBOX', support.message(1))
        home = self.setup(include='Inobx, Sent, \\Junk, Nothing/*',
                          exclude='Drafts')
        result = self.sync(home)
        self.assertIn('include = Inobx matches no folder '
                      '(did you mean "INBOX"?)', result.err)
        self.assertIn('include = Nothing/* matches no folder', result.err)
        self.assertEqual(result.err.count('matches no folder'), 2)
        # A folder that is to be made there is one.
        self.make(home, 'Nothing/at/all', 2)
        self.assertNotIn('Nothing/*', self.sync(home).err)


class LongNames(Case):
    def test_flags(self):
        """A file name that leaves no room for flags is left."""
        self.append('INBOX', support.message(1))
        home = self.setup()
        self.sync(home)
        for length in range(250, 256):
            home.write('%s/INBOX/new/%s' % (home.maildir(), 'x' * length),
                       support.message(length).decode())
        self.sync(home)
        self.store('INBOX', '1:*', '+FLAGS', '\\Seen')
        with self.imap() as connection:
            connection.select('INBOX')
            connection.uid('STORE', '1', '+FLAGS', '(\\Deleted)')
            connection.uid('EXPUNGE', '1')
        self.assertEqual([c for c in self.told(home)[1] if 'BODY' in c], [])
        self.assertEqual(self.assertSame(home), 6)
        self.assertQuiet(home)


MBSYNC = """
IMAPAccount there
Host 127.0.0.1
Port {port}
User {user}
Pass secret
SSLType None
AuthMechs LOGIN

IMAPStore there
Account there

MaildirStore here
{store}

Channel all
Far :there:
Near :here:
Patterns *
Create Near
Sync Pull
SyncState {home}/
"""

OFFLINEIMAP = """
[general]
accounts = all
metadata = {home}/offlineimap
ui = quiet

[Account all]
localrepository = here
remoterepository = there

[Repository here]
type = Maildir
localfolders = {root}
sep = .

[Repository there]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = secret
ssl = no
starttls = no
"""

PATH = 'Path {root}/\nInbox {root}/%s\nSubFolders %s'


class Programs(Case):
    """Maildirs that other programs have filled."""
    NAMES = 'A', 'A/B', 'Entw\u00fcrfe', 'Entw\u00fcrfe/R&D'

    def fill(self, program, config, store=''):
        if not shutil.which(program):
            self.skipTest(program + ' is not installed')
        for number, name in enumerate(self.NAMES):
            self.create(quote(mutf7_encode(name)))
            self.append(quote(mutf7_encode(name)), support.message(number))
        self.append('INBOX', support.message(99))
        home = self.setup()
        facts = {'home': home.home, 'root': home.maildir(),
                 'port': self.server.port, 'user': self.user}
        os.makedirs(home.maildir(), mode=0o700)
        rc = home.home + '/rc'
        home.write(rc, config.format(store=store.format(**facts), **facts))
        args = ['-a'] if program == 'mbsync' else ['-o']
        subprocess.run([program, '-c', rc, *args], env=home.environment(),
                       check=True, timeout=120, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        for path, directories, _ in os.walk(home.maildir()):
            os.chmod(path, 0o700)
        return home

    def folders(self, home):
        return set(maildir_messages(home.maildir(), raw=True, strict=False))

    def check(self, home, **keys):
        """With the default keys it is refused, with these it is taken."""
        here, there = self.folders(home), set(self.remote())
        before = snapshot(home.maildir())
        for args in ['--dry-run'], []:
            result, told = self.told(home, *args, status=1)
            self.assertEqual(told, [])
            for key, value in keys.items():
                self.assertIn('%s = %s' % (key, value), result.err)
            after = snapshot(home.maildir())
            for path in home.maildir(), home.maildir() + '/.imapsyncd':
                before.pop(path, None)
                after.pop(path, None)
            self.assertEqual(after, before)
        home.accounts['test'].update(keys)
        home.save()
        result = home.run('--once')
        self.assertIn(result.status, (0, 1), result)
        self.assertEqual(self.folders(home), here)
        self.assertEqual(set(self.remote()), there)

    def test_mbsync_verbatim(self):
        home = self.fill('mbsync', MBSYNC, PATH % ('INBOX', 'Verbatim'))
        self.check(home, local_names='mutf7')

    def test_mbsync_inbox(self):
        home = self.fill('mbsync', MBSYNC, PATH % ('Inbox', 'Verbatim'))
        self.check(home, local_names='mutf7', inbox='Inbox')

    def test_mbsync_legacy(self):
        home = self.fill('mbsync', MBSYNC, PATH % ('INBOX', 'Legacy'))
        self.check(home, local_names='mutf7', separator='/.')

    def test_mbsync_maildirpp(self):
        home = self.fill('mbsync', MBSYNC,
                         'Inbox {root}\nSubFolders Maildir++')
        self.check(home, local_names='mutf7', layout='maildir++')

    def test_offlineimap(self):
        home = self.fill('offlineimap', OFFLINEIMAP)
        self.check(home, local_names='mutf7', separator='.')

    def test_the_other_layout(self):
        """A Maildir of our own, read by the wrong layout."""
        self.create('A/B', 1)
        for number, (is_, seems) in enumerate((('fs', 'maildir++'),
                                               ('maildir++', 'fs'))):
            home = self.setup(layout=is_)
            self.sync(home)
            os.remove(home.state + '/test.db')
            home.accounts['test']['layout'] = seems
            home.save()
            result, told = self.told(home, status=1)
            self.assertEqual(told, [])
            self.assertIn('layout = ' + is_, result.err)
            home.accounts['test']['layout'] = is_
            home.save()
            self.assertEqual(self.told(home)[1], [])

    def test_in_the_root(self):
        """INBOX in the root, and yet no Maildir++."""
        self.create('A', 1)
        home = self.setup()
        self.make(home, '', 2)
        self.make(home, 'A', 1)
        result, told = self.told(home, status=1)
        self.assertEqual(told, [])
        self.assertIn('move cur, new and tmp', result.err)

    def test_beside_us(self):
        """It goes on, and makes one more folder in its own way."""
        home = self.setup()
        self.sync(home)
        self.make(home, 'Entw&APw-rfe', 1)
        self.make(home, 'Good', 2)
        result, told = self.told(home, status=1)
        self.assertIn('modified UTF-7', result.err)
        self.assertIn('Good', self.remote())
        self.assertEqual([c for c in told if 'CREATE' in c and 'Entw' in c],
                         [])


support.main()
