#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imapsyncctl verify tells the truth about server, database and Maildir, and
changes nothing."""
import os
import re
import shutil
import sqlite3

import support
from oracle import snapshot
from servers import MUTATING
from world import PASSWORD, TestCase


class Verify(TestCase):
    def synced(self):
        world = self.world()
        world.perform(('mkdir', 'there', 'Box'))
        for n in range(1, 6):
            world.append(n, 'INBOX', '\\Seen' if n % 2 else '')
        world.append(6, 'Box', 'Work')
        world.settle()
        return world

    def verify(self, world, *args):
        """A Result; nothing was changed."""
        before = snapshot(world.home.mail), support.databases(world.home)
        commands = len(self.server.commands(world.user))
        result = world.home.control('verify', *args)
        self.assertEqual((snapshot(world.home.mail),
                          support.databases(world.home)), before)
        commands = self.server.commands(world.user)[commands:]
        self.assertEqual([c for c in commands if MUTATING.match(c) or
                          c.startswith('SELECT')], [])
        self.assertNotIn(PASSWORD, result.out + result.err)
        return result

    def assertSound(self, world, *args):
        result = self.verify(world, *args)
        self.assertStatus(result, 0)

    def assertWrong(self, world, what, *args, folder='INBOX'):
        """It says so, with the folder."""
        result = self.verify(world, *args)
        self.assertStatus(result, 1)
        lines = [x for x in result.out.splitlines()
                 if x.startswith('test/%s' % folder)]
        self.assertTrue(lines, result.out + result.err)
        self.assertTrue(any(re.search(what, x) for x in lines), lines)
        return lines

    def path(self, world, n, folder='INBOX'):
        return world.here_.find(n, [folder])[1]

    def test_in_sync(self):
        world = self.synced()
        for args in (), ('test',), ('test/Box',), ('--full',), \
                ('--full', 'test'):
            self.assertSound(world, *args)

    def test_long_after_a_sync(self):
        """The directories have times that short cuts may trust."""
        world = self.synced()
        for top, dirs, _ in os.walk(world.home.maildir()):
            for name in set(dirs) & {'cur', 'new'}:
                os.utime(os.path.join(top, name), (10 ** 9, 10 ** 9))
        self.assertSound(world)
        result = self.verify(world, '--full')
        self.assertStatus(result, 0)
        self.assertIn('5 files: in sync', result.out)
        os.unlink(self.path(world, 2))
        self.assertWrong(world, r'uid=2\b')

    def test_file_missing(self):
        world = self.synced()
        os.unlink(self.path(world, 2))
        self.assertWrong(world, r'uid=2\b')
        self.assertSound(world, 'test/Box')

    def test_file_too_many(self):
        world = self.synced()
        world.perform(('deliver', 9, 'Box', '', 'cur'))
        self.assertWrong(world, 'file', folder='Box')

    def test_message_missing(self):
        world = self.synced()
        world.perform(('delete', 'there', 3))
        self.assertWrong(world, r'uid=3\b')

    def test_message_too_many(self):
        world = self.synced()
        world.perform(('append', 9, 'INBOX', ''))
        self.assertWrong(world, r'uid=6\b')

    def test_flags(self):
        for side in 'here', 'there':
            world = self.synced()
            world.perform(('flag', side, 4, '+\\Flagged'))
            self.assertWrong(world, r'uid=4\b')

    def test_row_missing(self):
        """Of a message that both sides have."""
        world = self.synced()
        db = sqlite3.connect(world.home.state + '/test.db')
        db.execute('DELETE FROM message WHERE uid = 2')
        db.commit()
        db.close()
        self.assertWrong(world, r'uid=2\b')

    def test_content(self):
        """Other bytes, the same size and time: --full reads them."""
        world = self.synced()
        path = self.path(world, 5)
        st = os.stat(path)
        with open(path, 'r+b') as f:
            f.write(b'Frob')
        os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
        self.assertWrong(world, r'uid=5\b', '--full')

    def test_folders(self):
        world = self.synced()
        world.perform(('mkdir', 'there', 'Neu'))
        self.assertWrong(world, '', folder='Neu')
        world = self.synced()
        world.perform(('mkdir', 'here', 'Neu'))
        self.assertWrong(world, '', folder='Neu')

    def test_every_difference(self):
        world = self.synced()
        world.play([('delete', 'here', 1), ('delete', 'there', 2),
                    ('append', 8, 'INBOX', ''),
                    ('deliver', 9, 'INBOX', '', 'new'),
                    ('flag', 'here', 3, '-\\Seen'),
                    ('delete', 'there', 6)])
        self.assertGreaterEqual(len(self.assertWrong(world, '')), 5)
        self.assertWrong(world, '', folder='Box')
        world.judge()
        self.assertSound(world)

    def test_no_database(self):
        world = self.synced()
        shutil.rmtree(world.home.state)
        os.mkdir(world.home.state, 0o700)
        result = world.home.control('verify')
        self.assertStatus(result, 1)
        self.assertEqual(os.listdir(world.home.state), [])

    def test_no_server(self):
        world = self.synced()
        world.home.accounts['test']['port'] = 1
        world.home.save()
        result = world.home.control('verify')
        self.assertStatus(result, 75)
        self.assertRegex(result.err, r'^test: .*\n +-> ')

    def test_wrong(self):
        world = self.synced()
        for args in ('nobody',), ('test/Nowhere',), ('--half',):
            self.assertStatus(world.home.control('verify', *args), 64)


support.main()
