#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What --dry-run says is what the next run does: the plan, read back, against
what then really differs on both sides."""
import collections
import os
import re
import shutil

import support
from oracle import snapshot

LETTERS = {'S': '\\Seen', 'R': '\\Answered', 'F': '\\Flagged',
           'T': '\\Deleted', 'D': '\\Draft', 'P': '$Forwarded'}
SUMS = re.compile(r'(\d+) (new|uploaded|flags|deleted|held|moved)')
LINE = re.compile(r'test/(?P<folder>.+?) (?P<what>fetch|upload|flags|delete|'
                  r'move|create folder|rename folder|remove folder|hold)'
                  r'(?P<rest>.*)$')


class World:
    """Both sides as they are now, each message by its content. What is marked
    \\Deleted is gone: without UIDPLUS there is no more to be done."""

    def __init__(self, test, home):
        self.there = {
            folder: {uid: m for uid, m in messages.items()
                     if '\\Deleted' not in m.flags}
            for folder, messages in test.remote().items()}
        self.here = {}
        for folder, messages in test.local(home).items():
            self.here[folder] = {file.message.sha: file
                                 for file in messages}

    def uids(self, folder):
        return {m.sha: uid for uid, m in self.there.get(folder, {}).items()}

    def flags(self, folder):
        return {m.sha: m.flags for m in self.there.get(folder, {}).values()}


def change(before, after):
    return frozenset(after - before), frozenset(before - after)


class Actions(collections.Counter):
    """(folder, what, ...): how often."""

    def flags(self, folder, uid, where, before, after):
        plus, minus = change(before, after)
        if plus or minus:
            self['flags', folder, uid, plus, minus, where] += 1


def done(known, before, after):
    """The actions that lead from before to after. known: the UIDs at the last
    sync, {folder: {sha: uid}}."""
    found = Actions()
    for folder in after.there.keys() - before.there.keys():
        found['create folder', folder, 'there'] += 1
    for folder in after.here.keys() - before.here.keys():
        found['create folder', folder, 'here'] += 1
    homes = {sha: folder for folder, files in after.here.items()
             for sha in files}
    places = {m.sha: folder for folder, ms in after.there.items()
              for m in ms.values()}
    moved = set()
    for folder, messages in before.there.items():
        now = after.flags(folder)
        for uid, message in messages.items():
            sha = message.sha
            if sha in now:
                found.flags(folder, uid, 'there', message.flags, now[sha])
            elif places.get(sha, folder) != folder:
                to = places[sha]
                found['move', folder, uid, to, 'there'] += 1
                moved.add(sha)
                found.flags(folder, uid, 'there', message.flags,
                            after.flags(to)[sha])
            else:
                found['delete', folder, uid, 'there'] += 1
    for folder, messages in after.there.items():
        for sha in after.flags(folder).keys() - before.flags(folder).keys():
            if sha not in moved:
                found['upload', folder, sha] += 1
    moved = set()
    for folder, files in before.here.items():
        now = after.here.get(folder, {})
        for sha, file in files.items():
            uid = before.uids(folder).get(sha) or \
                known.get(folder, {}).get(sha)
            if sha in now:
                found.flags(folder, uid, 'here', file.message.flags,
                            now[sha].message.flags)
            elif sha in homes:
                to = homes[sha]
                found['move', folder, known[folder][sha], to, 'here'] += 1
                moved.add(sha)
                found.flags(to, before.uids(to)[sha], 'here',
                            file.message.flags,
                            after.here[to][sha].message.flags)
            else:
                found['delete', folder, uid, 'here'] += 1
    for folder, files in after.here.items():
        for sha in files.keys() - before.here.get(folder, {}).keys():
            if sha not in moved:
                found['fetch', folder, before.uids(folder)[sha]] += 1
    return found


def said(before, lines):
    """The same from a plan's lines."""
    found, flags = Actions(), {}
    names = {os.path.basename(file.path).partition(':')[0]: sha
             for files in before.here.values() for sha, file in files.items()}
    for line in lines:
        m = LINE.match(line)
        assert m, line
        folder, what, rest = m['folder'], m['what'], m['rest'].split()
        keys = dict(r.split('=', 1) for r in rest if '=' in r)
        uid = int(keys.get('uid', 0))
        if what == 'fetch':
            assert int(keys['size']) > 0, line
            found[what, folder, uid] += 1
        elif what == 'upload':
            found[what, folder, names[keys['file']]] += 1
        elif what == 'delete':
            found[what, folder, uid, rest[-1]] += 1
        elif what == 'move':
            found[what, folder, uid, keys['to'], rest[-1]] += 1
        elif what == 'create folder':
            found[what, folder, rest[-1]] += 1
        elif what == 'flags':
            plus, minus = flags.setdefault((folder, uid, rest[-1]),
                                           (set(), set()))
            for word in rest[1:-1]:
                to = plus if word[0] == '+' else minus
                to |= {LETTERS[c] for c in word[1:]} \
                    if re.fullmatch('[SRFTDP]+', word[1:]) else {word[1:]}
        elif what != 'hold':
            raise AssertionError(line)
    for (folder, uid, where), (plus, minus) in flags.items():
        found['flags', folder, uid, frozenset(plus), frozenset(minus),
              where] += 1
    return found


