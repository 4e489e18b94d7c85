#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both ways on Cyrus: OBJECTID, MOVE, QRESYNC, no QRESYNC."""
import everywhere
import support
import test_identity
from servers import Cyrus


class Messages(everywhere.Messages, support.TestCase):
    SERVER = Cyrus


class Folders(everywhere.Folders, support.TestCase):
    SERVER = Cyrus


class Odd(test_identity.Odd):
    SERVER = Cyrus


if __name__ == '__main__':
    support.main()
