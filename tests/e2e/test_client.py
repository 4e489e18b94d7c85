#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libimap4 on real servers: tests/lib/client/live_*.c and the example programs
on each of them, and the table of imaplib's names."""
import functools
import glob
import json
import os
import re
import socket
import subprocess
import time
import unittest

import imaplib_names
import support
from servers import TOP, Courier, Cyrus, Dovecot

BUILD = os.path.abspath(os.environ.get('B') or os.path.join(TOP, 'build'))
SERVERS = {'dovecot': Dovecot, 'cyrus': Cyrus, 'courier': Courier}
SEED = os.path.join(TOP, '..', 'shared', 'seed')


def run(program, **env):
    """Runs a test program of the library: its exit status, what it said, and
    the names of the tests that passed, skipped ones left out."""
    result = subprocess.run(['%s/tests/lib/client/%s' % (BUILD, program)],
                            env=dict(os.environ, **env), text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=120)
    return result.returncode, result.stdout, set(
        re.findall(r'^\[\s+OK \] (\w+)', result.stdout, re.M))


def programs(kind):
    return sorted(os.path.basename(p)[:-2] for p in
                  glob.glob('%s/tests/lib/client/%s_*.c' % (TOP, kind)))


@functools.cache
def live(name):
    """{program: (status, output, passed)} of one server; SkipTest where it
    cannot be had."""
    with SERVERS[name]() as server:
        return {program: run(program, IMAP_SERVER=name,
                             IMAP_PORT=str(server.port),
                             IMAP_TLS_PORT=str(server.tls_port),
                             IMAP_CA=server.ca, IMAP_USER='test%d' % number)
                for number, program in enumerate(programs('live'), 1)}


class Live(unittest.TestCase):
    def check(self, name):
        for program, (status, said, passed) in live(name).items():
            with self.subTest(program=program):
                self.assertEqual(status, 0, said)
        self.assertGreater(sum(len(p) for *_, p in live(name).values()), 50)

    def test_dovecot(self):
        self.check('dovecot')

    def test_cyrus(self):
        self.check('cyrus')

    def test_courier(self):
        self.check('courier')


