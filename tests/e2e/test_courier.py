#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both ways on Courier: no MOVE, no CONDSTORE, no LIST-STATUS, folders below
INBOX only."""
import os

import everywhere
import support
import test_identity
from servers import Courier


class Messages(everywhere.Messages, support.TestCase):
    SERVER = Courier
    TOP, SEPARATOR = 'INBOX.', '.'


class Folders(everywhere.Folders, support.TestCase):
    SERVER = Courier
    TOP, SEPARATOR = 'INBOX.', '.'

    def test_folder_renamed_with_other_uids(self):
        """Courier's RENAME gives a mailbox another UIDVALIDITY, and numbers
        its messages anew, in another order."""
        home = self.seed()
        work, play = self.wire('work'), self.wire('play')
        for number in range(40, 60):
            self.append(work, support.message(number))
        self.sync(home)
        self.on_server(work, ('store', '2,4,9', '+FLAGS', '\\Deleted'),
                       ('expunge',))
        self.sync(home)
        path = self.files(home, 'work')[0]
        os.rename(path, path.replace('/new/', '/cur/').split(':')[0] + ':2,FS')
        self.on_server(None, ('rename', work, play))
        self.append(play, support.message(70))
        told = self.told(home, r'APPEND|UID FETCH.*BODY\.PEEK\[\]')
        self.assertEqual(len(told), 1, told)     # of the new one
        self.settled(home, 32)
        self.assertFalse(os.path.exists(self.path(home, 'work')))
        self.assertEqual(sum(':2,F' in p for p in self.files(home, 'play')), 1)


class Odd(test_identity.Odd):
    SERVER = Courier


if __name__ == '__main__':
    support.main()
