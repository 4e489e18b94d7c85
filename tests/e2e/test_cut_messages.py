#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The connection ends after any byte of a sync of messages."""
import loops
import support


class Broken(loops.Cut):
    WORK = loops.MESSAGES


support.main()
