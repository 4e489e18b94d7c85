#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the manual says of other programs, with those programs: notmuch, mu,
neomutt, aerc."""
import os
import pty
import shutil
import subprocess
import unittest

import support
from service import Service
from servers import Dovecot
from support import wait_for


def setUpModule():
    Base.server = unittest.enterModuleContext(Dovecot())


class Base(support.TestCase):
    PROGRAM = None

    users = ['test%d' % i for i in range(1, 9)]

    @classmethod
    def setUpClass(cls):
        if not shutil.which(cls.PROGRAM):
            raise unittest.SkipTest(cls.PROGRAM + ' is not installed')

    def home(self, **keys):
        self.append('INBOX', support.message(1), '\\Seen')
        return self.setup(poll_interval='1h', **keys)

    def tool(self, home, *command):
        """What a program of the user prints."""
        return subprocess.run(command, env=home.environment(), cwd=home.home,
                              stdin=subprocess.DEVNULL, check=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              timeout=30).stdout.decode()

    def sync(self, home):
        self.assertStatus(home.control('sync', '--wait', 'test'), 0)

    def ready(self, service, home):
        service.ready()
        service.wait(lambda: home.control('status').status == 0, 'a socket')
        self.sync(home)

    def flags(self, subject):
        """On the server."""
        with self.imap() as c:
            c.select('INBOX', readonly=True)
            uids = c.uid('SEARCH', 'SUBJECT', '"%s"' % subject)[1][0]
            data = c.uid('FETCH', uids.decode(), '(FLAGS)')[1]
            return data[0].decode()


class Notmuch(Base):
    PROGRAM = 'notmuch'

    def test_new_mail_and_tags(self):
        home = self.home(on_change='notmuch new')
        home.write(home.home + '/.notmuch-config',
                   '[database]\npath=%s\n[user]\nname=a\n'
                   'primary_email=a@example.org\n[new]\ntags=new;unread\n'
                   'ignore=.imapsyncd;dovecot-keywords\n'
                   '[maildir]\nsynchronize_flags=true\n' % home.maildir())
        with Service(home) as service:
            self.ready(service, home)
            self.append('INBOX', support.message(2))
            self.sync(home)
            for n in 1, 2:
                wait_for(lambda n=n: self.found(home, n), 'in the database')
            # Tags become flags of the file, and so of the message.
            self.tool(home, 'notmuch', 'tag', '+flagged', '-unread', '--',
                      'subject:"message 2"')
            self.sync(home)
            for flag in '\\Flagged', '\\Seen':
                self.assertIn(flag, self.flags('message 2'))
            self.assertNotIn('on_change', service.log())
            service.stop()

    def found(self, home, n):
        return os.path.exists(home.maildir() + '/.notmuch') and self.tool(
            home, 'notmuch', 'search', '--output=files',
            'subject:"message %d"' % n).strip()


class Mu(Base):
    PROGRAM = 'mu'

    def test_new_mail(self):
        home = self.home(
            on_change="mu index || emacsclient -e '(mu4e-update-index)'")
        os.makedirs(home.mail, 0o700)
        self.tool(home, 'mu', 'init', '--maildir=' + home.mail)
        with Service(home) as service:
            self.ready(service, home)
            self.append('INBOX', support.message(2))
            self.sync(home)
            for n in 1, 2:
                wait_for(lambda n=n: 'message %d' % n in self.find(home),
                         'in the database')
            service.stop()

    def find(self, home):
        return subprocess.run(['mu', 'find', 'from:a@example.org'],
                              env=home.environment(),
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL,
                              timeout=30).stdout.decode()


class Terminal(Base):
    """Programs that want one."""

    def run_on_terminal(self, home, *command):
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(home.home)
            os.execvpe(command[0], command,
                       dict(home.environment(), TERM='xterm'))
        self.addCleanup(self.end, pid, fd)
        return pid, fd

    def end(self, pid, fd):
        os.close(fd)        # SIGHUP
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass
        os.waitpid(pid, 0)


class Neomutt(Terminal):
    PROGRAM = 'neomutt'

    def test_a_flag(self):
        home = self.home()
        with Service(home) as service:
            self.ready(service, home)
            home.write(home.home + '/muttrc',
                       'set mbox_type=Maildir\nset quit=yes\n'
                       'push "<search>message 1<enter><flag-message>'
                       '<sync-mailbox><exit>"\n')
            _, fd = self.run_on_terminal(home, 'neomutt', '-F',
                                         home.home + '/muttrc', '-f',
                                         home.maildir() + '/INBOX')
            os.set_blocking(fd, False)
            wait_for(lambda: self.flagged(home, fd), 'the flag')
            self.sync(home)
            self.assertIn('\\Flagged', self.flags('message 1'))
            service.stop()

    def flagged(self, home, fd):
        drain(fd)
        return any('F' in name.rpartition(':2,')[2]
                   for name in os.listdir(home.maildir() + '/INBOX/cur'))


class Aerc(Terminal):
    PROGRAM = 'aerc'

    def test_check_mail(self):
        """It syncs before it looks, though the next poll is an hour away."""
        home = self.home()
        config = home.home + '/.config/aerc'
        os.makedirs(config, 0o700)
        home.write(config + '/accounts.conf',
                   '[home]\nsource = maildir://%s\nfrom = a@example.org\n'
                   'default = INBOX\ncheck-mail = 1s\n'
                   'check-mail-timeout = 10s\n'
                   'check-mail-cmd = %s -c %s sync --wait test\n'
                   % (home.maildir(), support.CONTROL, home.ini))
        with Service(home) as service:
            self.ready(service, home)
            _, fd = self.run_on_terminal(home, 'aerc')
            os.set_blocking(fd, False)
            self.append('INBOX', support.message(2))
            wait_for(lambda: self.arrived(home, fd), 'the message')
            service.stop()

    def arrived(self, home, fd):
        drain(fd)
        return len(os.listdir(home.maildir() + '/INBOX/new') +
                   os.listdir(home.maildir() + '/INBOX/cur')) == 2


def drain(fd):
    """What a program on a terminal prints must be read."""
    try:
        while os.read(fd, 1 << 16):
            pass
    except (BlockingIOError, OSError):
        pass


support.main()
