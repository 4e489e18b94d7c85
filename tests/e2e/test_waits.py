#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a deletion waits for: a copy that it could depend on, in its own
folder. What fails elsewhere, and flags that are refused, hold up none."""
import glob
import os
import re

import support
from scripted import CAPABILITIES, Box, Scripted
from support import message


class Waits(support.TestCase):
    SERVER = Scripted

    def setUp(self):
        self.users = ['test']
        super().setUp()
        server = self.server
        server.hooks.clear()
        server.capabilities = CAPABILITIES
        server.boxes = {
            'INBOX': Box([message(n) for n in range(1, 7)]),
            'Box': Box([message(n) for n in range(11, 17)])}
        self.home = self.setup(tls='none')
        self.sync(self.home)

    def here(self, folder):
        found = {}
        for path in glob.glob('%s/%s/[cn]*/*' % (self.home.maildir(),
                                                 folder)):
            with open(path, 'rb') as f:
                found[int(re.search(rb'Subject: message (\d+)',
                                    f.read())[1])] = path
        return found

    def there(self, folder):
        return sorted(int(re.search(rb'Subject: message (\d+)', data)[1])
                      for data in self.server.boxes[folder].data().values())

    def delete(self, folder, here, there):
        os.unlink(self.here(folder)[here])
        box = self.server.boxes[folder]
        box.remove(next(m.uid for m in box.messages
                        if b'Subject: message %d\r' % there in m.data))

    def run_once(self):
        result = self.home.run('--once')
        self.assertNotEqual(result.status, 0)
        self.assertRegex(result.err, r'\n +-> ')
        return result

    def assertDone(self, folder, *gone):
        """Deleted on either side, they are on neither."""
        self.assertEqual(set(self.here(folder)) & set(gone), set())
        self.assertEqual(set(self.there(folder)) & set(gone), set())

    def refuse(self, name, word, kind='no', text='[CANNOT] no'):
        """A hook: no command with that word."""
        def hook(session, command):
            if word not in command.text:
                return False
            session.line('%s %s %s' % (command.tag, kind.upper(), text))
            return True
        self.server.hooks[name] = hook

    def test_refused_flags(self):
        for kind in 'no', 'bad':
            self.refuse('UID STORE', 'Flagged', kind)
            path = self.here('INBOX')[1 if kind == 'no' else 4]
            os.rename(path, '%s/INBOX/cur/%s:2,F' % (
                self.home.maildir(), os.path.basename(path).split(':')[0]))
            more = 0 if kind == 'no' else 2
            self.delete('INBOX', 2 + more, 3 + more)
            self.delete('Box', 12 + more, 13 + more)
            self.run_once()
            self.assertDone('INBOX', 2 + more, 3 + more)
            self.assertDone('Box', 12 + more, 13 + more)

    def test_refused_folder(self):
        """It cannot be made, selected or listed."""
        os.makedirs(self.home.maildir() + '/New/cur')
        os.makedirs(self.home.maildir() + '/New/new')
        os.makedirs(self.home.maildir() + '/New/tmp')
        self.refuse('CREATE', 'New')
        self.delete('INBOX', 2, 3)
        self.run_once()
        self.assertDone('INBOX', 2, 3)

    def test_unlisted(self):
        self.server.boxes['Bad'] = Box([message(99)], uidvalidity=0)
        self.delete('INBOX', 2, 3)
        self.run_once()
        self.assertDone('INBOX', 2, 3)
        self.server.boxes['Bad'].uidvalidity = 1 << 33
        self.delete('INBOX', 4, 5)
        self.run_once()
        self.assertDone('INBOX', 4, 5)
        self.server.boxes['Bad'].uidvalidity = 7
        self.refuse('SELECT', 'Bad')
        self.delete('Box', 12, 13)
        self.run_once()
        self.assertDone('Box', 12, 13)

    def test_message_not_fetched(self):
        """In its folder deletions wait, and in no other."""
        box = self.server.boxes['Box']
        uid = box.add(message(88))

        def hook(session, command):
            if 'BODY' not in command.text or session.box is not box:
                return False
            session.no(command, '[CANNOT] broken')
            return True
        self.server.hooks['UID FETCH'] = hook
        self.delete('INBOX', 2, 3)
        self.delete('Box', 12, 13)
        self.run_once()
        self.assertDone('INBOX', 2, 3)
        self.assertIn(12, self.there('Box'))
        self.assertIn(13, self.here('Box'))
        self.server.hooks.clear()
        box.remove(uid)
        self.sync(self.home)
        self.sync(self.home)
        self.assertDone('Box', 12, 13)

    def test_message_not_sent(self):
        path = '%s/Box/cur/17.x.host:2,' % self.home.maildir()
        with open(path, 'wb') as f:
            f.write(message(77))
        os.utime(path, (10 ** 9,) * 2)      # nobody is writing it
        self.refuse('APPEND', 'Box', text='[TOOBIG] no')
        self.delete('INBOX', 2, 3)
        self.delete('Box', 12, 13)
        self.run_once()
        self.assertDone('INBOX', 2, 3)
        self.assertIn(12, self.there('Box'))
        self.assertIn(13, self.here('Box'))
        self.server.hooks.clear()
        os.unlink(path)
        self.sync(self.home)
        self.assertDone('Box', 12, 13)


if __name__ == '__main__':
    support.main()
