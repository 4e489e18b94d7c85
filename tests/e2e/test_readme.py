#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every command that README.md shows does what it says, in its order; and every
one is known to this test."""
import os
import re
import shlex
import subprocess

import support
from servers import TOP
from service import Service

CTL = os.path.join(os.path.dirname(support.PROGRAM), 'imapsyncctl')

# Asked of a running daemon.
LIVE = 'status', 'sync'

# Shown, and run for real by another test.
ELSEWHERE = {
    'make check': None,     # this is it
    'make': 'tests/lint/check-install',
    'sudo make install PREFIX=/usr': 'tests/lint/check-install',
    'systemctl --user enable --now imapsyncd': 'tests/e2e/test_systemd.py',
    'journalctl --user -u imapsyncd': 'tests/e2e/test_systemd.py',
}


def commands():
    with open(TOP + '/README.md', encoding='utf-8') as f:
        text = f.read()
    for block in re.findall(r'^```sh\n(.*?)^```', text, re.S | re.M):
        for line in block.splitlines():
            command = re.sub(r'\s+#.*', '', line).strip()
            if command:
                yield command


class Readme(support.TestCase):
    def five_lines(self):
        """The INI file of "Set up in five lines", for a server that is
        there."""
        with open(TOP + '/README.md', encoding='utf-8') as f:
            text = f.read().split('## Set up in five lines')[1]
        ini = re.search(r'^```ini\n(.*?)^```', text, re.S | re.M).group(1)
        self.assertLessEqual(len(ini.splitlines()), 5)
        home = self.setup()
        ini = ini.replace('imap.example.org', 'localhost')
        ini = re.sub(r'user = .*', 'user = ' + self.user, ini)
        ini = re.sub(r'password_command = .*',
                     'password_command = echo ' + support.PASSWORD, ini)
        ini += 'port = %d\ntls_ca_file = %s\n' % (self.server.tls_port,
                                                 self.server.ca)
        path = home.home + '/.config/imapsyncd'
        os.makedirs(path)
        home.ini = path + '/imapsyncd.ini'
        home.write(home.ini, ini)
        return home

    def live(self, home, *args):
        """What is asked of a daemon, with one that has synced."""
        with Service(home) as service:
            service.ready()
            service.wait(lambda: home.control('sync', '--wait').status == 0,
                         'a sync')
            self.assertStatus(home.control(*args), 0)
            service.stop()

    def ctl(self, home, *args):
        """Where something is to be undone, a message is deleted before."""
        undo = args[0] == 'undo' and '--list' not in args
        count = sum(map(len, self.remote().values()))
        if undo:
            with self.imap() as connection:
                connection.select('INBOX')
                connection.store('1', '+FLAGS', '\\Deleted')
                connection.expunge()
            self.assertStatus(home.run('--once', config=False), 0)
        done = subprocess.run([CTL, *args], cwd=home.home,
                              env=home.environment(), timeout=60,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        if undo:
            self.assertStatus(home.run('--once', config=False), 0)
            self.assertEqual(sum(map(len, self.remote().values())), count)
            self.undone = True

    def test_every_command(self):
        self.server.seed(self.user, 40, '--folders', '3')
        home = self.five_lines()
        self.undone = False
        for command in commands():
            words = shlex.split(command)
            if command == 'make demo':
                run = subprocess.run([TOP + '/tests/demo', support.PROGRAM],
                                     capture_output=True, timeout=120)
                self.assertEqual(run.returncode, 0, run.stderr)
            elif words[0] == 'imapsyncctl' and words[1] in LIVE:
                self.live(home, *words[1:])
            elif words[0] == 'imapsyncctl':
                self.ctl(home, *words[1:])
            elif words[0] == 'imapsyncd':
                result = home.run(*words[1:], config=False)
                self.assertStatus(result, 0)
            else:
                self.assertIn(command, ELSEWHERE)
                other = ELSEWHERE[command]
                self.assertTrue(other is None or
                                os.path.exists(os.path.join(TOP, other)))
        self.assertTrue(self.undone)
        self.assertEqual(sum(map(len, self.remote().values())),
                         sum(len(files) for path, _, files
                             in os.walk(home.home + '/Mail/home')
                             if os.path.basename(path) in ('cur', 'new')))

    def test_the_summary_line(self):
        with open(TOP + '/README.md', encoding='utf-8') as f:
            shown = re.search(r'^home: .* s$', f.read(), re.M).group(0)
        self.server.seed(self.user, 5, '--folder', 'INBOX')
        home = self.five_lines()
        result = home.run('--once', config=False)
        shape = lambda line: re.sub(r'\d+', 'N', line)
        self.assertEqual(shape(result.out.strip()), shape(shown))


if __name__ == '__main__':
    support.main()
