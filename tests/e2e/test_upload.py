#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files that other programs put into the Maildir: each is sent once and whole,
or not at all and that is said."""
import hashlib
import os
import re
import threading
import time

import faults
import support
from oracle import folder_messages
from servers import SPECIAL
from world import TestCase, World, crlf, text

MANY = 2000
BIG = 30000000
SENT = re.compile(r'APPEND .*\{\d+\+?\}')


class Base(TestCase):
    def synced(self, proxy=False, **keys):
        """One message in INBOX, in sync; Box is empty."""
        if proxy:
            keys['port'] = self.proxy.port
        world = self.world(**keys)
        world.play([('mkdir', 'there', 'Box'), ('append', 1, 'INBOX', ''),
                    ('settle',)])
        return world

    def appends(self, world):
        """How often the program sent an APPEND."""
        return len([c for c in self.server.commands(world.user)
                    if SENT.match(c)]) - \
            len([s for s in world.log if s[0] == 'append'])

    def put(self, world, data, name='1500000000.X1.host:2,', folder='INBOX',
            when=1500000000):
        """A file with these bytes, as they are."""
        path = '%s/cur/%s' % (world.here_.folder(folder), name)
        draft = path.replace('/cur/', '/tmp/')
        with open(draft, 'wb', opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(data)
        os.utime(draft, (when, when))
        os.rename(draft, path)
        return path

    def bodies(self, world, folder='INBOX'):
        """SHA-256 of all that the server has there."""
        found = folder_messages(world.there_.connection,
                                world.there_.wire(folder))
        world.there_.unselect()
        return sorted(m.sha for m in found.values())

    def assertRefused(self, world, why, folder='INBOX'):
        """It says why, keeps the file, and goes on with the rest."""
        result, _ = world.sync()
        self.assertStatus(result, 1)
        self.assertRegex(result.err, r'(?i)test/%s: .*%s(.*\n)*? +-> ' % (
            folder, why))
        return result


class Content(Base):
    """What is sent is what is there."""

    def sent(self, data, **how):
        """As it is to be on the server."""
        world = self.synced()
        path = self.put(world, data, **how)
        result, _ = world.sync()
        self.assertStatus(result, 0)
        with open(path, 'rb') as f:
            self.assertEqual(f.read(), data)
        right = re.sub(rb'\r?\n', b'\r\n', data)
        self.assertEqual(self.bodies(world), sorted(
            hashlib.sha256(x).hexdigest() for x in (right, crlf(text(1)))))
        self.rest(world)
        return world

    def rest(self, world, status=0):
        result, found = support.unrest(world.home, self.server, world.user)
        self.assertStatus(result, status)
        self.assertEqual(found, [])

    def test_no_end_of_line(self):
        self.sent(b'Subject: a\n\nno end')

    def test_header_only(self):
        self.sent(b'Subject: a\n')

    def test_no_header(self):
        self.sent(b'\nbody\n')

    def test_crlf_on_disk(self):
        """Other programs store it so."""
        self.sent(b'Subject: a\r\n\r\nbody\r\n')

    def test_mixed_line_ends(self):
        self.sent(b'Subject: a\n\nbody\r\nmore\n')

    def test_eight_bits(self):
        self.sent(b'Subject: \xe4\n\n' + bytes(range(128, 256)) + b'\n')

    def test_long_line(self):
        self.sent(b'Subject: a\n\n' + b'x' * 200000 + b'\n')

    def test_dots_and_literals(self):
        """Nothing in it is a command."""
        self.sent(b'Subject: {5}\n\n.\n{10+}\n) A1 LOGOUT\n')

    def test_nul(self):
        """The server may store it in another way, and may refuse it; it is
        not sent again for that."""
        world = self.synced()
        path = self.put(world, b'Subject: a\n\nnul \0 nul\n')
        result, _ = world.sync()
        self.assertIn(result.status, (0, 1))
        count = len(self.bodies(world))
        self.assertEqual(count, 2 if result.status == 0 else 1)
        self.assertTrue(os.path.exists(path))
        self.rest(world, result.status)
        self.assertEqual(len(self.bodies(world)), count)

    def test_empty(self):
        """No server takes it. The rest goes on."""
        world = self.synced()
        path = self.put(world, b'')
        world.perform(('deliver', 5, 'INBOX', '', 'cur'))
        self.assertRefused(world, '')
        self.assertEqual(len(self.bodies(world)), 2)
        self.assertTrue(os.path.exists(path))
        os.unlink(path)
        world.judge()

    def test_dates(self):
        """Before 1970 and after 2038: the date if the server takes it, the
        message in any case."""
        for when in -315619200, -1, 1, 4102444800:
            self.dated(when)

    def test_date_0(self):
        self.dated(0)

    def dated(self, when):
        world = self.synced()
        path = self.put(world, text(4), when=when)
        result, _ = world.sync()
        self.assertStatus(result, 0)
        self.assertEqual(len(self.bodies(world)), 2)
        self.assertEqual(int(os.stat(path).st_mtime), when)
        self.rest(world)

    def test_odd_names(self):
        """No info, several colons, another program's UID, a newline."""
        for i, name in enumerate((
                'plain', 'a:b:c', '1500000000.1_2.host,U=77,FMD5=abc:2,S',
                '1500000000.V1U1.0123456789abcdef.imapsyncd,S=99:2,',
                'new\nline:2,', 'umlaut-\u00e4:2,F', 'x' * 240 + ':2,S',
                '1500000000.M1:2,SX')):
            with self.subTest(name=name):
                world = self.synced()
                data = b'Subject: %d\n\nbody\n' % i
                path = self.put(world, data, name)
                result, _ = world.sync()
                self.assertStatus(result, 0)
                self.assertTrue(os.path.exists(path))
                self.assertIn(hashlib.sha256(crlf(data)).hexdigest(),
                              self.bodies(world))
                self.rest(world)

    def test_no_messages(self):
        """Directories, links, pipes and files with a dot are not sent and not
        touched."""
        world = self.synced()
        cur = world.here_.folder('INBOX') + '/cur/'
        os.mkdir(cur + 'directory')
        os.mkfifo(cur + 'pipe')
        os.symlink('/etc/passwd', cur + 'link')
        with open(cur + '.hidden', 'w'):
            pass
        result, _ = world.sync()
        self.assertIn(result.status, (0, 1))
        self.assertEqual(len(self.bodies(world)), 1)
        self.assertTrue({'directory', 'pipe', 'link', '.hidden'} <=
                        set(os.listdir(cur)))

    def test_same_name_other_flags(self):
        """A copy in the folder that keeps the unique part is a message."""
        world = self.synced()
        self.put(world, text(5), '1500000000.X1.host:2,')
        self.put(world, text(6), '1500000000.X1.host:2,S')
        result, _ = world.sync()
        self.assertIn(result.status, (0, 1))
        world.sync()
        self.assertEqual(len(self.bodies(world)), 3)


