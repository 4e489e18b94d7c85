#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The engine's extensions on real servers: tests/lib/engine/live_*.c on each of
them, every test of which must pass somewhere; and the table of extensions."""
import functools
import glob
import imaplib
import os
import re
import subprocess
import unittest

import support
from servers import TOP, Courier, Cyrus, Dovecot

BUILD = os.path.abspath(os.environ.get('B') or os.path.join(TOP, 'build'))
SOURCES = sorted(glob.glob(TOP + '/tests/lib/engine/live_*.c'))
# Of each extension the test that shows it at work: on every server of ours that
# has it, else on a transcript.
TABLE = dict(line.split() for line in '''
    ACL                 test_live__acl
    APPENDLIMIT         test_live__items_of_mailboxes
    BINARY              test_live__binary
    CATENATE            test_live__catenate
    COMPRESS=DEFLATE    test_live__compress
    CONDSTORE           test_live__condstore
    CREATE-SPECIAL-USE  test_live__create_special_use
    ENABLE              test_live__enable
    ESEARCH             test_live__esearch
    ID                  test_live__id
    IDLE                test_live__idle
    IMAP4rev2           test_extensions__rev2
    INPROGRESS          test_extensions__rev2
    LIST-EXTENDED       test_live__list_extended
    LIST-STATUS         test_live__list_extended
    LITERAL+            test_live__literal_plus
    LITERAL-            test_append__small_literals_go_unasked
    MESSAGELIMIT        test_extensions__messagelimit
    METADATA            test_live__metadata
    MOVE                test_live__move
    MULTIAPPEND         test_live__multiappend
    NAMESPACE           test_live__namespace
    NOTIFY              test_live__notify
    OBJECTID            test_live__items_of_messages
    PARTIAL             test_extensions__searches
    PREVIEW             test_live__items_of_messages
    QRESYNC             test_live__qresync
    QUOTA               test_live__quota
    REPLACE             test_append_more__replace
    SASL-IR             test_live__sasl_ir
    SAVEDATE            test_live__items_of_messages
    SEARCHRES           test_live__searchres
    SORT                test_live__sort_and_thread
    SPECIAL-USE         test_live__special_use
    STATUS=SIZE         test_live__items_of_mailboxes
    THREAD              test_live__sort_and_thread
    UIDONLY             test_extensions__uidonly
    UIDPLUS             test_live__uidplus
    UNSELECT            test_live__unselect
    UTF8=ACCEPT         test_live__utf8
    X-GM-EXT-1          test_extensions__gmail
'''.strip().splitlines())


def run(source, **env):
    """(what it said, where it failed; names of tests that passed)"""
    program = BUILD + source[len(TOP):-2]
    result = subprocess.run([program], env=dict(os.environ, **env), text=True,
                            timeout=120, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return (result.stdout if result.returncode else '',
            set(re.findall(r'^\[\s+OK \] (\w+)', result.stdout, re.M)))


@functools.cache
def live(server):
    """(what failed, names of tests that passed, what the server can do before
    and behind the login); SkipTest where the server cannot be had."""
    failed, passed = '', set()
    with server() as s:
        for number, source in enumerate(SOURCES, 1):
            said, names = run(source, IMAP_SERVER=s.NAME,
                              IMAP_PORT=str(s.port),
                              IMAP_USER='test%d' % number)
            failed += said
            passed |= names
        with imaplib.IMAP4('127.0.0.1', s.port) as connection:
            offered = connection.capability()[1][0]
            connection.login('test1', 'secret')
            offered += b' ' + connection.capability()[1][0]
    # "THREAD=REFERENCES" is an offer of THREAD.
    words = set(offered.decode().split())
    return failed, passed, words | {w.partition('=')[0] for w in words}


@functools.cache
def unit(name):
    """Does the test pass?"""
    return any(name in run(source)[1] for source in glob.glob(
        '%s/tests/lib/*/%s.c' % (TOP, name.partition('__')[0])))


class Extensions(unittest.TestCase):
    def check(self, server):
        said = live(server)[0]
        self.assertFalse(said, said)

    def test_dovecot(self):
        self.check(Dovecot)

    def test_cyrus(self):
        self.check(Cyrus)

    def test_courier(self):
        self.check(Courier)

    def test_each_is_somewhere(self):
        tests, passed = set(), set()
        for source in SOURCES:
            with open(source) as f:
                tests |= set(re.findall(r'cmocka_unit_test\((\w+)\)',
                                        f.read()))
        for server in Dovecot, Cyrus, Courier:
            passed |= live(server)[1]
        self.assertEqual(tests - passed, set())


class Table(unittest.TestCase):
    def test_where_it_is_offered(self):
        for server in Dovecot, Cyrus, Courier:
            _, passed, offered = live(server)
            for name, test in TABLE.items():
                if name in offered:
                    with self.subTest(server=server.NAME, extension=name):
                        self.assertIn(test, passed)

    def test_elsewhere(self):
        for name, test in TABLE.items():
            if not any(test in live(server)[1]
                       for server in (Dovecot, Cyrus, Courier)):
                with self.subTest(extension=name):
                    self.assertTrue(unit(test))


support.main()
