#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 on the way into a system call of a sync of folders."""
import loops
import support


class Killed(loops.Kill):
    WORK = loops.FOLDERS


support.main()
