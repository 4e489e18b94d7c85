#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both units under a real systemd, where the machine allows one to be booted:
the service gets ready, syncs with all the hardening on, and stops cleanly."""
import os
import shutil
import subprocess
import tempfile
import unittest

import support
from servers import SERVERS, TOP, Dovecot

UID = 61234     # of the user inside, who does not exist on this machine
HOME = '/home/ann'


class Systemd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.getuid() != 0:
            raise unittest.SkipTest('booting systemd in a container needs root')
        cls.dir = tempfile.mkdtemp(prefix='s')
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        boot = subprocess.run([SERVERS + '/systemd', 'up', cls.dir, '--net',
                               'host'], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        if boot.returncode:
            raise unittest.SkipTest('systemd does not boot here: ' +
                                    boot.stdout.decode().strip()[-200:])
        cls.addClassCleanup(subprocess.run, [SERVERS + '/systemd', 'down',
                                             cls.dir], timeout=60)
        cls.server = cls.enterClassContext(Dovecot())
        cls.share = cls.dir + '/share'
        for program in support.PROGRAM, support.CONTROL:
            shutil.copy(program, cls.share)
        shutil.copy(cls.server.ca, cls.share + '/ca.pem')
        cls.inside('cp /share/imapsyncd /share/imapsyncctl /usr/bin; '
                   'useradd -m -u %d -d %s ann; mkdir -p %s/Mail '
                   '%s/.config/imapsyncd' % (UID, HOME, HOME, HOME))

    @classmethod
    def inside(cls, script, check=True):
        result = subprocess.run([SERVERS + '/systemd', 'exec', cls.dir, 'sh',
                                 '-c', script], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, timeout=60,
                                stderr=subprocess.STDOUT)
        text = result.stdout.decode('utf-8', 'replace')
        if check and result.returncode:
            raise AssertionError('%s: %s' % (script, text))
        return text

    def configure(self, user, secret):
        """The configuration of the user inside, for a user of the server."""
        with open(self.share + '/imapsyncd.ini', 'w') as f:
            f.write('[account work]\nhost = localhost\nport = %d\nuser = %s\n'
                    'tls_ca_file = %s/.config/imapsyncd/ca.pem\n%s\n'
                    'poll_interval = 5s\n'
                    % (self.server.tls_port, user, HOME, secret))
        self.inside('rm -rf {0}/Mail/* {0}/.local; '
                    'cp /share/ca.pem /share/imapsyncd.ini '
                    '{0}/.config/imapsyncd/; chown -R ann:ann {0}; '
                    'chmod 600 {0}/.config/imapsyncd/imapsyncd.ini'
                    .format(HOME))

    def install(self, unit, where):
        shutil.copy(os.path.join(TOP, 'systemd', unit), self.share)
        self.inside("cp '/share/%s' '%s/'" % (unit, where))

    def seed(self, user):
        self.server.seed(user, 30, '--folder', 'INBOX', '--plain')

    def mirrored(self):
        return int(self.inside('find %s/Mail/work/INBOX/cur '
                               '%s/Mail/work/INBOX/new -type f | wc -l'
                               % (HOME, HOME), check=False).split()[-1])

    def watch(self, systemctl, unit, journal):
        """The unit is started: it syncs, reloads, syncs again, stops."""
        try:
            self.assertEqual(
                self.inside('%s is-active %s' % (systemctl, unit)).strip(),
                'active')
            support.wait_for(lambda: self.mirrored() == 30, 'the mirror')
            self.inside('%s reload %s' % (systemctl, unit))
            self.inside('printf "nonsense = 1\\n" >>%s/.config/imapsyncd/'
                        'imapsyncd.ini; ! %s reload %s' % (HOME, systemctl,
                                                           unit))
            self.assertRegex(self.inside('%s show -p StatusText %s' % (
                systemctl, unit)), r'=1 account, all is well')
            self.inside('%s stop %s' % (systemctl, unit))
            self.assertIn('Result=success', self.inside(
                '%s show -p Result -p ExecMainStatus %s' % (systemctl, unit)))
        except AssertionError as e:
            raise AssertionError('%s\n%s' % (
                e, self.inside('journalctl --no-pager %s' % journal))) from e

    def control(self, command):
        """imapsyncctl, as the user types it in a shell of the own."""
        return self.inside('su ann -c "XDG_RUNTIME_DIR=/run/user/%d imapsyncctl '
                           '%s"' % (UID, command), check=False)

    def pid(self):
        return self.inside('systemctl show -p MainPID --value '
                           'imapsyncd@ann').strip()

    def killed_by_the_watchdog(self):
        """A process that does not answer is started again."""
        self.inside('printf "[Service]\\nWatchdogSec=2s\\nRestartSec=100ms\\n"'
                    ' >/etc/systemd/system/imapsyncd@ann.service.d/dog.conf; '
                    'systemctl daemon-reload; systemctl restart imapsyncd@ann')
        pid = self.pid()
        self.inside('kill -STOP ' + pid)
        support.wait_for(lambda: self.pid() not in (pid, '0'), 'another one')
        self.inside('rm /etc/systemd/system/imapsyncd@ann.service.d/dog.conf; '
                    'systemctl daemon-reload; systemctl restart imapsyncd@ann')

    def test_system_unit(self):
        """With its password as a credential."""
        self.seed('test1')
        self.configure('test1', 'password_credential = work')
        self.install('imapsyncd@.service', '/etc/systemd/system')
        self.inside('echo secret >/etc/work.cred; '
                    'd=/etc/systemd/system/imapsyncd@ann.service.d; '
                    'mkdir -p $d; printf "[Service]\\nLoadCredential='
                    'work:/etc/work.cred\\n" >$d/secret.conf; '
                    'systemctl daemon-reload')
        self.inside('systemctl start imapsyncd@ann || '
                    '{ journalctl --no-pager -u imapsyncd@ann; exit 1; }')
        support.wait_for(lambda: 'work: idle' in self.control('status'),
                         'the idle account')
        self.assertIn('INBOX: 30 messages', self.control('folders work'))
        # The instance's database is found, too.
        self.assertIn('nothing is held', self.control('approve work'))
        self.killed_by_the_watchdog()
        self.watch('systemctl', 'imapsyncd@ann', '-u imapsyncd@ann')

    def test_user_unit(self):
        """With a password_command that uses the home."""
        self.seed('test2')
        self.configure('test2', 'password_command = cat ~/.secret')
        self.inside('echo secret >{0}/.secret; chown ann {0}/.secret; '
                    'loginctl enable-linger ann'.format(HOME))
        self.install('imapsyncd.service', '/etc/systemd/user')
        user = 'systemctl --user -M ann@'
        support.wait_for(lambda: 'running' in self.inside(
            user + ' is-system-running', check=False), "ann's own systemd")
        self.inside(user + ' daemon-reload')
        self.inside(user + ' start imapsyncd || '
                    '{ journalctl --no-pager | tail -50; exit 1; }')
        self.watch(user, 'imapsyncd', '| tail -50')


support.main()
