#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Flags and keywords in both directions, in as few commands as possible."""
import os
import re

import support
from oracle import LETTERS, keywords_of

LETTER_OF = {flag: letter for letter, flag in LETTERS.items()}


def change(path, add='', remove=''):
    """Re-flags a file as a mail program does: by renaming it into cur/."""
    folder = os.path.dirname(os.path.dirname(path))
    unique, _, letters = os.path.basename(path).partition(':2,')
    letters = ''.join(sorted((set(letters) | set(add)) - set(remove)))
    new = '%s/cur/%s:2,%s' % (folder, unique, letters)
    os.rename(path, new)
    return new


class Flags(support.TestCase):
    def seed(self, count=60):
        self.server.seed(self.user, count, '--folder', 'INBOX', '--plain',
                         '--median', '1k', '--mean', '2k', '--no-keywords')
        home = self.setup()
        self.sync(home)
        return home

    def files(self, home):
        """{uid: path} of INBOX."""
        path = {f.message.sha: f.path for f in self.local(home)['INBOX']}
        return {uid: path[m.sha] for uid, m in self.remote()['INBOX'].items()}

    def flags(self, uid):
        return self.remote()['INBOX'][uid].flags

    def test_every_flag_from_the_server(self):
        home = self.seed()
        for number, flag in enumerate(['\\Seen', '\\Answered', '\\Flagged',
                                       '\\Deleted', '\\Draft', '$Forwarded'],
                                      1):
            self.store('INBOX', str(number), 'FLAGS', '')
            self.store('INBOX', str(number + 10), 'FLAGS', flag)
        self.sync(home)
        self.assertSame(home)
        self.assertQuiet(home)

    def test_every_flag_to_the_server(self):
        home = self.seed()
        paths = self.files(home)
        for uid, letter in enumerate('SRFTDP', 1):
            change(paths[uid], add=letter)
            change(paths[uid + 10], remove=letter)
        self.sync(home)
        self.assertSame(home)
        self.assertQuiet(home)

    def test_each_flag_is_merged_on_its_own(self):
        home = self.seed()
        self.store('INBOX', '1:4', 'FLAGS', '')
        self.store('INBOX', '5', 'FLAGS', '\\Seen \\Flagged')
        self.sync(home)
        paths = self.files(home)
        self.store('INBOX', '1', '+FLAGS', '\\Flagged')     # other flags
        change(paths[1], add='S')
        self.store('INBOX', '2', '+FLAGS', '\\Seen')        # the same flag
        change(paths[2], add='S')
        self.store('INBOX', '5', '-FLAGS', '\\Seen')        # away and to
        change(paths[5], add='R', remove='F')
        self.sync(home)
        self.assertSame(home)
        self.assertEqual(self.flags(1), {'\\Flagged', '\\Seen'})
        self.assertEqual(self.flags(2), {'\\Seen'})
        self.assertEqual(self.flags(5), {'\\Answered'})
        self.assertQuiet(home)

    def test_stores_are_grouped(self):
        home = self.seed(400)
        self.store('INBOX', '1:400', 'FLAGS', '')
        self.sync(home)
        before = len(self.server.commands(self.user))
        for uid, path in self.files(home).items():
            if uid <= 200:
                path = change(path, add='S')
            if 100 < uid <= 300 and uid % 2:
                change(path, add='F')
        before = len(self.server.commands(self.user))
        self.sync(home)
        after = self.server.commands(self.user)[before:]
        stores = [c for c in after if c.startswith('UID STORE')]
        self.assertSame(home)
        self.assertLessEqual(len(stores), 6, stores)
        self.assertTrue(any(re.search(r'\d:\d', c) for c in stores), stores)
        for c in stores:
            self.assertRegex(c, r'[+-]FLAGS\.SILENT \(')

    def test_unchanged_flags_make_no_rename(self):
        home = self.seed()
        before = {f.inode: f.path for f in self.local(home)['INBOX']}
        self.store('INBOX', '7', '+FLAGS', '\\Answered')
        self.sync(home)
        after = {f.inode: f.path for f in self.local(home)['INBOX']}
        self.assertEqual(set(after), set(before), 'a flag is a rename')
        self.assertEqual(sum(before[i] != after[i] for i in before), 1)

    def test_letters_of_others_survive(self):
        """A letter without a meaning stays on the file."""
        home = self.seed()
        path = self.files(home)[3]
        folder = os.path.dirname(os.path.dirname(path))
        unique, _, letters = os.path.basename(path).partition(':2,')
        strange = '%s/cur/%s:2,%s' % (folder, unique,
                                      ''.join(sorted(letters + 'X')))
        os.rename(path, strange)
        self.store('INBOX', '3', '+FLAGS', '\\Answered')
        self.sync(home)
        names = [n for n in os.listdir(folder + '/cur')
                 if n.startswith(unique)]
        self.assertEqual(len(names), 1)
        self.assertIn('X', names[0].partition(':2,')[2])
        self.assertIn('R', names[0].partition(':2,')[2])


class Keywords(support.TestCase):
    def seed(self, *options):
        self.server.seed(self.user, 40, '--folder', 'INBOX', '--plain',
                         '--median', '1k', '--mean', '2k', *options)
        home = self.setup()
        self.sync(home)
        return home

    def test_from_the_server(self):
        home = self.seed()
        self.store('INBOX', '1:3', '+FLAGS', 'Shopping')
        self.store('INBOX', '2', '-FLAGS', 'Work')
        self.sync(home)
        self.assertSame(home)
        self.assertIn('Shopping',
                      keywords_of(home.mail + '/test/INBOX').values())
        self.assertQuiet(home)

    def test_to_the_server(self):
        home = self.seed('--no-keywords')
        folder = home.mail + '/test/INBOX'
        self.store('INBOX', '1', '+FLAGS', 'Known')
        self.sync(home)
        letters = {k: c for c, k in keywords_of(folder).items()}
        files = self.local(home)['INBOX']
        change(files[5].path, add=letters['Known'])
        # A mail program gives the next letter a meaning, then uses it.
        new = chr(ord('a') + len(letters))
        with open(folder + '/dovecot-keywords', 'a') as f:
            f.write('%d Fresh\n' % len(letters))
        change(files[6].path, add=new)
        self.sync(home)
        self.assertSame(home)
        flags = {m.sha: m.flags for m in self.remote()['INBOX'].values()}
        self.assertIn('Known', flags[files[5].message.sha])
        self.assertIn('Fresh', flags[files[6].message.sha])
        self.assertQuiet(home)

    def test_more_than_the_alphabet(self):
        home = self.seed('--no-keywords')
        names = ['Key%02d' % i for i in range(34)]
        for i, name in enumerate(names):
            self.store('INBOX', str(i + 1), '+FLAGS', name)
        self.store('INBOX', '40', '+FLAGS', ' '.join(names))
        before = self.remote()['INBOX']
        self.sync(home)
        table = keywords_of(home.mail + '/test/INBOX')
        self.assertEqual(len(table), 26)
        by_sha = {f.message.sha: f for f in self.local(home)['INBOX']}
        here = by_sha[before[40].sha]
        self.assertEqual(here.message.flags,
                         {f for f in before[40].flags
                          if not f.startswith('Key')} | set(table.values()))
        # None is dropped there, neither now nor by a change of another flag.
        self.assertQuiet(home)
        self.assertEqual(self.remote()['INBOX'], before)
        change(here.path, add='F')
        self.sync(home)
        self.assertEqual(self.remote()['INBOX'][40].flags,
                         before[40].flags | {'\\Flagged'})


support.main()
