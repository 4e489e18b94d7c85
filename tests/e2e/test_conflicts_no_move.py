#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of conflicts on a Dovecot without MOVE."""
import conflicts
import support


class NoMove(conflicts.Conflicts):
    OPTIONS = ('--fast', '--cap-minus', 'MOVE')
    ROWS = 'moved|edited|exchanged|folder'


support.main()