class Volume(Base):
    def test_many(self):
        world = self.synced()
        for n in range(2, MANY + 2):
            world.deliver(n, 'INBOX' if n % 3 else 'Box',
                          '\\Seen' if n % 2 else '', 'new')
        start = time.monotonic()
        result, _ = world.sync()
        print('%d uploads: %.1f s' % (MANY, time.monotonic() - start))
        self.assertStatus(result, 0)
        self.assertIn(' %d uploaded,' % MANY, result.out)
        world.judge()
        self.assertEqual(len(world.account.here.mail), MANY + 1)

    def test_big(self):
        """Its size is not seen in the memory of the program."""
        world = self.synced()
        line = b'%064d\n' % 7
        self.put(world, b'Subject: big\n\n' + line * (BIG // len(line)))
        process = world.home.start('--once')
        most = 0
        while process.poll() is None:
            try:
                with open('/proc/%d/status' % process.pid) as f:
                    found = re.search(r'VmHWM:\s+(\d+)', f.read())
                most = max(most, int(found[1]) if found else 0)
            except FileNotFoundError:
                break
            time.sleep(0.005)
        result = support.finish(process)
        self.assertStatus(result, 0)
        self.assertEqual(len(self.bodies(world)), 2)
        print('%d bytes: VmHWM %d kB' % (BIG, most))
        if not faults.sanitized():
            self.assertLess(most, 40000)

    def test_answers_that_never_come(self):
        """Cut, stalled or killed after the last byte, before the OK: sent once
        all the same."""
        for action in 'cut', 'rst', 'stall':
            with self.subTest(action):
                world = self.synced(timeout='2s')
                world.play([('deliver', n, 'Box', '', 'new')
                            for n in range(2, 5)])
                with world.through("down match 'OK [^\\r]*APPEND' " +
                                   action):
                    world.faulty(world.home.run('--once'), (75,))
                world.judge()
                self.assertEqual(self.appends(world), 1)


class While(Base):
    """The file changes while it is looked at or sent."""

    def slow(self):
        """A world behind a line of 1 MB/s, and a file of 1 MB on its way."""
        self.proxy.control('up 1M')
        self.addCleanup(self.proxy.control, 'up 0')
        world = self.synced(proxy=True)
        line = b'%064d\n' % 7
        self.data = b'X-T: <50>\nSubject: big\n\n' + line * (1000000 // 65)
        world.sha[hashlib.sha256(crlf(self.data)).hexdigest()] = 50
        world.dates[50] = {1500000000}
        self.path = self.put(world, self.data)
        before = self.proxy.stats()['up']
        process = world.home.start('--once')
        support.wait_for(lambda: self.proxy.stats()['up'] > before + 200000,
                         'the message on its way')
        return world, process

    def finish(self, world, process):
        """Up to three syncs more; the sides are equal then."""
        result = support.finish(process)
        self.assertIn(result.status, (0, 1, 75))
        self.proxy.control('up 0')
        for _ in range(3):
            result, _ = world.sync()
            if result.status == 0:
                break
        self.assertStatus(result, 0)
        here, there = world.seen_here(), world.seen_there()
        self.assertEqual(here.mail, there.mail)
        world.quiet()
        return {n: [c.folder for c in state] for n, state in
                here.mail.items()}

    def test_replaced(self):
        world, process = self.slow()
        world.new(51)
        draft = self.path.replace('/cur/', '/tmp/')
        world.here_.write(draft, 51)
        os.rename(draft, self.path)
        self.assertEqual(self.finish(world, process),
                         {1: ['INBOX'], 51: ['INBOX']})

    def test_changed_in_place(self):
        world, process = self.slow()
        world.new(51)
        world.here_.write(self.path, 51)
        self.assertEqual(self.finish(world, process),
                         {1: ['INBOX'], 51: ['INBOX']})

    def test_gone(self):
        world, process = self.slow()
        os.unlink(self.path)
        self.assertEqual(self.finish(world, process), {1: ['INBOX']})

    def test_moved(self):
        world, process = self.slow()
        os.rename(self.path, world.here_.folder('Box') + '/cur/' +
                  os.path.basename(self.path))
        self.assertEqual(self.finish(world, process),
                         {1: ['INBOX'], 50: ['Box']})

    def test_marked(self):
        world, process = self.slow()
        os.rename(self.path, self.path + 'S')
        self.assertEqual(self.finish(world, process),
                         {1: ['INBOX'], 50: ['INBOX']})
        self.assertIn('\\Seen', world.seen_there().of(50)[0].flags)
        self.assertEqual(self.appends(world), 1)

    def written(self, world, pauses, reopen):
        """A mail program writes a message in pieces while syncs run."""
        path = world.here_.folder('INBOX') + '/cur/1500000000.X1.host:2,'
        data = text(4)
        world.new(4)
        pieces = [data[i * len(data) // pauses:(i + 1) * len(data) // pauses]
                  for i in range(pauses)]

        def write():
            f = open(path, 'wb', opener=lambda p, f: os.open(p, f, 0o600))
            for piece in pieces:
                f.write(piece)
                f.flush()
                if reopen:
                    f.close()
                time.sleep(0.3)
                if reopen:
                    f = open(path, 'ab')
            f.close()
            world.dates[4].add(int(os.stat(path).st_mtime))
        writer = threading.Thread(target=write)
        writer.start()
        while writer.is_alive():
            result, _ = world.sync()
            self.assertIn(result.status, (0, 1))
        writer.join()
        for _ in range(3):
            result, _ = world.sync()
            if result.status == 0:
                break
        self.assertStatus(result, 0)
        here, there = world.seen_here(), world.seen_there()
        self.assertEqual(here, there)
        self.assertEqual(sorted(here.mail), [1, 4])
        self.assertEqual(self.appends(world), 1)
        world.quiet()

    def test_written_slowly(self):
        """The writer holds it open."""
        self.written(self.synced(), 5, False)

    def test_written_in_pieces(self):
        """The writer closes and reopens it within a second."""
        self.written(self.synced(), 5, True)

    def test_folder_vanishes(self):
        """NO [TRYCREATE], in the middle of it."""
        world = self.synced(proxy=True)
        world.perform(('deliver', 4, 'Box', '', 'new'))
        self.proxy.control('fault up match APPEND stall')
        process = world.home.start('--once')
        support.wait_for(lambda: any('stalled' in x for x in
                                     self.proxy.control('list')), 'APPEND')
        world.there_.ask('delete', 'Box')
        self.proxy.control('clear')
        self.proxy.control('resume')
        self.assertEqual(self.finish(world, process),
                         {1: ['INBOX'], 4: ['Box']})


class Limits(Base):
    """The server does not want it."""
    LIMITS = 'plugin {\n  quota_max_mail_size = 100k\n}\n'

    @classmethod
    def setUpClass(cls):
        home = support.Setup()
        cls.addClassCleanup(home.remove)
        home.write(home.home + '/extra', cls.LIMITS)
        cls.OPTIONS = ('--fast', '--extra', home.home + '/extra')
        super().setUpClass()

    def served(self, user):
        """A world of a user that the server has."""
        world = World(self.server, user, password='secret',
                      exclude=', '.join(SPECIAL + ('LookupOnly', 'Hidden')))
        self.addCleanup(world.close)
        return world

    def test_too_big(self):
        world = self.synced()
        path = self.put(world, b'Subject: big\n\n' + b'x\n' * 100000)
        world.perform(('deliver', 5, 'INBOX', '', 'cur'))
        self.assertRefused(world, '(size|big|large|limit|exceed)')
        self.assertEqual(len(self.bodies(world)), 2)
        # It is not sent again and again.
        sent = self.appends(world)
        result, _ = world.sync()
        self.assertStatus(result, 1)
        self.assertLessEqual(self.appends(world), sent + 1)
        self.assertTrue(os.path.exists(path))
        os.unlink(path)
        world.judge()

    def test_over_quota(self):
        """Of 100 kB."""
        world = self.served('quota')
        for n in 1, 4, 9:
            world.perform(('append', n, 'INBOX', ''))
        world.settle()
        for n in 2, 3, 4:
            path = self.put(world, b'Subject: %d\n\n' % n + b'%032d\n' % n *
                            (2900 if n == 4 else 1),
                            '1500000000.X%d.host:2,' % n)
        self.assertRefused(world, '(quota|OVERQUOTA)')
        # What fits goes, in the next sync at the latest.
        self.assertStatus(world.sync()[0], 1)
        self.assertEqual(len(self.bodies(world)), 5)
        # What comes from there still comes.
        world.perform(('flag', 'there', 1, '+\\Flagged'))
        world.sync()
        self.assertTrue(world.here_.find(1, ['INBOX'])[1].endswith('F'))
        os.unlink(path)
        self.assertStatus(world.sync()[0], 0)

    def test_rights(self):
        """A folder that takes nothing, or lets nothing go; the others are
        served."""
        for folder, steps in (
                ('ReadOnly', [('deliver', 4, 'ReadOnly', '', 'cur')]),
                ('NoInsert', [('deliver', 5, 'NoInsert', '', 'cur')])):
            with self.subTest(folder):
                world = self.served('acl')
                self.adopt(world)
                world.play(steps)
                world.perform(('deliver', 6 + len(folder), 'INBOX', '',
                               'cur'))
                before = self.bodies(world, folder)
                self.assertRefused(world, '', folder)
                self.assertEqual(self.bodies(world, folder), before)
                self.assertIn(6 + len(folder), world.seen_there().mail)
                self.assertEqual(len([
                    f for sub in ('cur', 'new') for f in os.listdir(
                        '%s/%s' % (world.here_.folder(folder), sub))]), 2)

    def adopt(self, world):
        """What the server has in its folders is nobody's test message."""
        result, _ = world.sync()
        self.assertIn(result.status, (0, 1))
        for name in os.listdir(world.home.maildir()):
            path = world.home.maildir() + '/' + name
            if os.path.isdir(path):
                world.account.here.folders.add(name)
                for sub in 'cur', 'new':
                    for file in os.listdir(path + '/' + sub):
                        digest = faults.digest('%s/%s/%s' % (path, sub, file))
                        world.sha[digest] = 1000 + len(world.sha)
                        world.dates.setdefault(world.sha[digest], set()).add(
                            int(os.stat('%s/%s/%s' % (path, sub, file))
                                .st_mtime))


support.main()
