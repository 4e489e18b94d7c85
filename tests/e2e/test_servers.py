#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The servers themselves do what their classes promise."""
import imaplib
import ssl
import unittest

import support
from servers import Courier, Cyrus, Dovecot


class Servers:
    """For each server; SERVER is its class, BOX a mailbox that can be made."""
    BOX = 'box'

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(cls.SERVER(*cls.OPTIONS))

    def uidvalidity(self, user, mailbox):
        with self.server.imap(user) as connection:
            connection.select(mailbox)
            return connection.response('UIDVALIDITY')[1]

    def test_seed(self):
        self.server.seed('test1', 20, '--folder', 'INBOX')
        with self.server.imap('test1') as connection:
            self.assertEqual(connection.select()[1], [b'20'])

    def test_tls(self):
        trust = ssl.create_default_context(cafile=self.server.ca)
        with imaplib.IMAP4_SSL('localhost', self.server.tls_port,
                               ssl_context=trust) as connection:
            connection.login('test2', 'secret')
        with imaplib.IMAP4('localhost', self.server.port) as connection:
            connection.starttls(trust)
            connection.login('test2', 'secret')

    def test_commands(self):
        with self.server.imap('test3') as connection:
            connection.create(self.BOX)
            connection.status(self.BOX, '(MESSAGES)')
            connection.subscribe(self.BOX)
        self.assertEqual(
            [c for c in self.server.commands('test3')
             if c.split()[0] not in ('CAPABILITY', 'LOGIN')],
            ['CREATE ' + self.BOX, 'STATUS %s (MESSAGES)' % self.BOX,
             'SUBSCRIBE ' + self.BOX, 'LOGOUT'])
        self.assertEqual(self.server.mutating('test3'),
                         ['CREATE ' + self.BOX, 'SUBSCRIBE ' + self.BOX])

    def test_kick(self):
        connection = self.server.imap('test4')
        self.server.kick('test4')
        with self.assertRaises((imaplib.IMAP4.abort, OSError)):
            connection.noop()
        connection.shutdown()

    def test_new_uidvalidity(self):
        with self.server.imap('test5') as connection:
            connection.create(self.BOX)
            connection.append(self.BOX, None, None, support.message(1))
        old = self.uidvalidity('test5', self.BOX)
        self.server.new_uidvalidity('test5', self.BOX)
        with self.server.imap('test5') as connection:
            self.assertEqual(connection.select(self.BOX)[1], [b'1'])
        self.assertNotEqual(old, self.uidvalidity('test5', self.BOX))

    def test_hidden_capabilities(self):
        with self.server.imap('test6') as connection:
            capabilities = connection.capability()[1][0].split()
        self.assertIn(b'UIDPLUS', capabilities)
        self.assertNotIn(b'QRESYNC', capabilities)
        self.assertNotIn(b'MOVE', capabilities)


class DovecotTest(Servers, unittest.TestCase):
    SERVER = Dovecot
    OPTIONS = ['--cap-minus', 'QRESYNC MOVE']


class CyrusTest(Servers, unittest.TestCase):
    SERVER = Cyrus
    OPTIONS = ['--suppress', 'QRESYNC MOVE']


class CourierTest(Servers, unittest.TestCase):
    SERVER = Courier
    OPTIONS = ['--cap', 'IMAP4rev1 UIDPLUS']
    BOX = 'INBOX.box'


support.main()
