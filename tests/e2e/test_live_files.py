#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a mail program does in the Maildir is on the server at once, and what
the service writes there itself wakes nobody. poll_interval is an hour: without
the watch nothing would happen."""
import os
import subprocess
import time

import support
from service import Base, Service
from support import wait_for


def setUpModule():
    support.serve_module(LiveFiles)


def letters(path):
    return path.rpartition(':2,')[2]


class LiveFiles(Base):
    def running(self, count=20, *args, **keys):
        home = self.seeded(count, poll_interval='1h', **keys)
        service = Service(home, '-v', *args)
        self.enterContext(service)
        service.wait(service.syncs, 'the first sync')
        self.same(home)
        return home, service

    def files(self, home, folder='INBOX'):
        where = '%s/%s/cur' % (home.maildir(), folder)
        return ['%s/%s' % (where, n) for n in sorted(os.listdir(where))]

    def count(self, folder):
        return len(self.remote().get(folder, ()))

    def flag(self, path, flags):
        os.rename(path, path.rpartition(':2,')[0] + ':2,' + flags)

    def test_flags_moves_deletions_new(self):
        home, service = self.running()
        name = self.files(home)[0]
        self.flag(name, 'FS' if 'F' not in letters(name) else 'S')
        self.same(home)
        folder = next(f for f in self.remote() if f != 'INBOX')
        os.rename(self.files(home)[0], '%s/%s/cur/moved.1.host:2,S' % (
            home.maildir(), folder))
        self.same(home)
        before = self.count('INBOX')
        os.unlink(self.files(home)[0])
        wait_for(lambda: self.count('INBOX') == before - 1, 'the deletion')
        home.write(home.maildir() + '/INBOX/tmp/1.new.host',
                   support.message(77).decode())
        os.rename(home.maildir() + '/INBOX/tmp/1.new.host',
                  home.maildir() + '/INBOX/new/1.new.host')
        wait_for(lambda: self.count('INBOX') == before, 'the upload')
        self.same(home)
        service.stop()
        self.sync(home)
        self.assertQuiet(home)

    def test_folders(self):
        home, service = self.running()
        for sub in 'cur', 'new', 'tmp':
            os.makedirs('%s/Fresh/Below/%s' % (home.maildir(), sub))
        wait_for(lambda: 'Fresh/Below' in self.remote(), 'the folder')
        self.same(home)
        home.write(home.maildir() + '/Fresh/Below/cur/1.new.host:2,S',
                   support.message(78).decode())
        wait_for(lambda: self.count('Fresh/Below') == 1, 'the upload')
        os.rename(home.maildir() + '/Fresh', home.maildir() + '/Other')
        wait_for(lambda: 'Other/Below' in self.remote(), 'the rename')
        self.same(home)
        service.stop()
        self.sync(home)
        self.assertQuiet(home)

    def test_own_writes_wake_nobody(self):
        home, service = self.running(200)
        self.deliver()
        self.store('INBOX', '1:50', '+FLAGS', '\\Flagged')
        with self.imap() as connection:
            connection.select('INBOX')
            connection.uid('COPY', '60:70', next(
                f for f in self.remote() if f != 'INBOX'))
            connection.uid('STORE', '60:70', '+FLAGS', '(\\Deleted)')
            connection.expunge()
            connection.create('Made')
        self.same(home)
        # A line of its own for each sync: once nothing is under way, none
        # follows.
        def settled():
            before = service.syncs()
            time.sleep(1)
            return service.syncs() == before
        wait_for(settled, 'the last sync')
        self.assertLess(service.syncs(), 12, service.log())
        service.stop()

    def test_written_in_place(self):
        """The directory stays as it was."""
        home, service = self.running()
        path = self.files(home)[0]
        with open(path, 'wb') as f:
            f.write(support.message(90, 'another text\n'))
        self.same(home)
        service.stop()

    def test_toggled(self):
        """A hundred changes in a second are a few STOREs."""
        home, service = self.running()
        name = self.files(home)[0]
        before = self.mark()
        for n in range(100):
            flags = 'S' if n % 2 else 'FS'
            target = name.rpartition(':2,')[0] + ':2,' + flags
            os.rename(name, target)
            name = target
            time.sleep(0.008)
        self.same(home)
        told = [c for c in self.since(before) if 'STORE' in c]
        self.assertLessEqual(len(told), 10, told)
        self.assertGreater(len(told), 0)
        service.stop()

    def test_many_at_once(self):
        home, service = self.running()
        where = home.maildir() + '/INBOX/'
        for n in range(2000):
            home.write(where + 'tmp/%d.many.host' % n,
                       support.message(1000 + n).decode())
            os.rename(where + 'tmp/%d.many.host' % n,
                      where + 'new/%d.many.host' % n)
        wait_for(lambda: self.count('INBOX') >= 2000, 'the uploads', 60)
        self.same(home)
        service.stop()
        self.sync(home)
        self.assertQuiet(home)

    def test_too_few_watches(self):
        """What cannot be watched is looked at every few seconds."""
        limit = ('unshare', '-Ur', 'sh', '-c',
                 'echo 4 >/proc/sys/user/max_inotify_watches && exec "$@"', '-')
        if subprocess.run([*limit, 'true'], capture_output=True).returncode:
            self.skipTest('no user namespaces here')
        home = self.seeded(poll_interval='1h')
        service = Service(home, '-v')
        service.wrap = limit
        with service:
            service.logged('cannot watch all folders for changes')
            service.logged('-> sysctl fs.inotify.max_user_watches=')
            service.wait(service.syncs, 'the first sync')
            self.same(home)
            marked = [f for f in self.remote() if self.files(home, f)]
            self.assertGreater(len(marked), 2)
            for folder in marked:
                path = self.files(home, folder)[0]
                self.flag(path, 'FS' if 'F' not in letters(path) else 'S')
            service.wait(lambda: not support.differences(
                self.remote(), self.local(home)), 'the flags')
            service.stop()

    def test_while_it_was_stopped(self):
        home, service = self.running()
        service.stop()
        os.unlink(self.files(home)[0])
        self.deliver()
        with Service(home, '-v') as again:
            again.wait(again.syncs, 'the first sync')
            self.same(home)
            again.stop()


support.main()
