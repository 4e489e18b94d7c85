#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""imapsyncctl setup on a network of its own: a name server with a zone, a web
server with an autoconfig file, a Dovecot, and a terminal where a person types.
Needs root, for the network, and for /etc/resolv.conf and the authorities."""
import fcntl
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time

import support
from oauth import Scripted

DOMAIN, ADDRESS = 'wild.test', 'ann@wild.test'
SRV, MX, A = 33, 15, 1
INSIDE = 'IMAPSYNCD_TEST_NETWORK'


def enter_network():
    """Runs this file again where the network is ours."""
    if os.environ.get(INSIDE):
        with socket.socket() as s:      # ip link set lo up
            request = struct.pack('16sH14s', b'lo', 0x1 | 0x40, b'')
            fcntl.ioctl(s, 0x8914, request)
        return
    if os.getuid() == 0:
        try:
            subprocess.run(['unshare', '-mn', 'true'], check=True,
                           stderr=subprocess.PIPE)
            os.execvpe('unshare', ['unshare', '-mn', '--propagation',
                                   'private', sys.executable, __file__,
                                   *sys.argv[1:]],
                       {**os.environ, INSIDE: '1'})
        except (OSError, subprocess.SubprocessError):
            pass
    print('no network namespace can be made: needs root', file=sys.stderr)
    sys.exit(77)


def wire(name):
    return b''.join(bytes([len(x)]) + x for x in
                    name.encode('latin-1').split(b'.') if x) + b'\0'


class Names:
    """A name server. zone: {(name, type): [record]}; A of everything that has
    none is 127.0.0.1."""

    def __init__(self):
        self.zone = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            self.socket.sendto(self._answer(query), peer)

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, (kind,) = '.'.join(labels).lower(), \
            struct.unpack_from('>H', query, at + 1)
        records = self.zone.get((name, kind))
        if records is None:
            records = [bytes([127, 0, 0, 1])] if kind == A else []
        head = query[:2] + struct.pack('>HHHHH', 0x8580, 1, len(records), 0,
                                       0)
        return head + query[12:at + 5] + b''.join(
            b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 0, len(r)) + r
            for r in records)

    def srv(self, host, port, service='_imaps'):
        self.zone[('%s._tcp.%s' % (service, DOMAIN), SRV)] = [
            struct.pack('>HHH', 9, 0, 1) + wire('later.' + DOMAIN),
            struct.pack('>HHH', 1, 0, port) + wire(host)]

    def mx(self, host):
        self.zone[(DOMAIN, MX)] = [struct.pack('>H', 10) + wire(host)]


class Relay:
    """What comes to a port goes to another."""

    def __init__(self, port, to):
        self.to = to
        self.socket = socket.create_server(('127.0.0.1', port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,),
                             daemon=True).start()

    def _serve(self, near):
        with near, socket.create_connection(('127.0.0.1', self.to)) as far:
            while True:
                for s in select.select([near, far], [], [])[0]:
                    data = s.recv(65536)
                    if not data:
                        return
                    (far if s is near else near).sendall(data)


class Typed:
    """A program at a terminal, and who types into it."""

    def __init__(self, command, environment):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execve(command[0], command, environment)
        self.shown, self.at, self.answers = '', 0, 0

    def read(self):
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            data = b''
        self.shown += data.decode()
        return data

    def answer(self, question, text):
        end = time.monotonic() + 15
        while not re.search(question, self.shown[self.at:]):
            if not self.read() or time.monotonic() > end:
                raise AssertionError('no %r in\n%s' % (question, self.shown))
        self.at = len(self.shown)
        self.answers += 1
        # A password is asked for when the terminal shows nothing any more.
        os.write(self.fd, text.encode() + b'\n')

    def end(self):
        while self.read():
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def autoconfig(host, port, kind='imap', socket_type='SSL',
               user='%EMAILADDRESS%', head=''):
    return ('<?xml version="1.0"?>%s<clientConfig version="1.1">'
            '<emailProvider id="x"><incomingServer type="pop3"><hostname>no'
            '</hostname></incomingServer><incomingServer type="%s">'
            '<hostname>%s</hostname><port>%s</port><socketType>%s'
            '</socketType><username>%s</username>'
            '<authentication>password-cleartext</authentication>'
            '</incomingServer></emailProvider></clientConfig>'
            % (head, kind, host, port, socket_type, user))


class SetUp(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.add_user(ADDRESS, support.PASSWORD)
        with open(cls.server.dir + '/resolv.conf', 'w') as f:
            f.write('nameserver 127.0.0.1\n')
        for ours, theirs in (
                (cls.server.dir + '/resolv.conf', '/etc/resolv.conf'),
                (cls.server.ca, '/etc/ssl/certs/ca-certificates.crt')):
            subprocess.run(['mount', '--bind', ours, theirs], check=True)
        cls.names = Names()
        cls.web = Scripted(cls.server.dir + '/tls', port=443)
        cls.addClassCleanup(cls.web.close)

    def setUp(self):
        super().setUp()
        self.user = ADDRESS
        self.names.zone.clear()
        self.web.answers.clear()
        self.where = support.Setup()
        self.addCleanup(self.where.remove)
        self.where.ini = self.where.home + '/.config/imapsyncd/imapsyncd.ini'
        plain = self.where.environment()
        self.environment = {**plain, 'SSL_CERT_FILE': self.server.ca,
                            'PATH': '/usr/bin:/bin'}
        self.where.environment = lambda: self.environment
        self.since = len(self.server.log())

    def type(self, *args):
        return Typed([support.CONTROL, 'setup', *args], self.environment)

    def script(self, *args):
        process = self.where.start('setup', *args, config=False,
                                   program=support.CONTROL)
        return support.finish(process)

    def assertWorks(self):
        """What was written mirrors the mail."""
        with self.server.imap(ADDRESS) as connection:
            connection.append('INBOX', None, None, support.message(1))
        result = self.where.run('--once', config=False)
        self.assertStatus(result, 0)
        self.assertRegex(result.out, r'wild\d*: \d+ new')

    def assertNothing(self):
        self.assertFalse(os.path.exists(self.where.home + '/.config'))
        self.assertEqual([n for n in os.listdir(self.where.home + '/run')
                          if n.startswith('imapsyncd-setup')], [])

    def assertNoLogin(self):
        """Nobody came, but for the look whether the server has started, whose
        line may be late."""
        self.assertNotRegex(self.server.log()[self.since:],
                            r'imap-login: (?!.*before auth was ready)')

    def by_hand(self, *args):
        t = self.type(*args, ADDRESS)
        t.answer('Password: ', support.PASSWORD)
        t.answer(r'Write it\? ', '')
        self.assertEqual(t.end(), 0, t.shown)
        self.assertNotIn(support.PASSWORD, t.shown)
        return t

    def test_srv(self):
        self.names.srv('imap.' + DOMAIN, self.server.tls_port)
        t = self.by_hand()
        self.assertRegex(t.shown, r'SRV +imap\.wild\.test')
        self.assertRegex(t.shown, 'INBOX')
        self.assertEqual(os.stat(self.where.ini).st_mode & 0o777, 0o600)
        secret = os.path.dirname(self.where.ini) + '/wild.password'
        self.assertEqual(os.stat(secret).st_mode & 0o777, 0o600)
        self.assertLessEqual(t.answers, 6)
        self.assertWorks()

    def test_what_is_there_stays(self):
        self.names.srv('imap.' + DOMAIN, self.server.tls_port)
        os.makedirs(os.path.dirname(self.where.ini), 0o700)
        before = '# mine\n[account wild]\nhost = h\nenabled = no\nuser = u' \
            '\npassword_command = x\n; no line end'
        self.where.write(self.where.ini, before)
        self.by_hand()
        with open(self.where.ini) as f:
            after = f.read()
        self.assertTrue(after.startswith(before + '\n\n[account wild2]\n'),
                        after)
        self.assertWorks()

    def test_autoconfig(self):
        body = autoconfig('imap.' + DOMAIN, self.server.port,
                          socket_type='STARTTLS')
        self.web.answers['/mail/config-v1.1.xml'] = \
            lambda h: h.say(200, body)
        t = self.by_hand()
        self.assertIn('https://autoconfig.wild.test/mail', t.shown)
        self.assertIn('(STARTTLS)', t.shown)
        self.assertWorks()

    def test_probe(self):
        """The server has nothing for anybody who looks, but stands where all
        stand."""
        relay = Relay(993, self.server.tls_port)
        self.addCleanup(relay.close)
        self.web.answers['/mail/config-v1.1.xml'] = \
            lambda h: h.say(404, 'no')
        result = self.script('--yes', '--password-command',
                             'echo ' + support.PASSWORD, ADDRESS)
        self.assertStatus(result, 0)
        self.assertRegex(result.out, r'probe +imap\.wild\.test')
        self.assertWorks()

    def test_a_host_that_is_said(self):
        result = self.script('--host', 'imap.test', '--port',
                             str(self.server.tls_port), '--yes',
                             '--password-command',
                             'echo ' + support.PASSWORD, ADDRESS)
        self.assertStatus(result, 0)
        self.assertWorks()

    def test_a_host_elsewhere(self):
        """Only the name server says so, or a web page: it gets no password
        unless a person agrees."""
        for where in 'srv', 'web', 'mx':
            self.names.zone.clear()
            self.web.answers.clear()
            if where == 'srv':
                self.names.srv('imap.test', self.server.tls_port)
            elif where == 'mx':
                self.names.mx('aspmx.l.google.com')
            else:
                body = autoconfig('imap.test', self.server.tls_port)
                self.web.answers['/mail/config-v1.1.xml'] = \
                    lambda h, body=body: h.say(200, body)
            result = self.script('--yes', '--password-command', 'echo x',
                                 ADDRESS)
            self.assertStatus(result, 64)
            self.assertRegex(result.err, 'nobody has agreed to it\n  -> ')
            t = self.type(ADDRESS)
            t.answer('Send the password there', 'n')
            self.assertEqual(t.end(), 64, t.shown)
            self.assertNoLogin()
            self.assertNothing()
        self.names.zone.clear()
        self.names.srv('imap.test', self.server.tls_port)
        t = self.type(ADDRESS)
        t.answer('Send the password there', 'y')
        t.answer('Password: ', support.PASSWORD)
        t.answer('Write it', 'y')
        self.assertEqual(t.end(), 0, t.shown)
        self.assertWorks()

    def test_hostile(self):
        good = 'imap.' + DOMAIN, self.server.tls_port
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        for body in ('x' * 1000000, '', '<html>', '<' * 1000,
                     '<a>' * 100000, autoconfig(*good, head=bomb),
                     autoconfig('a&#10;password_command = id', 993),
                     autoconfig('a&#10;b', 993),
                     autoconfig(good[0], 993, user='a&#10;tls = none'),
                     autoconfig(good[0], 0), autoconfig(good[0], 70000),
                     autoconfig(good[0], 143, socket_type='plain'),
                     autoconfig(*good, kind='exchange')):
            self.web.answers['/mail/config-v1.1.xml'] = \
                lambda h, body=body: h.say(200, body)
            self.names.zone[('_imaps._tcp.' + DOMAIN, SRV)] = [
                struct.pack('>HHH', 1, 0, 993) + wire('a\nb.' + DOMAIN),
                struct.pack('>HHH', 1, 0, 0) + wire('imap.' + DOMAIN),
                struct.pack('>HHH', 1, 0, 993) + b'\0', b'']
            result = self.script('--yes', '--password-command', 'echo x',
                                 ADDRESS)
            self.assertStatus(result, 75)
            self.assertRegex(result.err, 'no server was found.*\n  -> say it')
            self.assertNoLogin()
            self.assertNothing()
        self.web.answers['/mail/config-v1.1.xml'] = lambda h: h.say(
            302, '', Location='http://autoconfig.wild.test/mail')
        result = self.script('--yes', '--password-command', 'echo x', ADDRESS)
        self.assertStatus(result, 75)
        self.assertIn('sent on to http://', result.out)

    def test_wrong_password(self):
        self.names.srv('imap.' + DOMAIN, self.server.tls_port)
        t = self.type(ADDRESS)
        t.answer('Password: ', 'not it')
        self.assertEqual(t.end(), 77, t.shown)
        self.assertIn('Nothing was written', t.shown)
        self.assertNothing()

    def test_nobody_there(self):
        self.names.srv('imap.' + DOMAIN, self.server.tls_port)
        for args, says in (([], 'for which address'),
                           (['ann'], 'not an address'),
                           (['ann@a b'], 'not an address'),
                           (['ann@localhost'], 'not an address'),
                           ([ADDRESS], 'nobody to ask'),
                           (['--tls', 'none', ADDRESS], '--tls is'),
                           (['--user', 'a\nb', ADDRESS], 'no user'),
                           (['--password-command', 'x\ny', ADDRESS],
                            'no command'),
                           (['--host', 'a b', ADDRESS], 'no host')):
            result = self.script(*args)
            self.assertStatus(result, 64)
            self.assertRegex(result.err, '%s.*\n  -> ' % says)
        self.assertNothing()

    def test_only_oauth(self):
        result = self.script('--yes', '--password-command', 'x',
                             'ann@outlook.com')
        self.assertStatus(result, 78)
        self.assertRegex(result.err, 'OAuth2 only\n  -> .*imapsyncctl auth')
        self.assertNothing()


enter_network()
support.main()
