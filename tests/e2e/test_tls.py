#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Certificates that are not acceptable, connections that do not come about,
and credentials that are refused: status, text, and what had been sent."""
import base64
import glob
import hashlib
import os
import re
import subprocess
import unittest

import support
from servers import Dovecot, Proxy, free_ports

USER, PASSWORD = 'test', support.PASSWORD
PIN = 'sha256:[0-9a-f]{64}'


def pin_of(certificate):
    """sha256:HEX of the public key (SPKI) in a PEM certificate."""
    key = subprocess.run(['openssl', 'x509', '-in', certificate, '-noout',
                          '-pubkey'], stdout=subprocess.PIPE, check=True)
    der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'DER'],
                         input=key.stdout, stdout=subprocess.PIPE, check=True)
    return 'sha256:' + hashlib.sha256(der.stdout).hexdigest()


class Base(unittest.TestCase):
    def setup(self, server, **keys):
        home = support.Setup(server, USER, **keys)
        self.addCleanup(home.remove)
        return home

    def dovecot(self, *options):
        return self.enterContext(Dovecot(*options))

    def sync(self, home, status, *texts):
        result = home.run('--once')
        said = '\nstdout:\n%s\nstderr:\n%s' % (result.out, result.err)
        self.assertEqual(result.status, status, said)
        if status:
            self.assertRegex(result.err, r'\btest\b', 'names no account')
            self.assertRegex(result.err, r'(?m)^ *-> ', 'says not what to do')
            self.assertRegex(result.out, r'\Atest: failed: .*; before that: '
                             r'0 new, .*\n\Z', said)
        for text in texts:
            self.assertRegex(result.err, '(?i)' + text, said)
        self.assertNotIn(PASSWORD, result.out + result.err)
        return result


class Certificates(Base):
    def refused(self, certificate, text, host='localhost', **keys):
        """With TLS from the start and with STARTTLS: 77, the text, and no
        credential has left."""
        server = self.dovecot('--cert', certificate)
        for tls, port in ('implicit', server.tls_port), ('starttls',
                                                         server.port):
            with self.subTest(tls=tls):
                dump = server.dir + '/dump-' + tls
                with Proxy(port, '--dump', dump) as proxy:
                    home = self.setup(server, host=host, port=proxy.port,
                                      tls=tls, **keys)
                    self.sync(home, 77, text)
                self.check_nothing_sent(server, dump)
                self.assertFalse(os.path.exists(home.mail + '/test/INBOX'))

    def check_nothing_sent(self, server, dump):
        sent = b''
        for path in glob.glob(dump + '/*.up'):
            with open(path, 'rb') as f:
                sent += f.read()
        self.assertTrue(sent, 'nothing was recorded')
        plain = ('\0%s\0%s' % (USER, PASSWORD)).encode()
        for secret in (PASSWORD.encode(), base64.b64encode(plain),
                       b'LOGIN', b'AUTHENTICATE',
                       base64.b64encode(PASSWORD.encode()).rstrip(b'=')):
            self.assertNotIn(secret, sent)
        log = server.log()
        self.assertNotIn('user=<%s>' % USER, log)
        self.assertNotIn('method=', log)

    def test_wrong_host(self):
        self.refused('wronghost', r'-> .*host = other\.test')

    def test_address_that_is_not_in_it(self):
        self.refused('wronghost', r'host|name|address', host='127.0.0.1')

    def test_expired(self):
        self.refused('expired', r'expired.*\n  -> .*renew')

    def test_not_yet_valid(self):
        self.refused('future', r'not yet valid.*\n  -> .*clock')

    def test_self_signed(self):
        self.refused('selfsigned', r'self.signed.*\n  -> .*tls_pin = '
                     + PIN)

    def test_unknown_authority(self):
        self.refused('otherca', r'unknown authority.*\n  -> .*tls_pin = '
                     + PIN + '.*tls_ca_file = ')

    def test_system_authorities(self):
        """Without tls_ca_file nobody knows our test authority."""
        self.refused('server', r'issuer|authority|unable to get|self.signed',
                     tls_ca_file=None)

    def test_wrong_pin(self):
        self.refused('server', r'pin.*\n  -> .*tls_pin = ' + PIN,
                     tls_pin='sha256:' + '0' * 64)

    def test_the_pin_that_is_shown_is_the_one_to_write(self):
        server = self.dovecot('--cert', 'selfsigned')
        home = self.setup(server, tls_ca_file=None)
        said = self.sync(home, 77).err
        pin = re.search(r'-> .*tls_pin = (' + PIN + ')', said).group(1)
        self.assertEqual(pin, pin_of(server.dir + '/tls/selfsigned.pem'))
        self.sync(self.setup(server, tls_ca_file=None, tls_pin=pin), 0)


class Connections(Base):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Dovecot())

    def test_good(self):
        for tls in 'implicit', 'starttls':
            self.sync(self.setup(self.server, tls=tls), 0)

    def test_address(self):
        self.sync(self.setup(self.server, host='127.0.0.1'), 0)

    def test_pin_replaces_the_authorities(self):
        other = self.dovecot('--cert', 'selfsigned')
        home = self.setup(other, tls_ca_file=None,
                          tls_pin='sha256:%s, %s' % (
                              '0' * 64, pin_of(other.dir +
                                               '/tls/selfsigned.pem')))
        self.sync(home, 0)

    def test_no_starttls(self):
        plain = self.dovecot('--no-tls')
        home = self.setup(self.server, tls='starttls', port=plain.port)
        self.sync(home, 77, r'STARTTLS.*\n  -> tls = implicit, port = 993')
        self.assertNotIn('user=<%s>' % USER, plain.log())

    def test_tls_where_there_is_none(self):
        home = self.setup(self.server, port=self.server.port)
        line = 'tls = starttls, port = %d' % self.server.port
        self.sync(home, 77, r'without TLS on this port\n  -> ' + line)
        self.sync(self.setup(self.server, tls='starttls'), 0)

    def test_tls_where_it_is_not_expected(self):
        """The server waits for us, and we for it: said while we wait."""
        for tls in 'starttls', 'none':
            with self.subTest(tls=tls):
                home = self.setup(self.server, tls=tls, timeout='7s',
                                  port=self.server.tls_port)
                process = home.start('--once')
                hint = b'tls = implicit, port = %d' % self.server.tls_port
                said = b''
                while hint not in said:
                    line = process.stderr.readline()
                    self.assertTrue(line, said)
                    said += line
                self.assertNotIn(b'no answer', said)
                result = support.finish(process)
                self.assertEqual(result.status, 75)
                self.assertRegex(result.err, r'no greeting.*\n  -> .*'
                                 + hint.decode())

    def test_quiet_while_a_server_takes_its_time(self):
        with Proxy(self.server.port, '--fault', 'down after 0 stall') as p:
            home = self.setup(self.server, tls='none', port=p.port,
                              timeout='7s')
            result = home.run('--once', '-q')
        self.assertEqual(result.err.count('->'), 1, result.err)

    def test_wrong_password(self):
        home = self.setup(self.server, password='not it')
        result = self.sync(home, 77, r'login as .* refused.*\n  -> check '
                           'user and password')
        self.assertNotIn('not it', result.out + result.err)

    def test_token_that_is_refused(self):
        """It is no password that is to be checked."""
        server = self.dovecot('--mechs', 'xoauth2')
        home = self.setup(server, password_command=None,
                          token_command='echo not-it')
        result = self.sync(home, 77, r'-> .*token.*: echo ')
        self.assertNotIn('password', result.err)

    def test_token_is_asked_for_again(self):
        """Once, where it is refused: it may have expired just now."""
        server = self.dovecot('--mechs', 'xoauth2')
        home = self.setup(server, password_command=None)
        count = home.home + '/count'
        home.account('test', server, password_command=None,
                     token_command='echo x >> %s; echo not-it' % count)
        self.sync(home, 77)
        with open(count) as f:
            self.assertEqual(f.read(), 'x\nx\n')

    def test_every_mechanism(self):
        for mechanism in 'scram-sha-256', 'scram-sha-1', 'cram-md5', 'plain', \
                'login':
            with self.subTest(mechanism=mechanism):
                self.sync(self.setup(self.server, auth=mechanism), 0)
                self.assertIn('method=' + mechanism.upper(),
                              self.server.log())

    def test_strongest_mechanism(self):
        server = self.dovecot()
        self.sync(self.setup(server), 0)
        self.assertIn('method=SCRAM-SHA-256', server.log())

    def test_difficult_credentials(self):
        """Quotes, blanks and UTF-8, by every mechanism."""
        user, password = 'weird user@ex\u00e4mple.org', 'p"\u00e4\\\u00df %x {3}'
        for mechanism in 'plain', 'login', 'scram-sha-256':
            with self.subTest(mechanism=mechanism):
                home = support.Setup()
                self.addCleanup(home.remove)
                home.account('test', self.server, user, password,
                             auth=mechanism)
                self.sync(home, 0)

    def test_refused_connection(self):
        home = self.setup(self.server, port=free_ports())
        self.sync(home, 75, 'refused')

    def test_no_such_host(self):
        home = self.setup(self.server, host='no-such-host.invalid')
        self.sync(home, 75, r'no-such-host\.invalid')

    def test_silence(self):
        """A server that accepts and says nothing is given up."""
        with Proxy(self.server.tls_port, '--fault',
                   'down after 0 stall') as proxy:
            home = self.setup(self.server, port=proxy.port, timeout='2s')
            self.sync(home, 75)


support.main()