class Scenarios(support.TestCase):
    """Each scenario: in sync; something is changed; the plan; the run."""
    OPTIONS = ('--fast',)

    def begin(self, count=8, **keys):
        for n in range(1, count + 1):
            self.append('INBOX', support.message(n))
        home = self.setup(**keys)
        self.sync(home)
        return home

    def path(self, home, folder, n):
        """The file of message n."""
        top = '%s/%s' % (home.maildir(), folder)
        for sub in 'cur', 'new':
            for name in os.listdir('%s/%s' % (top, sub)):
                path = '%s/%s/%s' % (top, sub, name)
                with open(path, 'rb') as f:
                    if b'Subject: message %d\n' % n in f.read():
                        return path
        raise AssertionError('no message %d' % n)

    def move_here(self, home, n, to, letters='', folder='INBOX'):
        """As a mail program that keeps the name."""
        path = self.path(home, folder, n)
        name = os.path.basename(path).partition(':')[0]
        os.rename(path, '%s/%s/cur/%s:2,%s' % (home.maildir(), to, name,
                                               letters))

    def move_there(self, n, to, flags=None, folder='INBOX'):
        with self.imap() as connection:
            connection.select(folder)
            uid = self.uid(connection, n)
            if flags:
                connection.uid('STORE', uid, '+FLAGS', flags)
            if 'MOVE' in connection.capabilities:
                answer = connection.uid('MOVE', uid, to)
            else:
                answer = connection.uid('COPY', uid, to)
                connection.uid('STORE', uid, '+FLAGS', '\\Deleted')
                connection.expunge()
            self.assertEqual(answer[0], 'OK', answer)

    def uid(self, connection, n):
        found = connection.uid('SEARCH', 'SUBJECT', '"message %d"' % n)[1][0]
        return found.split()[0].decode()

    def change_there(self, n, how, flags, folder='INBOX'):
        with self.imap() as connection:
            connection.select(folder)
            connection.uid('STORE', self.uid(connection, n), how, flags)

    def delete_there(self, *numbers, folder='INBOX'):
        with self.imap() as connection:
            connection.select(folder)
            for n in numbers:
                connection.uid('STORE', self.uid(connection, n), '+FLAGS',
                               '\\Deleted')
            connection.expunge()

    def deliver(self, home, n, folder='INBOX', letters='S', sub='cur'):
        name = '%s/%s/%s/%d.m.host' % (home.maildir(), folder, sub, 1000 + n)
        home.write(name + (':2,' + letters if sub == 'cur' else ''),
                   support.message(n).decode())
        os.utime(name + (':2,' + letters if sub == 'cur' else ''),
                 (1700000000, 1700000000))

    def make(self, home, folder):
        for sub in 'cur', 'new', 'tmp':
            os.makedirs('%s/%s/%s' % (home.maildir(), folder, sub))

    def known(self, home):
        world = World(self, home)
        return {f: world.uids(f) for f in world.there}

    def check(self, home, known, status=0):
        """The plan is carried out, and nothing else."""
        before, files = World(self, home), snapshot(home.mail)
        mark = self.mark()
        plan = home.run('--once', '--dry-run')
        self.assertStatus(plan, status)
        wrote = [c for c in self.since(mark)
                 if re.match(r'(UID )?(STORE|COPY|MOVE|EXPUNGE|APPEND|CREATE|'
                             r'DELETE|RENAME|SELECT|SUBSCRIBE)', c)]
        self.assertEqual(wrote, [], 'a dry run')
        self.assertEqual(snapshot(home.mail), files, 'a dry run')
        *lines, sums = plan.out.splitlines()
        self.assertEqual(len(lines), len(set(lines)), plan.out)
        real = self.sync(home, status=status)
        after = World(self, home)
        self.assertEqual(said(before, lines), done(known, before, after),
                         '\n%s\n%s' % (plan.out, plan.err))
        self.assertRegex(sums, r'^test: .* \(dry run\)$')
        self.assertEqual(SUMS.findall(sums), SUMS.findall(real.out),
                         plan.out + real.out)
        return plan


