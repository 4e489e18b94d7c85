#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scripted server is a right one as long as nobody interferes: both ways,
with each set of capabilities."""
import os

import support
from scripted import CAPABILITIES, Box, Scripted
from support import message

SETS = {
    'plain': 'IMAP4rev1 UIDPLUS',
    'usual': CAPABILITIES,
    'all': 'IMAP4rev1 SASL-IR ENABLE ID NAMESPACE IDLE UNSELECT UIDPLUS MOVE '
           'CONDSTORE QRESYNC ESEARCH LITERAL+ MULTIAPPEND OBJECTID '
           'LIST-EXTENDED LIST-STATUS',
}


class Test(support.TestCase):
    SERVER = Scripted

    def setUp(self):
        super().setUp()
        self.home = self.setup(tls='none')

    def drop(self, folder, name, data):
        path = '%s/%s/cur' % (self.home.maildir(), folder)
        with open('%s/%s' % (path, name), 'wb') as f:
            f.write(data)

    def both_ways(self, capabilities):
        server = self.server
        server.capabilities = capabilities
        server.boxes = {'INBOX': Box([message(n) for n in range(3)]),
                        'a/b c': Box([message(n) for n in range(3, 5)])}
        self.sync(self.home)
        self.assertEqual(self.assertSame(self.home), 5)
        self.drop('INBOX', 'new1:2,S', message(10))
        self.drop('INBOX', 'new2:2,', message(11))
        inbox = server.boxes['INBOX']
        inbox.flag(1, ['\\Flagged'])
        inbox.remove(2)
        inbox.add(message(12), ['$label'])
        os.unlink(self.local(self.home)['a/b c'][0].path)
        self.sync(self.home)
        self.assertEqual(self.assertSame(self.home), 6)
        self.assertQuiet(self.home)

    def test_each_set_of_capabilities(self):
        for name, capabilities in SETS.items():
            with self.subTest(name):
                self.home.remove()
                self.home = self.setup(tls='none')
                self.both_ways(capabilities)

    def test_interferes_where_told(self):
        self.server.boxes = {'INBOX': Box([message(1)])}
        self.server.hooks['UID FETCH'] = lambda session, command: \
            session.no(command, 'not today') or True
        self.addCleanup(self.server.hooks.clear)
        result = self.home.run('--once')
        self.assertNotEqual(result.status, 0)
        self.assertIn('not today', result.err)
        self.server.hooks.clear()
        self.sync(self.home)
        self.assertEqual(self.assertSame(self.home), 1)


if __name__ == '__main__':
    support.main()
