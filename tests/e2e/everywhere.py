# SPDX-License-Identifier: MIT
"""What a user does every day, on any server: Messages and Folders are to be
mixed into a test case with SERVER and OPTIONS."""
import os
import re
import shutil
import subprocess

import support

CTL = os.path.join(os.path.dirname(support.PROGRAM), 'imapsyncctl')


class Everywhere:
    TOP = ''        # of new folders on the server
    SEPARATOR = '/'

    def seed(self, **keys):
        """INBOX with 8 messages, work with 6."""
        with self.imap() as connection:
            connection.create(self.wire('work'))
            connection.subscribe(self.wire('work'))
        for number in range(8):
            self.append('INBOX', support.message(number),
                        '\\Seen' if number % 2 else '')
        for number in range(8, 14):
            self.append(self.wire('work'), support.message(number), '\\Seen')
        home = self.setup(**keys)
        self.sync(home)
        self.assertEqual(self.assertSame(home), 14)
        return home

    def wire(self, *levels):
        return self.TOP + self.SEPARATOR.join(levels)

    def name(self, *levels):
        return self.TOP.replace(self.SEPARATOR, '/') + '/'.join(levels)

    def path(self, home, *levels):
        return home.maildir() + '/' + self.name(*levels)

    def put(self, home, folder, number):
        path = '%s/cur/17%d.x.host:2,FS' % (folder, number)
        home.write(path, support.message(number).decode())
        os.utime(path, (1500000000 + number,) * 2)

    def files(self, home, *levels):
        folder = self.local(home)[self.name(*levels)]
        return [m.path for m in folder]

    def told(self, home, pattern, status=0):
        mark = self.mark()
        self.sync(home, status=status)
        return [c for c in self.since(mark) if re.match(pattern, c)]

    def on_server(self, mailbox, *commands):
        with self.imap() as connection:
            if mailbox:
                connection.select(mailbox)
            for name, *args in commands:
                answer = getattr(connection, name)(*args)
                self.assertEqual(answer[0], 'OK', answer)

    def settled(self, home, count):
        self.assertEqual(self.assertSame(home), count)
        self.assertQuiet(home)


class Messages(Everywhere):
    def test_flags(self):
        home = self.seed()
        self.on_server('INBOX', ('store', '1:3', '+FLAGS', '\\Flagged'),
                       ('store', '2', '-FLAGS', '\\Seen'))
        old = self.files(home, 'work')[0]
        os.rename(old, old.split(':')[0] + ':2,RS')
        self.sync(home)
        self.settled(home, 14)

    def test_new(self):
        home = self.seed()
        self.append('INBOX', support.message(20))
        for number in range(30, 60):
            self.put(home, self.path(home, 'work'), number)
        self.sync(home)
        self.settled(home, 45)

    def test_deleted(self):
        home = self.seed()
        self.on_server('INBOX', ('store', '1,2', '+FLAGS', '\\Deleted'),
                       ('expunge',))
        for path in self.files(home, 'work')[:2]:
            os.unlink(path)
        self.sync(home)
        self.settled(home, 10)

    def test_moved_here(self):
        home = self.seed()
        for n, path in enumerate(self.files(home, 'work')[:4]):
            os.rename(path, home.maildir() + '/INBOX/cur/17.%d.mua:2,S' % n)
        told = self.told(home, r'APPEND|UID FETCH.*BODY\.PEEK\[\]')
        self.assertEqual(told, [])
        self.settled(home, 14)
        self.assertEqual(len(self.remote()['INBOX']), 12)

    def test_moved_there(self):
        home = self.seed()
        self.on_server('INBOX', ('copy', '3:6', self.wire('work')),
                       ('store', '3:6', '+FLAGS', '\\Deleted'), ('expunge',))
        told = self.told(home, r'APPEND|UID FETCH.*BODY\.PEEK\[\]')
        self.assertEqual(told, [])
        self.settled(home, 14)
        self.assertEqual(len(self.local(home)['INBOX']), 4)

    def test_edited(self):
        home = self.seed()
        path = self.files(home, 'work')[0]
        home.write(path, support.message(8, 'another text\n').decode())
        self.sync(home)
        self.settled(home, 14)
        self.assertEqual(len(self.remote()[self.name('work')]), 6)


class Folders(Everywhere):
    def test_folders(self):
        home = self.seed(remove='both')
        for sub in ('cur', 'new', 'tmp'):
            os.makedirs(self.path(home, 'fresh', 'below') + '/' + sub)
        self.put(home, self.path(home, 'fresh', 'below'), 30)
        self.on_server(None, ('create', self.wire('other')))
        self.append(self.wire('other'), support.message(31))
        self.sync(home)
        self.settled(home, 16)
        shutil.rmtree(self.path(home, 'fresh', 'below'))
        self.on_server(None, ('delete', self.wire('other')))
        self.sync(home)
        self.settled(home, 14)

    def test_folder_renamed_here(self):
        home = self.seed()
        os.rename(self.path(home, 'work'), self.path(home, 'play'))
        told = self.told(home, r'APPEND|RENAME|UID FETCH.*BODY\.PEEK\[\]')
        self.assertEqual([c.split()[0] for c in told], ['RENAME'])
        self.settled(home, 14)

    def test_folder_renamed_there(self):
        home = self.seed()
        self.on_server(None, ('rename', self.wire('work'), self.wire('play')))
        told = self.told(home, r'APPEND|UID FETCH.*BODY\.PEEK\[\]')
        self.assertEqual(told, [])
        self.settled(home, 14)

    def test_rebuilt(self):
        """Another UIDVALIDITY, and no file travels."""
        home = self.seed()
        self.server.new_uidvalidity(self.user, 'INBOX')
        told = self.told(home, r'APPEND|UID FETCH.*BODY\.PEEK\[\]')
        self.assertEqual(told, [])
        self.settled(home, 14)

    def test_database_lost(self):
        home = self.seed()
        shutil.rmtree(home.state)
        for n, path in enumerate(self.local(home)['INBOX']):
            os.rename(path.path, '%s/INBOX/cur/17.%d.mua:2,S'
                      % (home.maildir(), n))
        told = self.told(home, r'APPEND|UID FETCH.*BODY\.PEEK\[\]')
        self.assertEqual(told, [])
        self.settled(home, 14)

    def test_trash_and_undo(self):
        trash = self.name('Bin')
        self.on_server(None, ('create', self.wire('Bin')))
        home = self.seed(trash=trash)
        os.unlink(self.files(home, 'work')[0])
        self.sync(home)
        self.settled(home, 14)
        self.assertEqual(len(self.remote()[trash]), 1)
        done = subprocess.run([CTL, '-c', home.ini, 'undo', 'test'],
                              env=home.environment(), capture_output=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.sync(home)
        self.assertEqual(len(self.remote()[self.name('work')]), 6)
        self.assertSame(home)
        self.assertQuiet(home)
