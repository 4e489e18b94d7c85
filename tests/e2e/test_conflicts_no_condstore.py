#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of conflicts on a Dovecot without CONDSTORE and QRESYNC."""
import conflicts
import support


class NoCondstore(conflicts.Conflicts):
    OPTIONS = ('--fast', '--cap-minus', 'CONDSTORE QRESYNC')
    ROWS = 'flag|keyword|deleted|lost'


support.main()
