#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where folders go: both layouts, names of every kind, and which folders are
mirrored at all."""
import collections
import os

import support
from oracle import maildir_messages, mutf7_encode, quote, snapshot

# What a server may call a folder and a path must survive. The server stores
# these in an index, so that it refuses next to nothing.
HOSTILE = ['..', '../x', '../../../../tmp/imapsyncd-escaped', 'a/../../b',
           '.hidden', '.imapsyncd', 'cur', 'new', 'tmp', 'CUR', 'foo/cur',
           'new/msg', 'a..b', 'a.b', '%41', '%2F', '%', '*', 'q"uote', 'con\\x',
           'sp ace ', '-n', '~', '~root', 'a&b', 'Caf\u00e9', 'Cafe\u0301',
           'case', 'CASE', 'INBOX/Sub', 'inbox2', '\u65e5\u672c\u8a9e/\U0001f4ec',
           'x' * 200, 'dovecot-keywords', 'foo/dovecot-keywords']


class Layouts(support.TestCase):
    def seed(self, **keys):
        self.server.seed(self.user, 80, '--folders', '16', '--plain',
                         '--median', '1k', '--mean', '2k')
        home = self.setup(**keys)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 80)
        self.assertQuiet(home)
        return home.mail + '/test'

    def test_fs(self):
        root = self.seed(layout='fs')
        for path in ('INBOX', 'Archive/2024/Q1', 'K\u00e4se & Brot',
                     'Projekte/\u00dcbergr\u00f6\u00dfe/Entw\u00fcrfe',
                     '\u65e5\u672c\u8a9e/\u30e1\u30fc\u30eb'):
            self.assertTrue(os.path.isdir(os.path.join(root, path, 'cur')),
                            path)

    def test_maildirpp(self):
        root = self.seed(layout='maildir++')
        for path in ('', '.Archive.2024.Q1', '.K\u00e4se & Brot',
                     '.Projekte.\u00dcbergr\u00f6\u00dfe.Entw\u00fcrfe'):
            self.assertTrue(os.path.isdir(os.path.join(root, path, 'cur')),
                            path)

    def test_name_of_the_inbox(self):
        root = self.seed(layout='fs', inbox='Eingang')
        self.assertTrue(os.path.isdir(root + '/Eingang/cur'))
        self.assertFalse(os.path.exists(root + '/INBOX'))

    def test_path_of_ones_own(self):
        home = self.setup()
        home.accounts['test']['maildir'] = home.home + '/else/where'
        home.save()
        self.append('INBOX', support.message(1))
        self.sync(home)
        self.assertSame(home)
        self.assertFalse(os.path.exists(home.mail))


class Names(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in 'indexf', 'indexm':
            cls.server.add_user(user, support.PASSWORD,
                                'userdb_mail=sdbox:~/sdbox:LAYOUT=index')

    def seed(self, layout):
        self.user = 'index' + layout[0]
        with self.imap() as connection:
            for number, name in enumerate(HOSTILE):
                wire = quote(mutf7_encode(name))
                answer = connection.create(wire)
                self.assertEqual(answer[0], 'OK', (name, answer))
                answer = connection.append(wire, None, None,
                                           support.message(number).replace(
                                               b'\n', b'\r\n'))
                self.assertEqual(answer[0], 'OK', (name, answer))

    def check(self, layout):
        self.seed(layout)
        home = self.setup(layout=layout)
        outside = set(os.listdir(home.home))
        self.sync(home)
        # Which name became which path does not matter, as long as each has
        # one of its own.
        here = maildir_messages(home.mail + '/test', layout, raw=True)
        self.assertEqual(
            collections.Counter(tuple(f.message for f in files)
                                for files in here.values()),
            collections.Counter(tuple(messages.values())
                                for messages in self.remote().values()))
        self.assertEqual(set(os.listdir(home.home)) - outside,
                         {'Mail', 'state'})
        self.assertEqual(os.listdir(home.mail), ['test'])
        self.assertFalse(os.path.exists('/tmp/imapsyncd-escaped'))
        self.assertQuiet(home)

    def test_fs(self):
        self.check('fs')

    def test_maildirpp(self):
        self.check('maildir++')


class Separator(support.TestCase):
    """The user "dot" of the server has '.' between the levels."""

    def test_dot(self):
        self.user = 'dot'
        self.server.doveadm('mailbox', 'create', '-u', 'dot', 'Lists.kernel')
        self.append('Lists.kernel', support.message(1))
        home = self.setup(exclude='Lists/k*')
        self.sync(home)
        self.assertFalse(os.path.exists(home.mail + '/test/Lists'))
        home.accounts['test']['exclude'] = None
        home.save()
        self.sync(home)
        self.assertEqual(self.assertSame(home), 1)
        self.assertTrue(os.path.isdir(home.mail + '/test/Lists/kernel/cur'))


class Choice(support.TestCase):
    FOLDERS = ['Lists/a', 'Lists/b', 'Lists/b/old', 'Work', 'Work/2024']

    def folders(self, **keys):
        """What of the server's folders is mirrored with these keys."""
        for name in self.FOLDERS:
            self.server.doveadm('mailbox', 'create', '-u', self.user, name)
        home = self.setup(**keys)
        self.sync(home)
        return set(self.local(home))

    def test_exclude(self):
        self.assertEqual(
            self.folders(exclude=['Lists/%', 'Work*, Archive']),
            {'INBOX', 'Lists/b/old', 'Drafts', 'Sent', 'Trash', 'Junk'})

    def test_first_include_means_all_else_is_out(self):
        self.assertEqual(self.folders(include=['INBOX', 'Work*']),
                         {'INBOX', 'Work', 'Work/2024'})

    def test_special_use(self):
        self.assertEqual(
            self.folders(exclude='\\Junk, \\Trash, Lists*, Work*'),
            {'INBOX', 'Archive', 'Drafts', 'Sent'})

    def test_subscribed_only(self):
        self.server.doveadm('mailbox', 'create', '-u', self.user, 'Unwanted')
        self.assertNotIn('Unwanted', self.folders(subscribed_only='yes'))

    def test_an_excluded_folder_is_left_alone(self):
        self.append('Sent', support.message(1))
        home = self.setup()
        self.sync(home)
        before = snapshot(home.mail + '/test/Sent')
        home.accounts['test']['exclude'] = 'Sent'
        home.save()
        self.append('Sent', support.message(2))
        self.sync(home)
        self.assertEqual(snapshot(home.mail + '/test/Sent'), before)

    def test_no_create(self):
        home = self.setup(create='none')
        result = home.run('--once')
        self.assertIn(result.status, (0, 1), result)
        self.assertEqual(self.local(home), {})


support.main()
