#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The configuration file and the command line: what is refused, where, and
with which exit status."""
import os
import re
import unittest

import support
from servers import Dovecot

GOOD = '''\
[general]
maildir_root = {home}/Mail
state_dir = {home}/state

[account home]
host = imap.example.org
user = ann
password_command = cat {home}/secret
'''
# (name, text with {home}, line with the error or 0, what the error says)
BAD = [
    ('key', GOOD + 'pasword_file = x\n', 9, r'pasword_file.*did you mean.*'
     r'password_file'),
    ('section', GOOD + '[acount work]\nhost = x\n', 9, r'acount'),
    ('port', GOOD + 'port = 70000\n', 9, r'port'),
    ('port text', GOOD + 'port = imaps\n', 9, r'port'),
    ('duration', GOOD + 'poll_interval = soon\n', 9, r'poll_interval'),
    ('boolean', GOOD + 'expunge = perhaps\n', 9, r'expunge'),
    ('enumeration', GOOD + 'layout = mbox\n', 9, r'layout.*mbox'),
    ('size', GOOD + 'max_size = 5X\n', 9, r'max_size'),
    ('percent', GOOD + 'delete_limit = 250%\n', 9, r'delete_limit'),
    ('mechanism', GOOD + 'auth = rot13\n', 9, r'rot13'),
    ('pin', GOOD + 'tls_pin = md5:00\n', 9, r'tls_pin'),
    ('plain text to elsewhere', GOOD + 'tls = none\n', 9, r'tls'),
    ('two secrets', GOOD + 'password_file = {home}/secret\n', 9,
     r'password_'),
    ('no host', '[account x]\nuser = ann\npassword_command = true\n', 1,
     r'host'),
    ('no user', '[account x]\nhost = h\npassword_command = true\n', 1,
     r'user'),
    ('no secret', '[account x]\nhost = h\nuser = ann\n', 1, r'password'),
    ('one Maildir twice', GOOD + 'maildir = {home}/M\n[account b]\nhost = h\n'
     'user = b\npassword_command = true\nmaildir = {home}/M\n', 14,
     r'maildir|\{home\}/M'),
    ('no account', '[general]\nlog_level = info\n', 0, r'account'),
    ('no INI', 'this is not a configuration\n', 1, r'.'),
]


class Base(unittest.TestCase):
    def home(self, text=GOOD):
        home = support.Setup()
        self.addCleanup(home.remove)
        home.write(home.ini, text.replace('{home}', home.home))
        return home

    def assertStatus(self, result, status):
        self.assertEqual(result.status, status, '\nstdout:\n%s\nstderr:\n%s'
                         % (result.out, result.err))


class Refused(Base):
    def test_each(self):
        for name, text, line, says in BAD:
            for command in '--check-config', '--once':
                with self.subTest(name, command=command):
                    home = self.home(text)
                    result = home.run(command)
                    self.assertStatus(result, 78)
                    where = re.escape(home.ini) + (':%d: ' % line if line
                                                   else '')
                    self.assertRegex(result.err, '(?m)^' + where)
                    self.assertRegex(result.err, says)
                    self.assertFalse(os.path.exists(home.state))

    def test_all_in_one_run(self):
        home = self.home(GOOD + 'port = 0\nlayout = mbox\nnonsense = 1\n')
        result = home.run('--check-config')
        self.assertStatus(result, 78)
        for line in 9, 10, 11:
            self.assertIn('%s:%d: ' % (home.ini, line), result.err)

    def test_password_that_others_can_read(self):
        text = GOOD.replace('password_command = cat {home}/secret',
                            'password = canary')
        home = self.home(text)
        self.assertStatus(home.run('--check-config'), 0)
        os.chmod(home.ini, 0o644)
        result = home.run('--check-config')
        self.assertStatus(result, 78)
        self.assertIn(home.ini, result.err)
        self.assertNotIn('canary', result.out + result.err)

    def test_file_that_is_not_there(self):
        home = self.home()
        result = home.run('-c', home.home + '/none.ini', '--once',
                          config=False)
        self.assertStatus(result, 78)
        self.assertIn('none.ini', result.err)


class Accepted(Base):
    def test_check_config(self):
        home = self.home()
        result = home.run('--check-config')
        self.assertStatus(result, 0)
        self.assertEqual(result.err, '')
        self.assertFalse(os.path.exists(home.mail))
        self.assertFalse(os.path.exists(home.state))

    def test_standard_place(self):
        home = self.home()
        os.makedirs(home.home + '/.config/imapsyncd')
        os.rename(home.ini, home.home + '/.config/imapsyncd/imapsyncd.ini')
        self.assertStatus(home.run('--check-config', config=False), 0)

    def test_effective_reads_back(self):
        home = self.home(GOOD.replace('password_command = cat {home}/secret',
                                      'password = canary')
                         + 'exclude = \\Junk, Lists/*\nlayout = maildir++\n')
        result = home.run('--check-config', '--effective')
        self.assertStatus(result, 0)
        self.assertNotIn('canary', result.out)
        for row in ('host = imap.example.org', 'port = 993', 'tls = implicit',
                    'layout = maildir++', 'poll_interval = 5m',
                    'maildir = %s/Mail/home' % home.home):
            self.assertRegex(result.out, '(?m)^%s$' % re.escape(row))
        home.write(home.ini, result.out)
        again = home.run('--check-config', '--effective')
        self.assertStatus(again, 0)
        self.assertEqual(again.out, result.out)

    def test_what_has_no_effect_yet_is_said(self):
        home = self.home(GOOD + 'compress = no\n')
        result = home.run('--check-config')
        self.assertStatus(result, 0)
        self.assertIn('compress', result.out + result.err)


class Connect(Base):
    def test_connect(self):
        with Dovecot() as server:
            home = support.Setup(server)
            self.addCleanup(home.remove)
            result = home.run('--check-config', '--connect')
            self.assertStatus(result, 0)
            self.assertEqual(server.mutating(), [])
            self.assertFalse(os.path.exists(home.mail))
            self.assertIn(home.ini + ': 1 account\n', result.out)
            self.assertRegex(result.out, r'(?m)^test: ok, 6 folders$')
            home.account('bad', server, password='wrong')
            result = home.run('--check-config', '--connect')
            self.assertStatus(result, 77)
            self.assertRegex(result.out, r'(?m)^test: ok, 6 folders$')
            self.assertRegex(result.out, r'(?m)^bad: failed: login as ')
            self.assertEqual(len(re.findall(r'\bok\b', result.out)), 1)


class CommandLine(Base):
    def test_version(self):
        result = self.home().run('--version', config=False)
        self.assertStatus(result, 0)
        self.assertRegex(result.out, r'^imapsyncd \d+\.\d+\.\d+')

    def test_help(self):
        result = self.home().run('--help', config=False)
        self.assertStatus(result, 0)
        for word in '--once', '--dry-run', '--check-config', '-c':
            self.assertIn(word, result.out)
        self.assertEqual(result.err, '')

    def test_usage_errors(self):
        for args in (['--no-such-option'], ['-x'], ['-c'], ['--dry-run'],
                     ['--effective'], ['--once', '--check-config'],
                     ['test'], ['--once', 'nobody'],
                     ['--once', 'nobody/INBOX'], ['--once', '--', '-n']):
            with self.subTest(args=args):
                home = self.home()
                result = home.run(*args)
                self.assertStatus(result, 64)
                self.assertTrue(result.err)
                self.assertEqual(result.out, '')


support.main()
