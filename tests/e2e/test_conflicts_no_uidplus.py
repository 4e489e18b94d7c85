#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of conflicts on a Dovecot without UIDPLUS."""
import conflicts
import support
import world


class NoUidplus(conflicts.Conflicts):
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS')
    PROXY = world.NO_UIDS
    ROWS = 'moved|edited|exchanged|new|copied|deleted|lost'


support.main()
