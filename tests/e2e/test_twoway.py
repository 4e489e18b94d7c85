#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Changes made here reach the server: new files, deletions, moves, edits."""
import os
import re
import shutil

import support


class Case(support.TestCase):
    def seed(self, count=20, **keys):
        self.server.seed(self.user, count, '--folder', 'INBOX', '--plain',
                         '--median', '1k', '--mean', '2k')
        self.append('Sent', support.message(1))
        home = self.setup(**keys)
        self.sync(home)
        return home

    def put(self, home, folder, number, name=None, sub='cur', flags='S'):
        """A new file, as a mail program delivers it: written elsewhere."""
        name = name or '17000000%02d.x%d.host' % (number, number)
        tmp = '%s/test/%s/tmp/%s' % (home.mail, folder, name)
        home.write(tmp, support.message(number).decode())
        os.utime(tmp, (1500000000 + number, 1500000000 + number))
        path = '%s/test/%s/%s/%s' % (home.mail, folder, sub, name)
        if sub == 'cur':
            path += ':2,' + flags
        os.rename(tmp, path)
        return path

    def told(self, home, pattern, *args, status=0):
        """Syncs: its Result, and the commands like that which it sent."""
        mark = len(self.server.commands(self.user))
        result = self.sync(home, *args, status=status)
        return result, [c for c in self.server.commands(self.user)[mark:]
                        if re.match(pattern, c)]


class Upload(Case):
    def test_new_files(self):
        home = self.seed()
        self.put(home, 'INBOX', 7, flags='FS')
        self.put(home, 'INBOX', 8, sub='new')
        self.put(home, 'Sent', 9, flags='S')
        result, told = self.told(home, 'APPEND')
        self.assertIn(' 3 uploaded,', result.out)
        self.assertEqual(len(told), 2)
        self.assertEqual(self.assertSame(home), 24)
        self.assertQuiet(home)

    def test_many(self):
        home = self.seed()
        for i in range(10, 310):
            self.put(home, 'Sent', i)
        _, told = self.told(home, 'APPEND')
        self.assertLessEqual(len(told), 3)
        self.assertEqual(self.assertSame(home), 321)
        self.assertQuiet(home)

    def test_file_in_place(self):
        """Written without tmp/: waited for until nobody writes."""
        home = self.seed()
        path = home.mail + '/test/INBOX/cur/1700000000.abc.host:2,S'
        home.write(path, support.message(7).decode())
        self.sync(home)
        self.assertEqual(self.assertSame(home), 22)
        self.assertQuiet(home)


class Delete(Case):
    def test_deleted_file(self):
        home = self.seed()
        os.unlink(self.local(home)['INBOX'][4].path)
        result = self.sync(home)
        self.assertIn(' 1 deleted,', result.out)
        self.assertEqual(self.assertSame(home), 20)
        self.assertQuiet(home)

    def test_trash(self):
        home = self.seed(trash='Trash')
        with self.imap() as c:
            c.create('Trash')
        self.sync(home)
        os.unlink(self.local(home)['INBOX'][4].path)
        self.sync(home)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 21)
        self.assertEqual(len(self.local(home)['Trash']), 1)
        self.assertQuiet(home)

    def test_marked_only(self):
        home = self.seed(expunge='no')
        os.unlink(self.local(home)['INBOX'][4].path)
        self.sync(home)
        self.assertEqual(len(self.local(home)['INBOX']), 19)
        self.assertEqual(len(self.remote()['INBOX']), 20)
        self.assertQuiet(home)

    def test_not_wanted_there(self):
        home = self.seed(**{'delete': 'local'})
        os.unlink(self.local(home)['INBOX'][4].path)
        self.sync(home)
        self.assertEqual(len(self.remote()['INBOX']), 20)
        self.assertQuiet(home)

    def test_cared_for_there(self):
        home = self.seed()
        uid = self.server_uid_of(home)
        self.store('INBOX', uid, '+FLAGS', '\\Flagged')
        result = self.sync(home)
        self.assertIn('brought back', result.err)
        self.assertEqual(self.assertSame(home), 21)
        self.assertQuiet(home)

    def server_uid_of(self, home):
        """Removes a file without a mark; the UID of its message."""
        file = next(f for f in self.local(home)['INBOX']
                    if f.message.flags <= {'\\Seen'})
        uid = re.search(r'V\d+U(\d+)\.', file.path)[1]
        os.unlink(file.path)
        return uid

    def test_emptied_folder(self):
        home = self.seed(40)
        for file in self.local(home)['INBOX']:
            os.unlink(file.path)
        result = self.sync(home, status=1)
        self.assertIn('imapsyncctl approve test/INBOX', result.err)
        self.assertEqual(len(self.remote()['INBOX']), 40)


