#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of conflicts on a Dovecot with all extensions."""
import conflicts
import support


class All(conflicts.Conflicts):
    OPTIONS = ('--fast',)


support.main()
