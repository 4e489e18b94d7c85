#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a server says of messages that it was sent (APPENDUID, COPYUID) is
believed when a listing shows it. A server that says what is not so costs
nobody a message; an honest one costs no round trip."""
import os

import support
from scripted import CAPABILITIES, Box, Scripted
from support import message

NO_MOVE = CAPABILITIES.replace('MOVE ', '')




class Test(support.TestCase):
    SERVER = Scripted

    def setUp(self):
        self.users.append('test')   # all see the same mailboxes
        super().setUp()
        self.fresh()

    def fresh(self):
        self.server.hooks.clear()
        self.server.capabilities = CAPABILITIES
        self.server.boxes = {'INBOX': Box([message(1)]), 'Box': Box()}
        self.inbox, self.box = self.server.boxes.values()
        self.home = self.setup(tls='none')
        self.sync(self.home)

    def drop(self, *numbers):
        for n in numbers:
            path = '%s/INBOX/cur/mine%d:2,S' % (self.home.maildir(), n)
            with open(path, 'wb') as f:
                f.write(message(n))
            os.utime(path, (1e9, 1e9))

    def hook(self, name, change, before=None):
        """The answer to one command is changed by change(text)."""
        def hook(session, command):
            del self.server.hooks[name]
            if before:
                before()
            start = len(session.output)
            session.answer(command)
            text = session.output[start:].decode('latin-1')
            session.output = session.output[:start]
            session.send(change(text))
            return True
        self.server.hooks[name] = hook

    def appended(self, change, before=None):
        """The UID that is said is change(the right one)."""
        def answer(text):
            head, _, rest = text.partition('[APPENDUID ')
            uid, _, rest = rest.partition(']')
            validity, uid = uid.split()
            return '%s[APPENDUID %s %s]%s' % (head, validity,
                                              change(int(uid)), rest)
        self.hook('APPEND', answer, before)

    def bodies(self):
        return sorted(m.data for m in self.inbox.messages)

    def assertFound(self, count, appends=1):
        """All is on both sides, once, and was sent so often."""
        self.assertEqual(self.assertSame(self.home), count)
        self.assertEqual(len(set(self.bodies())), len(self.bodies()))
        self.assertEqual(self.server.names().count('APPEND'), appends)
        self.assertFalse(os.path.exists(self.trash()) and
                         os.listdir(self.trash()))
        self.assertQuiet(self.home)

    def trash(self):
        return os.path.join(self.home.state, 'trash')

    def begin(self):
        with self.server.lock:
            del self.server.log[:]

    # -- uploads

    def test_an_honest_server_costs_nothing(self):
        self.drop(10, 11)
        self.begin()
        self.sync(self.home)
        # One look before, one behind; no size, no header is asked for.
        names = self.server.names()
        self.assertEqual(names.count('SELECT'), 2)
        self.assertEqual(names.count('UID FETCH'), 2)
        self.assertFound(3, 2)

    def test_stored_under_another_uid(self):
        for change in (lambda uid: uid + 100, lambda uid: uid - 1,
                       lambda uid: 4294967295):
            self.drop(self.inbox.uidnext + 10)
            self.begin()
            self.appended(change)
            self.sync(self.home)
            self.assertFound(self.inbox.uidnext - 1)

    def test_the_uid_of_a_message_that_came_just_then(self):
        self.drop(10)
        self.begin()
        self.appended(lambda uid: uid - 1,
                      lambda: self.inbox.add(message(50)))
        self.sync(self.home)
        self.assertFound(3)

    def test_two_that_change_places(self):
        self.drop(10, 11)
        self.begin()
        self.appended(lambda uid: uid + 1)
        self.sync(self.home)
        self.assertFound(3, 2)

    def test_stored_nowhere(self):
        def lose(session, command):
            session.ok(command, '[APPENDUID 1234567 777] stored')
            return True
        self.drop(10)
        self.begin()
        self.server.hooks['APPEND'] = lose
        for _ in range(2):      # it may come yet
            self.sync(self.home, status=1)
            self.assertEqual(self.server.names().count('APPEND'), 1)
        del self.server.hooks['APPEND']
        # UIDNEXT says that it did not.
        self.sync(self.home)
        self.assertFound(2, 2)

    def test_stored_nowhere_again_and_again(self):
        def lose(session, command):
            session.ok(command, '[APPENDUID 1234567 777] stored')
            return True
        self.drop(10)
        self.begin()
        self.server.hooks['APPEND'] = lose
        for _ in range(6):
            self.sync(self.home, status=1)
        self.assertEqual(self.server.names().count('APPEND'), 2)
        self.assertEqual(len(self.local(self.home)['INBOX']), 2)

    def test_cut_before_it_is_listed(self):
        for lie in (0, 100):
            number = self.inbox.uidnext + 10
            self.drop(number)
            self.begin()
            self.appended(lambda uid, lie=lie: uid + lie)
            # Two SELECTs: the second is not answered.
            self.server.hooks['SELECT'] = self.cut_second()
            self.home.run('--once')
            self.server.hooks.clear()
            self.inbox.add(message(number + 500))
            self.sync(self.home)
            self.assertFound(self.inbox.uidnext - 1)

    def cut_second(self):
        count = []

        def hook(session, command):
            count.append(command)
            if len(count) > 1:
                session.close()
        return hook

    def test_what_is_edited_at_once_is_replaced(self):
        self.drop(10)
        path = self.home.maildir() + '/INBOX/cur/mine10:2,S'

        def edit():
            with open(path, 'wb') as f:
                f.write(message(10, 'another text\n'))
            os.utime(path, (1e9 + 5, 1e9 + 5))
        self.begin()
        self.appended(lambda uid: uid, edit)
        self.sync(self.home)
        self.assertEqual(self.assertSame(self.home), 2)
        self.assertEqual(self.server.names().count('APPEND'), 2)
        self.assertQuiet(self.home)

    # -- moves

    def move(self, *numbers):
        """Uploaded before, and now in Box."""
        self.drop(*numbers)
        self.sync(self.home)
        for n in numbers:
            os.rename('%s/INBOX/cur/mine%d:2,S' % (self.home.maildir(), n),
                      '%s/Box/cur/mine%d:2,S' % (self.home.maildir(), n))

    def copied(self, change):
        """change: the set of new UIDs, as a list, to what is said."""
        def answer(text):
            head, code, rest = text.partition('[COPYUID ')
            args, _, rest = rest.partition(']')
            validity, source, target = args.split()
            uids = [int(u) for u in target.split(',')]
            return '%s%s%s]%s' % (head, code, change(validity, source, uids),
                                  rest)
        name = 'UID MOVE' if self.server.has('MOVE') else 'UID COPY'
        self.hook(name, answer)

    LIES = {
        'beyond': lambda v, s, t: '%s %s %s' % (
            v, s, ','.join(str(u + 7) for u in t)),
        'crossing': lambda v, s, t: '%s %s %s' % (
            v, s, ','.join(str(u) for u in reversed(t))),
        'one short': lambda v, s, t: '%s %s %s' % (
            v, s, ','.join(str(u) for u in t[1:])),
        'shifted': lambda v, s, t: '%s %s %s' % (
            v, s, ','.join(str(u + 1) for u in t)),
        'of another mailbox': lambda v, s, t: '%d %s %s' % (
            int(v) + 1, s, ','.join(str(u) for u in t)),
        'of before': lambda v, s, t: '%s %s %s' % (
            v, s, ','.join(str(u) for u in range(1, len(t) + 1))),
    }

    def moves(self, capabilities):
        for name, lie in self.LIES.items():
            with self.subTest(name):
                self.fresh()
                self.server.capabilities = capabilities
                self.box.add(message(90))
                self.box.add(message(91))
                self.move(10, 11)
                self.begin()
                self.copied(lie)
                self.sync(self.home)
                self.assertNotIn('APPEND', self.server.names())
                self.assertEqual(len(self.box.messages), 4)
                self.assertEqual(len(self.inbox.messages), 1)
                self.assertFound(5, 0)

    def test_moves(self):
        self.moves(CAPABILITIES)

    def test_moves_without_move(self):
        self.moves(NO_MOVE)

    def test_an_honest_move_costs_nothing(self):
        self.move(10, 11)
        self.begin()
        self.sync(self.home)
        names = self.server.names()
        self.assertEqual(names.count('UID MOVE'), 1)
        self.assertEqual(names.count('UID FETCH'), 3)
        self.assertFound(3, 0)

    def test_a_copy_that_is_nowhere(self):
        """The original is not deleted for what was only said."""
        self.server.capabilities = NO_MOVE
        self.move(10)
        self.begin()

        def lose(session, command):
            session.ok(command, '[COPYUID 1234567 2 5] copied')
            return True
        self.server.hooks['UID COPY'] = lose
        self.sync(self.home, status=1)
        self.assertIn(2, self.inbox.data())
        del self.server.hooks['UID COPY']
        self.sync(self.home)
        self.assertEqual(len(self.box.messages), 1)
        self.assertNotIn(2, self.inbox.data())
        self.assertEqual(self.assertSame(self.home), 2)


if __name__ == '__main__':
    support.main()
