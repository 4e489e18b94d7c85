#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that breaks the rules of IMAP can have its own account fail, and
nothing else: no crash, no hang, nothing wrong on disk."""
import base64
import contextlib
import os
import pty
import re
import subprocess
import threading
import time

import support
from oracle import mutf7_encode
from scripted import Box, Scripted
from support import message

DOCUMENTED = {0, 1, 70, 73, 74, 75, 76, 77, 78}


class Test(support.TestCase):
    SERVER = Scripted

    def setUp(self):
        super().setUp()
        self.boxes(INBOX=[message(1), message(2)])
        self.addCleanup(self.server.hooks.clear)
        self.home = self.setup(tls='none', timeout='5s')

    def boxes(self, **boxes):
        self.server.boxes = {n: Box(m) for n, m in boxes.items()}

    def hook(self, name, answer, when=lambda command: True):
        """answer(session, command) instead of the right one."""
        def hook(session, command):
            if not when(command):
                return False
            answer(session, command)
            return True
        self.server.hooks[name] = hook

    def contents(self):
        """Of all files."""
        found = []
        for files in self.local(self.home).values():
            for file in files:
                with open(file.path, 'rb') as f:
                    found.append(f.read())
        return sorted(found)

    def run_once(self, *args):
        result = self.home.run('--once', *args, timeout=60)
        self.assertIn(result.status, DOCUMENTED, result.err)
        return result

    def comes_to_rest(self):
        """With a server that is right again."""
        self.server.hooks.clear()
        self.sync(self.home, '--full')
        self.assertSame(self.home)
        self.assertQuiet(self.home)


def asks_body(command):
    return any('BODY' in item for item in command.args[1])


def fetched(pieces):
    """A FETCH response with what is said of UID 1 and the pieces."""
    return (b'* 1 FETCH (UID 1 FLAGS () INTERNALDATE '
            b'"14-Nov-2023 22:13:20 +0000" ' + pieces + b')\r\n')


class Bodies(Test):
    def answer_bodies(self, pieces):
        def answer(session, command):
            session.send(fetched(pieces))
            session.ok(command)
        self.hook('UID FETCH', answer, asks_body)

    def test_two_in_one_response(self):
        for first in b'BODY[HEADER]', b'BODY[]':
            self.answer_bodies(first + b' {4}\r\nab\r\n BODY[] {6}\r\nabcdef')
            result = self.run_once()
            self.assertEqual(result.status, 1)
            self.assertEqual(self.contents(), [])
        self.comes_to_rest()

    def test_another_section_is_not_the_message(self):
        for item in (b'BODY[HEADER]', b'BODY[TEXT]', b'BODY[1]', b'BODY[]<0>',
                     b'RFC822.HEADER', b'RFC822.TEXT', b'BINARY[]'):
            self.answer_bodies(item + b' {6}\r\npart\r\n')
            result = self.run_once()
            self.assertEqual(self.contents(), [], item)
            self.assertEqual(result.status, 1)
        self.answer_bodies(b'BODY[] NIL')
        self.run_once()
        self.assertEqual(self.contents(), [])
        self.comes_to_rest()

    def test_not_asked_for(self):
        def answer(session, command):
            session.answer(command)
            session.send(fetched(b'BODY[] {5}\r\nhello'))
        self.hook('UID FETCH', answer, asks_body)
        self.sync(self.home)
        self.assertSame(self.home)
        self.comes_to_rest()

    def test_of_another_message(self):
        def answer(session, command):
            session.send(b'* 9 FETCH (UID 9 FLAGS () BODY[] {4}\r\nevil)\r\n')
            session.answer(command)
        self.hook('UID FETCH', answer, asks_body)
        self.sync(self.home)
        self.comes_to_rest()

    def test_begun_before_it_was_asked_for(self):
        """It goes on while files are paired and the plan is carried out."""
        inbox = self.home.maildir() + '/INBOX'
        self.sync(self.home)
        self.boxes(INBOX=[message(n, 'other size') for n in (33, 34)])
        self.server.boxes['INBOX'].uidvalidity += 1
        ended = threading.Event()

        def answer(session, command):
            session.answer(command)
            session.send(b'* 1 FETCH (UID 1 FLAGS () BODY[] {400000}\r\n'
                         + b'a' * 1000)
            session.flush()

            def more():
                for _ in range(100):
                    time.sleep(0.01)
                    try:
                        session.socket.sendall(b'b' * 3000)
                    except OSError:
                        break
                ended.set()
            threading.Thread(target=more, daemon=True).start()
        for n in range(100):
            with open('%s/new/%d.x' % (inbox, n), 'wb') as f:
                f.write(b'Subject: x\n\n' + b'y' * 200000)
        self.hook('UID FETCH', answer,
                  lambda c: 'RFC822.SIZE' in c.args[1] and not asks_body(c))
        self.run_once()
        self.assertTrue(ended.wait(20))
        self.server.hooks.clear()
        self.sync(self.home)
        self.assertSame(self.home)

    def test_verify_passes_by_what_it_did_not_ask_for(self):
        self.sync(self.home)

        def answer(session, command):
            session.send(fetched(b'BODY[TEXT] {4}\r\nevil'))
            session.send(fetched(b'BODY[] {4}\r\nevil BODY[] {4}\r\nevil'))
            session.answer(command)
        self.hook('UID FETCH', answer, asks_body)
        result = support.finish(self.home.start(
            'verify', '--full', 'test', program=support.CONTROL))
        self.assertStatus(result, 0)


class Order(Test):
    def test_mailbox_ids_out_of_order(self):
        self.server.capabilities += ' OBJECTID'
        self.boxes(INBOX=[message(1)], Gone=[message(2)])
        self.sync(self.home)
        gone = self.server.boxes.pop('Gone')
        self.server.boxes.update(A=Box([message(5)]), B=gone)
        held = []

        def answer(session, command):
            held.append(command)
            if len(held) == 2:
                for one in reversed(held):
                    session.answer(one)
            elif len(held) > 2:
                session.answer(command)
        self.hook('EXAMINE', answer)
        self.run_once()
        self.assertGreaterEqual(len(held), 2)
        self.server.hooks.clear()
        self.sync(self.home)
        self.assertLessEqual({'A', 'B'}, set(self.local(self.home)))


HIDDEN = '\u009b\u202e\u2066\u2028\u200b\ufeff\u00ad\U000e0041\x1b\x07'


class Shown(Test):
    """What the server says and calls things, on a terminal and in a log."""

    def assertNothingHidden(self, text):
        self.assertEqual([c for c in HIDDEN if c in text], [], text)

    def test_names_on_a_terminal(self):
        name = 'x%s' % mutf7_encode(HIDDEN.replace('\x1b', '')
                                    .replace('\x07', ''))
        self.boxes(**{'INBOX': [message(1)],
                      name: [message(n) for n in range(200)]})
        main, other = pty.openpty()
        environment = dict(self.home.environment(), TERM='xterm')
        with subprocess.Popen(
                [support.PROGRAM, '-c', self.home.ini, '--once'],
                env=environment, cwd=self.home.home, stdout=other,
                stderr=other, stdin=subprocess.DEVNULL) as process:
            os.close(other)
            said = b''
            with contextlib.suppress(OSError):
                while data := os.read(main, 65536):
                    said += data
        os.close(main)
        self.assertEqual(process.returncode, 0)
        self.assertIn(br'x\xC2\x9B\xE2\x80\xAE', said)
        said = said.decode().replace('\r\x1b[K', '')      # a bar erased
        said = re.sub(r'\x1b\[K', '', said)
        self.assertNothingHidden(said)

    def test_text_in_a_log(self):
        def answer(session, command):
            session.line('* NO [ALERT] a%sz' % HIDDEN)
            session.no(command, 'b%sz' % HIDDEN)
        self.hook('SELECT', answer)
        result = self.home.run('--once', '-v')
        self.assertIn(r'\xE2\x80\xAE', result.err)
        self.assertNothingHidden(result.out + result.err)


class Said(Test):
    def test_flood_of_alerts(self):
        def answer(session, command):
            for n in range(2000):
                session.line('* OK [ALERT] the disk is full')
                session.line('* OK [ALERT] number %d' % n)
            session.answer(command)
        self.hook('SELECT', answer)
        result = self.home.run('--once')
        self.assertEqual(result.err.count('the disk is full'), 1)
        self.assertLess(len(result.err.splitlines()), 60)
        self.assertRegex(result.err, r': \d+ texts are not shown')

    def test_password_in_what_it_says(self):
        """At each verbosity, as it is and in base64."""
        secret = 'S3CR3T-canary'
        home = self.setup(tls='none', timeout='5s', auth='plain login')
        home.account('test', self.server, password=secret, tls='none')
        forms = [secret] + [base64.b64encode(b'\0' * n + secret.encode())
                            .decode()[n + 1:-4] for n in range(3)]
        said = ' '.join([secret] + [base64.b64encode(
            b'\0' * n + secret.encode()).decode() for n in range(3)])

        def answer(session, command):
            session.line('* OK [ALERT] %s' % said)
            session.line('* BYE %s' % said)
            session.no(command, said)
        for name in 'LIST', 'SELECT', 'AUTHENTICATE', 'LOGIN':
            self.server.hooks.clear()
            self.hook(name, answer)
            for more in (), ('-v', '-v', '-v'):
                result = home.run('--once', *more)
                for form in forms:
                    self.assertNotIn(form, result.out + result.err)
                    for data in support.databases(home).values():
                        self.assertNotIn(form.encode(), data)


class Enabled(Test):
    def test_what_nobody_asked_for(self):
        self.boxes(**{'INBOX': [message(1)], 'Entw&APw-rfe': [message(2)]})
        self.sync(self.home)

        def lie(session, _):
            session.line('* ENABLED UTF8=ACCEPT IMAP4rev2 QRESYNC')
        for name in 'CAPABILITY', 'LIST', 'AUTHENTICATE', 'SELECT', 'ENABLE':
            self.server.hooks[name] = lie
        self.server.boxes['Entw&APw-rfe'].add(message(3))
        self.sync(self.home)
        self.assertEqual(sorted(self.server.boxes),
                         ['Entw&APw-rfe', 'INBOX'])
        self.assertEqual(sorted(self.local(self.home)),
                         ['Entw\xfcrfe', 'INBOX'])
        self.comes_to_rest()


if __name__ == '__main__':
    support.main()