class Names(unittest.TestCase):
    def test_every_name_has_a_row(self):
        have = {name for name, *_ in imaplib_names.rows()}
        self.assertEqual(imaplib_names.expected() - have, set())

    def test_the_seed_is_complete(self):
        found = set()
        for path in glob.glob(SEED + '/*.txt'):
            with open(path, errors='replace') as f:
                found |= imaplib_names.seed_names(f.read())
        if not found:
            self.skipTest('the documentation of 1999 is not here')
        self.assertEqual(found, set(imaplib_names.SEED.split()))

    def test_every_symbol_is_exported(self):
        out = subprocess.run(['nm', '-D', '-P', '--defined-only',
                              BUILD + '/libimap4.so'], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        exported = {re.split('[ @]', line)[0] for line in out.splitlines()}
        wanted = {symbol for _, symbol, _ in imaplib_names.rows()}
        self.assertEqual(wanted - exported, set())

    def test_every_test_passes(self):
        passed = set()
        for name in SERVERS:
            for *_, tests in live(name).values():
                passed |= tests
        for program in programs('test'):
            passed |= run(program)[2]
        wanted = {test for *_, test in imaplib_names.rows()}
        self.assertEqual(wanted - passed, set())

    def test_the_manual_has_the_table(self):
        with open(TOP + '/lib/imap4_client.3') as f:
            manual = f.read()
        for name, symbol, _ in imaplib_names.rows():
            with self.subTest(name=name):
                self.assertRegex(manual, r'(?m)^\.It (Li )?%s Ta Fn %s$'
                                 % (re.escape(name), symbol))


class Examples:
    """The programs of lib/examples; BOX is a mailbox that can be made."""
    BOX = 'box'

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(SERVERS[cls.NAME]())

    def start(self, program, user, *args):
        # Their TLS trusts the system's authorities: OpenSSL lets that be
        # another file.
        env = dict(os.environ, IMAP_PASSWORD='secret',
                   SSL_CERT_FILE=self.server.ca)
        return subprocess.Popen(
            ['%s/imap4-%s' % (BUILD, program), 'localhost',
             str(self.server.tls_port), user, *args], env=env, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def transcript(self, user, *commands):
        """What the server says to them, one by one."""
        said = b''
        with socket.create_connection(('127.0.0.1', self.server.port)) as s:
            s.settimeout(20)
            with s.makefile('rb') as answers:
                said += answers.readline()
                for n, command in enumerate(('LOGIN %s secret' % user,
                                             *commands, 'LOGOUT')):
                    s.sendall(b't%d %s\r\n' % (n, command.encode()))
                    line = b''
                    while not line.startswith(b't%d ' % n):
                        line = answers.readline()
                        self.assertTrue(line, 'ended')
                        said += line
        return said

    def run_program(self, program, user, *args, status=0):
        process = self.start(program, user, *args)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, err)
        return out if status == 0 else err

    def append(self, user, box, *numbers):
        with self.server.imap(user) as connection:
            for n in numbers:
                text = support.message(n).replace(b'\n', b'\r\n')
                self.assertEqual(connection.append(box, None, None, text)[0],
                                 'OK')

    def test_print(self):
        self.assertEqual(self.run_program('print', 'test1'), '')
        self.append('test1', 'INBOX', 1, 2, 3)
        out = self.run_program('print', 'test1')
        self.assertEqual(out, ''.join(
            'Message %d\n%s\n' % (n, support.message(n).decode())
            for n in (1, 2, 3)))
        # It does not touch them.
        with self.server.imap('test1') as connection:
            connection.select()
            self.assertEqual(connection.search(None, 'UNSEEN')[1], [b'1 2 3'])

    def test_upload(self):
        path = self.server.dir + '/message'
        with open(path, 'wb') as f:
            f.write(support.message(7))
        os.utime(path, (946684800, 946684800))
        with self.server.imap('test2') as connection:
            connection.create(self.BOX)
        uid = self.run_program('upload', 'test2', self.BOX, path)
        self.assertRegex(uid, r'\A\d+ 1\n\Z')
        with self.server.imap('test2') as connection:
            connection.select(self.BOX)
            data = connection.fetch('1', '(INTERNALDATE FLAGS BODY[])')[1]
        self.assertIn(b'1-Jan-2000 00:00:00 +0000', data[0][0])
        self.assertIn(b'\\Seen', data[0][0])
        self.assertEqual(data[0][1],
                         support.message(7).replace(b'\n', b'\r\n'))

    def test_watch(self):
        with self.server.imap('test3') as connection:
            connection.create(self.BOX)
        process = self.start('watch', 'test3', self.BOX)
        try:
            self.assertEqual(process.stdout.readline(), 'watching\n')
            self.append('test3', self.BOX, 1)
            line = ''
            while not line.startswith('EXISTS'):
                line = process.stdout.readline()
                self.assertTrue(line, 'ended')
            self.assertEqual(line, 'EXISTS 1\n')
            # The server goes away under it.
            self.server.kick('test3')
            self.assertEqual(process.wait(timeout=20), 1)
            self.assertIn('imap4-watch: ', process.stderr.read())
        finally:
            process.kill()
            process.communicate()

    def test_watch_for_a_while(self):
        start = time.monotonic()
        self.run_program('watch', 'test4', 'INBOX', '1')
        self.assertGreaterEqual(time.monotonic() - start, 1)

    def test_parse(self):
        """Every word of a server is understood."""
        self.append('test6', 'INBOX', 1, 2)
        out = subprocess.run(
            [BUILD + '/imap4-parse'], check=True, text=True,
            input=self.transcript(
                'test6', 'CAPABILITY', 'NAMESPACE', 'LIST "" *', 'LSUB "" *',
                'STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)', 'SELECT INBOX',
                'FETCH 1:* (FLAGS UID INTERNALDATE ENVELOPE BODYSTRUCTURE '
                'RFC822.SIZE BODY[])', 'SEARCH ALL', 'NO SUCH COMMAND {3',
                'GETQUOTAROOT INBOX', 'GETACL INBOX').decode(),
            stdout=subprocess.PIPE).stdout
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([x['tag'] for x in lines if x['t'] == 'tagged'],
                         ['t%d' % n for n in range(13)])
        fetched = [x['fetch'] for x in lines if x.get('name') == 'FETCH']
        self.assertEqual(
            [x['BODY[]'] for x in fetched if 'BODY[]' in x],
            ['s:' + support.message(n).replace(b'\n', b'\r\n').decode()
             for n in (1, 2)])

    def test_the_program_of_the_readme(self):
        with open(TOP + '/README.md', encoding='utf-8') as f:
            text = re.search(r'^```c\n(.*?)^```', f.read(),
                             re.S | re.M).group(1)
        shown = '"imap.example.org", 0,'
        self.assertIn(shown, text)
        program = self.server.dir + '/print'
        sanitize = os.environ.get('SANITIZE')
        os.symlink(BUILD + '/libimap4.so', self.server.dir + '/libimap4.so.0')
        subprocess.run(
            [*os.environ.get('CC', 'gcc').split(), '-std=c11', '-Wall',
             '-Wextra', '-Werror', *(['-fsanitize=' + sanitize] if sanitize
                                     else []),
             '-I' + TOP + '/lib/include', '-o', program, '-x', 'c', '-',
             '-L' + BUILD, '-limap4', '-Wl,-rpath,' + self.server.dir],
            input=text.replace(shown, '"localhost", %d,'
                               % self.server.tls_port),
            check=True, text=True)
        self.append('test7', 'INBOX', 1, 2)
        for password, status in ('secret', 0), ('wrong', 1):
            done = subprocess.run(
                [program], env=dict(os.environ, SSL_CERT_FILE=self.server.ca,
                                    IMAP_USER='test7', IMAP_PASSWORD=password),
                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                timeout=60)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertEqual(bool(done.stderr), bool(status))
            self.assertEqual(done.stdout, '' if status else ''.join(
                'Message %d\n%s\n' % (n, support.message(n).decode())
                for n in (1, 2)))

    def test_failures(self):
        self.assertIn('EXAMINE', self.run_program('watch', 'test5',
                                                 'no-such-box', status=1))
        self.assertIn('usage', self.run_program('print', 'a', 'b', status=64))
        self.assertIn('/nowhere', self.run_program('upload', 'test5', 'INBOX',
                                                   '/nowhere', status=66))


class ExamplesOnDovecot(Examples, unittest.TestCase):
    NAME = 'dovecot'


class ExamplesOnCyrus(Examples, unittest.TestCase):
    NAME = 'cyrus'


class ExamplesOnCourier(Examples, unittest.TestCase):
    NAME = 'courier'
    BOX = 'INBOX.box'


support.main()
