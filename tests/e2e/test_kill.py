#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 on the way into a system call, in each kind of sync; then a clean
run, and the oracles."""
import os
import shutil
import tempfile
import unittest

import faults
import loops
import support
from model import Side


class Messages(loops.Kill):
    WORK = loops.MESSAGES


class First(loops.Kill):
    """The first mirror."""
    WORK = {'first': ['append']}
    MESSAGES = 50
    SAMPLE = 10

    def prepare(self, operations):
        if not self.now.account.here.mail:
            super().prepare(operations)
        shutil.rmtree(self.now.home.mail, ignore_errors=True)
        shutil.rmtree(self.now.home.state, ignore_errors=True)
        there = self.now.account.there
        self.now.account.settle(Side())
        self.now.account.there = there
        self.now.been = set()
        del self.now.log[:]


class Elsewhere(loops.Kill):
    """The state directory, and so the trash, is on another file system."""
    WORK = {'deleted there': ['delete there']}
    SAMPLE = 10

    def fresh(self, operations):
        disk = os.environ.get('TMPDIR', '/tmp')
        if not faults.MEMORY or \
                os.stat(faults.MEMORY).st_dev == os.stat(disk).st_dev:
            raise unittest.SkipTest('there is no second file system')
        super().fresh(operations)
        elsewhere = tempfile.mkdtemp(prefix='m')
        self.addCleanup(shutil.rmtree, elsewhere)
        self.now.put_mail(elsewhere + '/Mail')


support.main()
