#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both ways on Courier: no MOVE, no CONDSTORE, no LIST-STATUS, folders below
INBOX only."""
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
    # A renamed mailbox has another UIDVALIDITY: it is recognised by its count
    # of messages and UIDNEXT, which is not always told.
    test_folder_renamed_there = None


class Odd(test_identity.Odd):
    SERVER = Courier


if __name__ == '__main__':
    support.main()
