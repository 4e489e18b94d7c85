#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The connection ends after any byte of a sync of folders."""
import loops
import support


class Broken(loops.Cut):
    WORK = loops.FOLDERS


support.main()
