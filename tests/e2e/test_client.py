#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libimap4 on real servers: tests/lib/client/live_*.c against each of them, and
the table of imaplib's names."""
import glob
import os
import re
import subprocess
import unittest

import support
from servers import TOP, Courier, Cyrus, Dovecot

BUILD = os.path.abspath(os.environ.get('B') or os.path.join(TOP, 'build'))
PROGRAMS = sorted(os.path.basename(p)[:-2] for p in
                  glob.glob(TOP + '/tests/lib/client/live_*.c'))


def run(program, env):
    """Runs a test program of the library: its status, what it said, and the
    names of the tests that passed, skipped ones left out."""
    path = '%s/tests/lib/client/%s' % (BUILD, program)
    result = subprocess.run([path], env=dict(os.environ, **env), text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=120)
    return result.returncode, result.stdout, set(
        re.findall(r'^\[\s+OK \] (\w+)', result.stdout, re.M))


class Live(unittest.TestCase):
    def check(self, make_server):
        server = self.enterContext(make_server())
        for number, program in enumerate(PROGRAMS, 1):
            env = {'IMAP_SERVER': server.NAME, 'IMAP_PORT': str(server.port),
                   'IMAP_TLS_PORT': str(server.tls_port),
                   'IMAP_CA': server.ca, 'IMAP_USER': 'test%d' % number}
            with self.subTest(program=program):
                status, said, _ = run(program, env)
                self.assertEqual(status, 0, said)

    def test_dovecot(self):
        self.check(Dovecot)

    def test_cyrus(self):
        self.check(Cyrus)

    def test_courier(self):
        self.check(Courier)


support.main()
