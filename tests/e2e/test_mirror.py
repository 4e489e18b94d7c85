#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The first mirror of a whole mailbox, the run that has nothing to do, and the
run that only says what it would do."""
import os
import re
import stat

import support
from oracle import modes, snapshot

SUMMARY = re.compile(r'^(\w+): (\d+) new, (\d+) uploaded, (\d+) flags, '
                     r'(\d+) deleted, (\d+) held, (\d+\.\d) s$', re.M)
MESSAGES = 300


class Mirror(support.TestCase):
    def seed(self, count=MESSAGES, *options):
        self.server.seed(self.user, count, '--folders', '18', '--median', '3k',
                         '--mean', '6k', '--max', '200k', *options)

    def test_whole_mailbox(self):
        self.seed()
        home = self.setup()
        result = self.sync(home)
        self.assertEqual(self.assertSame(home), MESSAGES)
        self.assertEqual(SUMMARY.findall(result.out)[0][:6],
                         ('test', str(MESSAGES), '0', '0', '0', '0'))
        self.assertEqual(len(result.out.splitlines()), 1, result.out)
        # A mirror that only reads marks nothing as read, nor anything else.
        self.assertEqual(self.server.mutating(self.user), [])

    def test_second_run_is_quiet(self):
        self.seed()
        home = self.setup()
        self.sync(home)
        remote = self.remote()
        result = self.assertQuiet(home)
        self.assertEqual(SUMMARY.findall(result.out)[0][1:6], ('0',) * 5)
        self.assertEqual(result.err, '')
        self.assertQuiet(home, '--full')
        self.assertEqual(self.remote(), remote)

    def test_new_messages_come(self):
        self.seed(40)
        home = self.setup()
        self.sync(home)
        old = snapshot(home.mail)
        self.append('INBOX', support.message(1))
        self.append('INBOX', support.message(2), '\\Seen \\Flagged work')
        self.append('Sent', support.message(3), '',
                    '"17-Jul-1996 02:44:25 -0700"')
        result = self.sync(home)
        self.assertEqual(self.assertSame(home), 43)
        self.assertEqual(SUMMARY.findall(result.out)[0][1], '3')
        new = snapshot(home.mail)
        for path, was in old.items():
            if os.path.isfile(path) and not path.endswith(
                    ('dovecot-keywords', '.imapsyncd')):
                self.assertEqual(new.get(path), was, path)
        self.assertQuiet(home)

    def test_odd_messages(self):
        bodies = [b'', b'\n', b'x', b'no header end', b'A: b\n\n',
                  b'A: b\n\nno newline at the end', b'A: b\n\n' + b'y' * 100000,
                  b'A: b\n\nFrom here\n.\n..\n\0\xff\x80\n',
                  b'A: b\n\n' + b'\n' * 5000]
        for body in bodies:
            if body:        # an empty message is not a message to Dovecot
                self.append('INBOX', body)
        home = self.setup()
        self.sync(home)
        self.assertSame(home)
        self.assertQuiet(home)

    def test_names_and_modes(self):
        self.seed(40)
        home = self.setup()
        self.sync(home)
        self.assertEqual(modes(home.mail + '/test'), [])
        self.assertEqual(modes(home.state), [])
        self.assertEqual(stat.S_IMODE(os.stat(home.mail + '/test').st_mode),
                         0o700)
        for folder in self.local(home).values():
            for f in folder:
                name = os.path.basename(f.path)
                size = re.search(r',S=(\d+)', name)
                self.assertTrue(size, name)
                self.assertEqual(int(size[1]), f.size, name)
        self.assertTrue(os.path.isfile(home.mail + '/test/.imapsyncd'))
        self.assertTrue(os.path.isfile(home.state + '/test.db'))

    def test_lost_capabilities(self):
        """A server that offers next to nothing gives the same mirror."""
        self.seed(60)
        home = self.setup(disable_extension='QRESYNC, CONDSTORE, LIST-STATUS, '
                          'LIST-EXTENDED, SPECIAL-USE, ENABLE, ESEARCH, '
                          'LITERAL+, SASL-IR, UIDPLUS, MOVE, NAMESPACE, ID')
        self.sync(home)
        self.assertEqual(self.assertSame(home), 60)
        self.assertQuiet(home)

    def test_quiet_option(self):
        self.seed(20)
        home = self.setup()
        result = self.sync(home, '-q')
        self.assertEqual((result.out, result.err), ('', ''))

    def test_operands(self):
        self.seed(100)
        home = self.setup()
        self.sync(home, 'test/INBOX')
        here = {n: len(f) for n, f in self.local(home).items() if f}
        self.assertEqual(set(here), {'INBOX'})
        self.sync(home, 'test')
        self.assertSame(home)


class DryRun(support.TestCase):
    def test_plan_is_what_happens(self):
        self.server.seed(self.user, 60, '--folders', '5', '--median', '2k',
                         '--mean', '4k', '--max', '50k')
        home = self.setup()
        result = home.run('--once', '--dry-run')
        self.assertStatus(result, 0)
        self.assertFalse(os.path.exists(home.mail))
        self.assertFalse(os.path.exists(home.state + '/test.db'))
        *plan, sums = result.out.splitlines()
        self.assertIn('test: 60 new, ', sums)
        fetches = [line for line in plan if ' fetch ' in line]
        self.assertEqual(len(fetches), 60)
        for line in plan:
            self.assertRegex(line, r'^test/.* (fetch uid=\d+ size=\d+|'
                             r'create folder here)$')
        wanted = {'test/%s fetch uid=%d' % (folder, uid)
                  for folder, messages in self.remote().items()
                  for uid in messages}
        self.assertEqual({line.rpartition(' ')[0] for line in fetches}, wanted)
        commands = self.server.commands(self.user)
        self.assertFalse([c for c in commands if c.startswith('SELECT')])
        self.assertEqual(self.server.mutating(self.user), [])

    def test_plan_of_changes(self):
        self.server.seed(self.user, 60, '--folder', 'INBOX', '--plain')
        home = self.setup()
        self.sync(home)
        remote = self.remote()['INBOX']
        unseen = [u for u, m in remote.items() if '\\Seen' not in m.flags]
        there, here = unseen[:2]
        sha = remote[here].sha
        self.store('INBOX', str(there), '+FLAGS', '\\Seen')
        path = next(f.path for f in self.local(home)['INBOX']
                    if f.message.sha == sha)
        unique, _, letters = os.path.basename(path).partition(':2,')
        os.rename(path, '%s/test/INBOX/cur/%s:2,%s' % (
            home.mail, unique, ''.join(sorted(set(letters + 'F')))))
        self.append('INBOX', support.message(1))
        files, tree = support.databases(home), snapshot(home.mail)
        result = home.run('--once', '--dry-run')
        self.assertStatus(result, 0)
        *plan, sums = result.out.splitlines()
        self.assertIn('test: 1 new, 0 uploaded, 2 flags, ', sums)
        self.assertIn('test/INBOX flags uid=%d +S here' % there, plan)
        self.assertIn('test/INBOX flags uid=%d +F there' % here, plan)
        self.assertEqual(len([x for x in plan if ' fetch uid=' in x]), 1)
        self.assertEqual(len(plan), 3, plan)
        self.assertEqual(support.databases(home), files)
        self.assertEqual(snapshot(home.mail), tree)
        self.sync(home)
        self.assertSame(home)


support.main()
