#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files that the server would not have, or that cannot be sent: each with its
own reason, and tried again when they are changed, or when somebody says so."""
import os

import support
from scripted import CAPABILITIES, Box, Scripted
from support import message


class Unsent:
    def put(self, name, data):
        path = '%s/INBOX/cur/%s:2,S' % (self.home.maildir(), name)
        with open(path, 'wb') as f:
            f.write(data)
        os.utime(path, (1e9, 1e9 + len(data)))

    def unsent(self, *reasons):
        """Some are not sent: nobody asks the server again, and -v says why."""
        result = self.sync(self.home, status=1)
        self.assertIn('%d messages are not sent' % len(reasons), result.err)
        result = self.sync(self.home, '-v', status=1)
        for name, why in reasons:
            self.assertRegex(result.err, "'%s' cannot be sent: .*%s"
                             % (name, why))
        return result


class Refused(Unsent, support.TestCase):
    SERVER = Scripted

    def setUp(self):
        self.users.append('test')
        super().setUp()
        self.server.capabilities = CAPABILITIES
        self.server.boxes = {'INBOX': Box([message(1)])}
        self.server.hooks['APPEND'] = lambda session, command: \
            b'bad' in command.literals[-1] and \
            (session.no(command, 'bad words') or True)
        self.home = self.setup(tls='none')
        self.sync(self.home)

    def appends(self):
        return self.server.names().count('APPEND')

    def begin(self):
        self.put('one', message(10, 'bad\n'))
        self.put('two', message(11))
        result = self.sync(self.home, status=1)
        self.assertIn('bad words', result.err)
        self.assertIn('as soon as it is changed', result.err)
        # Once more in the next sync, then not for a while.
        self.sync(self.home, status=1)
        before = self.appends()
        self.unsent(('one', 'bad words'))
        self.assertEqual(self.appends(), before)

    def test_corrected_in_place(self):
        self.begin()
        self.put('one', message(10, 'good\n'))
        self.sync(self.home)
        self.assertEqual(self.assertSame(self.home), 3)
        self.assertQuiet(self.home)

    def test_somebody_says_so(self):
        self.begin()
        before = self.appends()
        self.sync(self.home, '--full', status=1)
        self.assertEqual(self.appends(), before + 1)
        self.server.hooks.clear()
        self.sync(self.home, status=1)
        self.sync(self.home, '--full')
        self.assertEqual(self.assertSame(self.home), 3)

    def test_verify_names_them(self):
        self.begin()
        result = self.home.control('verify')
        self.assertIn("'one' cannot be sent: bad words",
                      result.out + result.err)

    def test_empty_then_filled(self):
        self.put('one', b'')
        self.sync(self.home, status=1)
        self.unsent(('one', 'empty'))
        self.put('one', message(10))
        self.sync(self.home)
        self.assertEqual(self.assertSame(self.home), 2)

    def test_nul_without_binary(self):
        self.put('one', message(10, 'a\0b\n'))
        before = self.appends()
        self.sync(self.home, status=1)
        self.unsent(('one', 'NUL byte'))
        self.assertEqual(self.appends(), before)


class Binary(Unsent, support.TestCase):
    """RFC 3516, with a real server that has it."""

    def test_nul(self):
        self.home = self.setup()
        self.sync(self.home)
        self.put('one', message(10, 'a\0b\n'))
        self.put('two', message(11))
        self.sync(self.home)
        self.assertEqual(len(self.remote()['INBOX']), 2)
        self.assertEqual(len(self.local(self.home)['INBOX']), 2)
        self.assertQuiet(self.home)


if __name__ == '__main__':
    support.main()