class Move(Case):
    def moved(self, home, name):
        path = self.local(home)['INBOX'][4].path
        target = name or os.path.basename(path)
        os.rename(path, '%s/test/Sent/cur/%s' % (home.mail, target))
        result, told = self.told(home, 'APPEND|.*BODY')
        self.assertIn(' 1 moved', result.out)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 21)
        self.assertEqual(len(self.remote()['Sent']), 2)
        self.assertQuiet(home)

    def test_name_kept(self):
        self.moved(self.seed(), None)

    def test_name_changed(self):
        self.moved(self.seed(), '1800000000.other.host:2,S')

    def test_on_the_server(self):
        home = self.seed()
        with self.imap() as c:
            c.select('INBOX')
            c.uid('MOVE', '3:6', 'Sent')
        before = {f.inode for f in self.local(home)['INBOX']}
        result, told = self.told(home, r'.*BODY.PEEK\[\]')
        self.assertIn(' 4 moved', result.out)
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 21)
        after = {f.inode for f in self.local(home)['Sent']}
        self.assertEqual(len(before & after), 4)
        self.assertQuiet(home)

    def test_renamed_within(self):
        home = self.seed()
        path = self.local(home)['INBOX'][4].path
        os.rename(path, home.mail + '/test/INBOX/cur/1800000000.x.host:2,FS')
        _, told = self.told(home, 'APPEND|.*(MOVE|EXPUNGE)')
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 21)
        self.assertQuiet(home)

    def test_both_ways_at_once(self):
        home = self.seed()
        a, b = self.local(home)['INBOX'][4], self.local(home)['Sent'][0]
        os.rename(a.path, a.path.replace('INBOX', 'Sent'))
        os.rename(b.path, b.path.replace('Sent', 'INBOX'))
        _, told = self.told(home, 'APPEND|.*BODY')
        self.assertEqual(told, [])
        self.assertEqual(self.assertSame(home), 21)
        self.assertQuiet(home)


class Edit(Case):
    def edited(self, write):
        home = self.seed()
        path = self.local(home)['INBOX'][4].path
        text = support.message(77, 'edited\n').decode()
        write(home, path, text)
        result = self.sync(home)
        self.assertIn(' 1 uploaded,', result.out)
        self.assertEqual(self.assertSame(home), 21)
        self.assertQuiet(home)

    def test_written_in_place(self):
        self.edited(lambda home, path, text: home.write(path, text))

    def test_renamed_over(self):
        def write(home, path, text):
            home.write(path + '.new', text)
            os.rename(path + '.new', path)
        self.edited(write)

    def test_touched_only(self):
        home = self.seed()
        for file in self.local(home)['INBOX']:
            shutil.copy(file.path, file.path + '.copy')
            os.rename(file.path + '.copy', file.path)
        _, told = self.told(home, 'APPEND|.*EXPUNGE')
        self.assertEqual(told, [])
        self.assertEqual(len(self.remote()['INBOX']), 20)
        self.assertQuiet(home)

    def test_copied_within(self):
        """A copy that keeps the name but for its flags is a second message."""
        home = self.seed()
        path = self.local(home)['INBOX'][4].path
        shutil.copy2(path, path.split(':2,')[0] + ':2,FRST')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 22)
        self.assertQuiet(home)


support.main()
