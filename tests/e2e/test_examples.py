#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The programs of lib/examples as somebody else builds them: against what make
install put there, by pkg-config alone; and at work on a Dovecot."""
import os
import shutil
import subprocess
import tempfile
import unittest

import support
from servers import TOP, Dovecot

BUILD = os.path.abspath(os.environ.get('B') or os.path.join(TOP, 'build'))


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix='install')
        cls.addClassCleanup(shutil.rmtree, cls.root)
        env = {k: v for k, v in os.environ.items()
               if k not in ('MAKELEVEL', 'MAKEFLAGS', 'MFLAGS')}
        subprocess.run(['make', '-s', 'install', 'AS_BUILT=1', 'B=' + BUILD,
                        'PREFIX=' + cls.root], cwd=TOP, env=env, check=True)
        cls.server = cls.enterClassContext(Dovecot())

    def build(self, name, package='imap4'):
        env = dict(os.environ, PKG_CONFIG_PATH=self.root + '/lib/pkgconfig')
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', package],
                               env=env, check=True, text=True,
                               stdout=subprocess.PIPE).stdout.split()
        sanitize = os.environ.get('SANITIZE')
        program = '%s/%s' % (self.root, name)
        subprocess.run(
            [*os.environ.get('CC', 'gcc').split(), '-std=c11',
             '-D_GNU_SOURCE', '-Wall', '-Werror', '-o', program,
             '%s/lib/examples/%s.c' % (TOP, name), *flags,
             *(['-fsanitize=' + sanitize] if sanitize else []),
             '-Wl,-rpath,%s/lib' % self.root], check=True)
        return program

    def start(self, program, port, *args):
        return subprocess.Popen(
            [program, 'localhost', str(port), *args], text=True,
            env=dict(os.environ, IMAP_PASSWORD='secret',
                     SSL_CERT_FILE=self.server.ca), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_program(self, program, port, *args, status=0):
        process = self.start(program, port, *args)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, out + err)
        return out

    def append(self, user, box, *numbers):
        with self.server.imap(user) as connection:
            connection.create(box)
            for n in numbers:
                text = support.message(n).replace(b'\n', b'\r\n')
                self.assertEqual(connection.append(box, None, None, text)[0],
                                 'OK')

    def test_engine_alone(self):
        program = self.build('imap4-count', 'imap4-engine')
        linked = subprocess.run(['readelf', '-d', program], check=True,
                                text=True, stdout=subprocess.PIPE).stdout
        for library in 'ssl', 'crypto', 'event', 'gsasl', 'imap4':
            self.assertNotIn('lib' + library, linked.replace(self.root, ''))
        self.append('test1', 'INBOX', 1, 2, 3)
        port = self.server.port
        self.assertEqual(self.run_program(program, port, 'test1', 'INBOX'),
                         '3\n')
        self.run_program(program, port, 'nobody', 'INBOX', status=1)
        self.run_program(program, port, 'test1', 'no-such', status=1)

    def test_two_idles(self):
        program = self.build('imap4-two')
        self.append('test2', 'box')
        process = self.start(program, self.server.tls_port, 'test2', 'INBOX',
                             'box')
        try:
            self.assertEqual({process.stdout.readline() for _ in range(2)},
                             {'INBOX: 0\n', 'box: 0\n'})
            self.append('test2', 'INBOX', 1)
            self.assertEqual(process.stdout.readline(), 'INBOX: 1\n')
            self.append('test2', 'box', 2)
            self.assertEqual(process.stdout.readline(), 'box: 1\n')
            self.server.kick('test2')
            self.assertEqual(process.wait(timeout=30), 0)
            self.assertIn('box: ', process.stderr.read())
        finally:
            process.kill()
            process.communicate()

    def test_blocking(self):
        program = self.build('imap4-save')
        self.append('test3', 'box', 1, 2, 3)
        with tempfile.TemporaryDirectory() as where:
            self.assertEqual(self.run_program(
                program, self.server.tls_port, 'test3', 'box', where), '')
            self.assertEqual(sorted(os.listdir(where)),
                             ['1.eml', '2.eml', '3.eml'])
            with open(where + '/2.eml', 'rb') as f:
                self.assertEqual(f.read(),
                                 support.message(2).replace(b'\n', b'\r\n'))
            self.run_program(program, self.server.tls_port, 'test3', 'no-such',
                             where, status=1)

    def test_the_others_build(self):
        for name in 'imap4-print', 'imap4-watch', 'imap4-upload':
            with self.subTest(name=name):
                self.build(name)


support.main()