class Messages(Scenarios):
    def test_mirror(self):
        for n in 1, 2, 3:
            self.append('INBOX', support.message(n), '\\Seen' * (n % 2))
        self.append('Archive', support.message(4))
        home = self.setup()
        plan = self.check(home, {})
        self.assertIn('test/INBOX create folder here\n', plan.out)
        self.assertEqual(plan.out.count(' fetch '), 4)

    def test_new_on_both_sides(self):
        home = self.begin()
        known = self.known(home)
        self.append('INBOX', support.message(20))
        self.deliver(home, 30)
        self.deliver(home, 31, 'Archive', sub='new')
        self.check(home, known)

    def test_flags_on_both_sides(self):
        home = self.begin()
        known = self.known(home)
        self.change_there(1, '+FLAGS', '(\\Seen \\Flagged)')
        self.change_there(2, '+FLAGS', '($label)')
        for n, letters in (1, 'R'), (3, 'S'), (4, 'FS'):
            self.move_here(home, n, 'INBOX', letters)
        self.check(home, known)
        self.move_here(home, 4, 'INBOX', 'R')
        self.check(home, known)

    def test_moves_on_both_sides(self):
        home = self.begin()
        known = self.known(home)
        self.move_here(home, 1, 'Archive')
        self.move_here(home, 2, 'Archive', 'S')
        self.move_here(home, 3, 'Junk')
        self.move_there(4, 'Archive')
        self.move_there(5, 'Junk', '\\Seen')
        self.check(home, known)

    def test_moves_across(self):
        home = self.begin()
        self.move_there(1, 'Archive')
        self.move_here(home, 2, 'Archive')
        self.sync(home)
        known = self.known(home)
        self.move_here(home, 1, 'INBOX', folder='Archive')
        self.move_there(2, 'INBOX', folder='Archive')
        self.move_here(home, 3, 'Archive')
        self.move_there(4, 'Archive')
        self.append('Archive', support.message(50))
        self.check(home, known)

    def test_deletions_on_both_sides(self):
        home = self.begin()
        known = self.known(home)
        os.unlink(self.path(home, 'INBOX', 1))
        self.delete_there(2, 3)
        self.check(home, known)

    def test_held(self):
        home = self.begin(30)
        known = self.known(home)
        for n in range(1, 26):
            os.unlink(self.path(home, 'INBOX', n))
        self.append('INBOX', support.message(90))
        plan = self.check(home, known, status=1)
        self.assertIn('test/INBOX hold 25 deletions (guard)\n', plan.out)

    def test_kept(self):
        """Deleted on one side, marked on the other: brought back."""
        home = self.begin()
        known = self.known(home)
        os.unlink(self.path(home, 'INBOX', 1))
        self.change_there(1, '+FLAGS', '\\Flagged')
        self.move_here(home, 2, 'INBOX', 'F')
        self.delete_there(2)
        self.check(home, known)

    def test_edited(self):
        home = self.begin()
        known = self.known(home)
        path = self.path(home, 'INBOX', 1)
        home.write(path, support.message(60).decode())
        os.utime(path, (1700000000, 1700000000))
        before = World(self, home)
        plan = home.run('--once', '--dry-run')
        *lines, sums = plan.out.splitlines()
        uid = [u for sha, u in known['INBOX'].items()
               if sha not in before.here['INBOX']]
        self.assertEqual(sorted(lines), sorted([
            'test/INBOX upload file=' +
            os.path.basename(path).partition(':')[0],
            'test/INBOX delete uid=%d there' % uid[0]]))
        self.assertEqual(SUMS.findall(sums),
                         SUMS.findall(self.sync(home).out))


class MessagesNoCondstore(Messages):
    OPTIONS = ('--fast', '--cap-minus', 'CONDSTORE QRESYNC')


class MessagesNoMoveNoUidplus(Messages):
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS MOVE')


