#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that sends anything at any moment: well framed and not, with wrong
numbers, flags, sections, UIDs, tags and codes, cuts and hangs. Whatever it
does, the program ends in time with a documented status and bounded memory, and
a sync with a right server afterwards comes to rest with nothing lost.

A round is told by its seed: SEED=N ROUNDS=1 plays it again. SECONDS=N plays
for so long."""
import hashlib
import os
import random
import resource
import subprocess
import time

import support
from scripted import Box, Scripted
from support import SEED, message

DOCUMENTED = {0, 1, 70, 73, 74, 75, 76, 77, 78}
TIMEOUT = 2             # of the account, in seconds
PATIENCE = 60 * float(os.environ.get('TIMEOUT_FACTOR') or 1)
MEMORY = 400 << 20      # bytes of peak, sanitizers included
COMMANDS = ('CAPABILITY', 'LOGIN', 'AUTHENTICATE', 'ENABLE', 'ID', 'LIST',
            'STATUS', 'SELECT', 'EXAMINE', 'UID FETCH', 'UID STORE', 'NOOP',
            'UID EXPUNGE', 'UID SEARCH', 'APPEND', 'CREATE', 'UID MOVE',
            'UID COPY', 'UNSELECT', 'SUBSCRIBE', 'NAMESPACE', 'LOGOUT')
SETS = ('IMAP4rev1', 'IMAP4rev1 UIDPLUS MOVE',
        'IMAP4rev1 ENABLE ID UNSELECT UIDPLUS MOVE CONDSTORE ESEARCH LITERAL+',
        'IMAP4rev1 SASL-IR ENABLE ID NAMESPACE UNSELECT UIDPLUS MOVE CONDSTORE '
        'QRESYNC ESEARCH LITERAL+ MULTIAPPEND OBJECTID LIST-EXTENDED '
        'LIST-STATUS')


class Noise:
    """Random pieces of protocol."""

    def __init__(self, rng, capabilities):
        self.rng, self.capabilities = rng, capabilities

    def number(self):
        return self.rng.choice((0, 1, 2, 3, 7, 4294967295, 4294967296,
                                18446744073709551616, -1,
                                self.rng.randrange(1, 12)))

    def set(self):
        return ','.join(self.rng.choice(('%s', '%s:*', '%s:4294967295'))
                        % self.number()
                        for _ in range(self.rng.randrange(1, 4)))

    def flags(self):
        return '(%s)' % ' '.join(self.rng.sample((
            '\\Seen', '\\Deleted', '\\Recent', '\\Flagged', '$Forwarded',
            '\\Foo', 'a' * 300, 'x]', '\xff', '\\*', 'NIL', '"q"'),
            self.rng.randrange(4)))

    def body(self):
        data = b'Subject: noise %d\r\n\r\n' % self.rng.randrange(9)
        data += b'n' * self.rng.randrange(300)
        size = len(data) + self.rng.choice((0, 0, 0, 0, 0, 1, -1, 5000))
        item = self.rng.choice(('BODY[]', 'BODY[]', 'BODY[HEADER]', 'RFC822',
                                'BODY[]<0>', 'BODY[TEXT]', 'BINARY[]',
                                'BODY[1.2.MIME]', 'BODY[HEADER.FIELDS (X)]'))
        if self.rng.random() < 0.1:
            return item.encode() + b' NIL'
        return b'%s {%d}\r\n' % (item.encode(), max(size, 0)) + data

    def fetch(self):
        parts = []
        for _ in range(self.rng.randrange(5)):
            parts.append(self.rng.choice((
                lambda: b'UID %d' % self.number(),
                lambda: b'FLAGS ' + self.flags().encode('latin-1'),
                lambda: b'MODSEQ (%d)' % self.number(),
                lambda: b'RFC822.SIZE %d' % self.number(),
                lambda: b'INTERNALDATE "99-Foo-2023 25:61:00 +9999"',
                lambda: b'EMAILID (x)', lambda: b'X-FOO (((()))) NIL',
                self.body, self.body))())
        return b'* %d FETCH (%s)\r\n' % (self.number(), b' '.join(parts))

    def code(self):
        n = self.number
        return self.rng.choice((
            '', '', '[ALERT] ', '[UIDVALIDITY %d] ' % n(), '[CLOSED] ',
            '[UIDNEXT %d] ' % n(), '[HIGHESTMODSEQ %d] ' % n(),
            '[NOMODSEQ] ', '[READ-ONLY] ', '[TRYCREATE] ', '[PARSE] ',
            '[APPENDUID %d %s] ' % (n(), self.set()), '[INUSE] ',
            '[COPYUID %d %s %s] ' % (n(), self.set(), self.set()),
            '[MODIFIED %s] ' % self.set(), '[MESSAGELIMIT %d %d] ' % (n(), n()),
            '[PERMANENTFLAGS %s] ' % self.flags(), '[MAILBOXID (%d)] ' % n(),
            '[CAPABILITY %s] ' % self.capabilities, '[NONEXISTENT] ',
            '[OVERQUOTA] ', '[THROTTLED] ', '[UNAVAILABLE] ', '[LIMIT] ',
            '[AUTHENTICATIONFAILED] ', '[', '[X ', '[COPYUID'))

    def untagged(self):
        n = self.number
        return self.rng.choice((
            lambda: '%d EXISTS' % n(), lambda: '%d EXPUNGE' % n(),
            lambda: '%d RECENT' % n(), lambda: 'VANISHED ' + self.set(),
            lambda: 'VANISHED (EARLIER) ' + self.set(),
            lambda: 'OK %sx' % self.code(), lambda: 'NO %sx' % self.code(),
            lambda: 'BAD %sx' % self.code(),
            lambda: 'LIST %s "/" "%s"' % (self.flags(), self.rng.choice(
                ('INBOX', '..', 'a/b', '&', 'new', 'x' * 300, 'a//b', '/'))),
            lambda: 'LIST () NIL flat', lambda: 'LIST (\\Noselect) "/" INBOX',
            lambda: 'STATUS INBOX (MESSAGES %d UIDNEXT %d UIDVALIDITY %d)'
                    % (n(), n(), n()),
            lambda: 'SEARCH %d %d' % (n(), n()), lambda: 'FLAGS ' +
            self.flags(), lambda: 'ENABLED UTF8=ACCEPT QRESYNC CONDSTORE',
            lambda: 'ESEARCH (TAG "x") UID ALL ' + self.set(),
            lambda: 'CAPABILITY ' + self.rng.choice(SETS),
            lambda: 'NAMESPACE (("" "%s")) NIL NIL' % self.rng.choice('/.|'),
            lambda: 'ID ("a" NIL)', lambda: 'X-UNKNOWN (a (b "c"))'))()

    def piece(self):
        """Something to be sent, mostly well framed."""
        kind = self.rng.random()
        if kind < 0.35:
            return self.fetch()
        if kind < 0.9:
            return ('* %s\r\n' % self.untagged()).encode('latin-1')
        return self.rng.choice((
            b'+ go on\r\n', b'* BYE [UNAVAILABLE] bye\r\n', b'xyz OK what\r\n',
            b'* 1 FETCH (FLAGS (\r\n', b'* LIST "open\r\n', b'\r\n', b'* \r\n',
            b'* OK bare\n', b'* OK nul\0\r\n', b'* X {5}\r\nab', b'((((\r\n',
            b'* 1 FETCH (BODY[] {99999999999}\r\n', b'* X' + b' ' * 5000 +
            b'\r\n'))


class Hostile(Scripted):
    """Interferes with some of the commands, until it is told to be right."""
    rng = None
    rate = 0.0

    def meddle(self, session, command):
        rng, noise = self.rng, Noise(self.rng, self.capabilities)
        if rng.random() > self.rate:
            return False
        before = b''.join(noise.piece() for _ in range(rng.randrange(3)))
        session.send(before)
        kind = rng.random()
        if kind < 0.5:
            session.answer(command)
            if rng.random() < 0.3:          # cut in the middle
                session.output = session.output[:rng.randrange(
                    len(session.output) + 1)]
                session.flush()
                session.close()
            if rng.random() < 0.5:
                session.send(noise.piece())
        elif kind < 0.85:
            session.line('%s %s %sx' % (command.tag, rng.choice(
                ('OK', 'OK', 'NO', 'BAD')), noise.code()))
        elif kind < 0.93:
            session.flush()
            session.close()
        else:
            session.flush()                 # and says nothing more
        return True


class Test(support.TestCase):
    SERVER = Hostile

    def setUp(self):
        super().setUp()
        for name in COMMANDS:
            self.server.hooks[name] = self.server.meddle

    def round(self, seed):
        rng = random.Random(seed)
        server = self.server
        server.rng, server.rate = rng, 0.0
        server.capabilities = rng.choice(SETS)
        server.boxes = {'INBOX': Box([message(n) for n in range(4)]),
                        'a': Box([message(n) for n in range(10, 12)])}
        home = support.Setup(server, tls='none', timeout='%ds' % TIMEOUT)
        try:
            if rng.random() < 0.7:
                self.sync(home)
            root = home.maildir() + '/INBOX/'
            for sub in 'cur', 'new', 'tmp':
                os.makedirs(root + sub, 0o700, exist_ok=True)
            os.chmod(home.maildir(), 0o700)
            mine = [message(seed % 1000 * 100 + n, 'mine\n')
                    for n in range(3)]
            for n, data in enumerate(mine):
                with open('%scur/mine%d:2,S' % (root, n), 'wb') as f:
                    f.write(data)
            server.rate = rng.choice((0.05, 0.2, 0.6))
            for _ in range(rng.randrange(1, 4)):
                self.hostile_run(home)
            server.rate = 0.0
            self.comes_to_rest(home, mine)
        finally:
            server.hang_up()
            home.remove()

    def hostile_run(self, home):
        process = home.start('--once')
        try:
            _, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
            self.fail('it does not end\n' + err.decode('utf-8', 'replace'))
        err = err.decode('utf-8', 'replace')
        self.assertIn(process.returncode, DOCUMENTED, err)
        self.assertNotIn('Sanitizer', err)
        self.assertNotIn('runtime error', err)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        self.assertLess(peak, MEMORY)

    def comes_to_rest(self, home, mine):
        """Nothing that was only here is lost."""
        for _ in range(4):
            result = home.run('--once', '--full', timeout=PATIENCE)
            if result.status in (0, 1):
                break
        # A server that said so is left alone for a while.
        if 'is left alone' not in result.err:
            self.assertIn(result.status, (0, 1), result.err)
        there = {hashlib.sha256(data).digest() for box in
                 self.server.boxes.values() for data in box.data().values()}
        for data in mine:
            self.assertIn(hashlib.sha256(data.replace(b'\n', b'\r\n'))
                          .digest(), there | contents(home), result.err)

    def test_rounds(self):
        seconds = float(os.environ.get('SECONDS') or
                        (600 if 'FULL' in os.environ else 45))
        rounds = int(os.environ.get('ROUNDS') or 100000)
        end, seed = time.monotonic() + seconds, SEED
        while rounds > 0 and time.monotonic() < end:
            with self.subTest(seed=seed):
                self.round(seed)
            seed, rounds = seed + 1, rounds - 1
        print('%d rounds, from seed %d' % (seed - SEED, SEED))


def contents(home):
    """Digests of all files of messages, those in the trash included."""
    found = set()
    for top in home.mail, home.state:
        for path, _, files in os.walk(top):
            for name in files:
                with open(os.path.join(path, name), 'rb') as f:
                    data = f.read().replace(b'\n', b'\r\n')
                found.add(hashlib.sha256(data).digest())
    return found


if __name__ == '__main__':
    support.main()
