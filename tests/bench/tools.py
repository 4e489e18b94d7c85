# SPDX-License-Identifier: MIT
"""The programs that are compared. Each knows how to mirror the INBOX, or all
folders, of a user on a port of this machine into a directory of its own."""
import os
import shutil

PASSWORD = 'secret'
IMAPSYNCD = '''[general]
maildir_root = {home}/Mail
state_dir = {home}/state

[account bench]
host = 127.0.0.1
port = {port}
tls = none
user = {user}
password_command = echo {password}
{more}
'''
MBSYNC = '''FSync {fsync}
IMAPAccount a
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN
DisableExtension COMPRESS=DEFLATE

IMAPStore far
Account a

MaildirStore near
Path {home}/Mail/
Inbox {home}/Mail/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns {patterns}
Create Near
Sync All
SyncState {home}/state/
'''


def write(path, text):
    with open(path, 'w', opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(text)


class Tool:
    mirrors = True      # leaves a Maildir behind
    keeps_state = True  # a second run is shorter

    def __init__(self, name):
        self.name = name

    def prepare(self, home, port, user, everything):
        """Writes the configuration; home may have been used before, with
        another port."""

    def inbox(self, home):
        return home + '/Mail/INBOX'


class Imapsyncd(Tool):
    def __init__(self, name, program):
        super().__init__(name)
        self.program = os.path.abspath(program)

    def prepare(self, home, port, user, everything):
        os.makedirs(home + '/run', mode=0o700, exist_ok=True)
        write(home + '/ini', IMAPSYNCD.format(
            home=home, port=port, user=user, password=PASSWORD,
            more='' if everything else 'include = INBOX'))

    def command(self, home, port, user):
        return [self.program, '-c', home + '/ini', '--once', '-q']

    def inbox(self, home):
        return home + '/Mail/bench/INBOX'


class Mbsync(Tool):
    def __init__(self, name, fsync):
        super().__init__(name)
        self.fsync = fsync

    def prepare(self, home, port, user, everything):
        os.makedirs(home + '/Mail', exist_ok=True)
        os.makedirs(home + '/state', exist_ok=True)
        write(home + '/rc', MBSYNC.format(
            home=home, port=port, user=user, password=PASSWORD,
            fsync=self.fsync, patterns='*' if everything else 'INBOX'))

    def command(self, home, port, user):
        return ['mbsync', '-q', '-c', home + '/rc', 'c']


class Bare(Tool):
    keeps_state = False

    def __init__(self, name, program, copy):
        super().__init__(name)
        self.program = os.path.abspath(program)
        self.mirrors = copy

    def command(self, home, port, user):
        return [self.program, str(port), user, PASSWORD] + (
            ['copy', self.inbox(home)] if self.mirrors else ['stream'])

    def inbox(self, home):
        return home + '/INBOX'


def find(build, also):
    """All tools that are there; also: more builds of imapsyncd."""
    bare = build + '/tests/bench/bare'
    tools = [Imapsyncd('imapsyncd', build + '/imapsyncd')]
    tools += [Imapsyncd(path, path) for path in also]
    tools += [Bare('bare copy', bare, True), Bare('bare stream', bare, False)]
    if shutil.which('mbsync'):
        tools += [Mbsync('mbsync', 'yes'), Mbsync('mbsync, FSync off', 'no')]
    else:
        print('mbsync (package isync) is not there and left out')
    return tools