class Folders(Scenarios):
    def adopted(self, home):
        shutil.rmtree(home.state)
        os.unlink(home.maildir() + '/.imapsyncd')
        for folder in 'INBOX', 'Archive':
            top = '%s/%s/' % (home.maildir(), folder)
            for sub in 'cur', 'new':
                for i, name in enumerate(sorted(os.listdir(top + sub))):
                    os.rename(top + sub + '/' + name, '%scur/17%s%d.x.host:2,%s'
                              % (top, sub, i, 'S' * (i % 3 != 0)))

    def remake(self, folder, numbers):
        """Another UIDVALIDITY, and these messages."""
        with self.imap() as connection:
            connection.delete(folder)
            connection.create(folder)
        for n in numbers:
            self.append(folder, support.message(n))

    def folder_plan(self, home):
        """Of folders that are renamed or removed: lines, and the same sums."""
        plan = home.run('--once', '--dry-run')
        *lines, sums = plan.out.splitlines()
        self.assertEqual(len(lines), len(set(lines)), plan.out)
        real = self.sync(home, status=plan.status)
        self.assertEqual(SUMS.findall(sums), SUMS.findall(real.out),
                         plan.out + real.out)
        self.assertSame(home)
        return sorted(lines)

    def test_adopted_maildir(self):
        home = self.begin()
        self.change_there(5, '+FLAGS', '\\Flagged')
        known = self.known(home)
        self.adopted(home)
        self.deliver(home, 40)
        self.append('INBOX', support.message(41))
        plan = self.check(home, known)
        self.assertNotEqual(plan.out.count(' flags '), 0)
        self.assertEqual(plan.out.count(' upload '), 1)
        self.assertEqual(plan.out.count(' fetch '), 1)

    def test_new_uidvalidity(self):
        home = self.begin(1)
        for n in range(1, 13):
            self.append('Archive', support.message(n + 100))
        self.sync(home)
        self.remake('Archive', list(range(101, 113)) + [150])
        self.check(home, self.known(home))

    def test_rebuilt_and_empty(self):
        home = self.begin(1)
        for n in range(1, 13):
            self.append('Archive', support.message(n + 100))
        self.sync(home)
        known = self.known(home)
        self.remake('Archive', [])
        plan = self.check(home, known)
        self.assertEqual(plan.out.count(' upload '), 12)

    def test_folders_made(self):
        home = self.begin()
        known = self.known(home)
        with self.imap() as connection:
            connection.create('Fresh')
        self.append('Fresh', support.message(70))
        self.make(home, 'Work')
        self.make(home, 'Work/Deep')
        self.deliver(home, 71, 'Work')
        self.move_here(home, 1, 'Work/Deep', 'S')
        self.move_there(2, 'Fresh')
        self.check(home, known)

    def test_folder_renamed_there(self):
        home = self.begin(1)
        with self.imap() as connection:
            connection.create('Box')
        self.append('Box', support.message(100))
        self.sync(home)
        with self.imap() as connection:
            connection.rename('Box', 'Stash')
        self.append('Stash', support.message(101))
        self.assertEqual(self.folder_plan(home), [
            'test/Box rename folder to=Stash here',
            'test/Stash fetch uid=2 size=%d' % len(
                support.message(101).replace(b'\n', b'\r\n'))])

    def test_folder_renamed_here(self):
        home = self.begin(1)
        with self.imap() as connection:
            connection.create('Box')
        self.append('Box', support.message(100))
        self.sync(home)
        os.rename(home.maildir() + '/Box', home.maildir() + '/Stash')
        self.deliver(home, 101, 'Stash')
        self.assertEqual(self.folder_plan(home), [
            'test/Box rename folder to=Stash there',
            'test/Stash upload file=1101.m.host'])

    def test_folder_removed(self):
        home = self.begin(1, remove='both')
        with self.imap() as connection:
            connection.create('Old')
            connection.create('Older')
        self.append('Old', support.message(100))
        self.append('Older', support.message(101))
        self.sync(home)
        shutil.rmtree(home.maildir() + '/Older')
        with self.imap() as connection:
            connection.delete('Old')
        self.assertEqual(self.folder_plan(home), [
            'test/Old remove folder here',
            'test/Older delete uid=1 there',
            'test/Older remove folder there'])


class Others(Scenarios):
    def test_nothing(self):
        home = self.begin()
        plan = self.check(home, self.known(home))
        self.assertEqual(plan.out.count('\n'), 1)

    def test_many_moves_are_no_deletions(self):
        home = self.begin(30)
        known = self.known(home)
        for n in range(1, 26):
            self.move_there(n, 'Archive')
        plan = self.check(home, known)
        self.assertNotIn('hold', plan.out)

    def test_pull_and_push(self):
        for direction in 'pull', 'push':
            with self.subTest(direction):
                self.user = self.users.pop(0)
                home = self.begin()
                home.accounts['test']['direction'] = direction
                home.save()
                known = self.known(home)
                self.append('INBOX', support.message(20))
                self.deliver(home, 30)
                self.change_there(1, '+FLAGS', '\\Seen')
                self.move_here(home, 2, 'INBOX', 'S')
                os.unlink(self.path(home, 'INBOX', 3))
                self.delete_there(4)
                self.check(home, known)

    def test_no_trash_no_deletions(self):
        home = self.begin()
        known = self.known(home)
        home.accounts['test']['trash'] = 'Nowhere'
        home.save()
        os.unlink(self.path(home, 'INBOX', 1))
        self.append('INBOX', support.message(20))
        plan = self.check(home, known, status=1)
        self.assertNotIn(' delete ', plan.out)

    def test_failure(self):
        home = self.begin()
        home.account('test', self.server, self.user, password='wrong')
        plan = home.run('--once', '--dry-run')
        self.assertStatus(plan, 77)
        self.assertRegex(plan.out, r'\Atest: failed: ')


support.main()
