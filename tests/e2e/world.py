# SPDX-License-Identifier: MIT
"""A user on a server and a home, changed by steps on both sides as mail
programs do it, synced with and without faults, and judged.

A step is a tuple, its first item the name of a method below:

    append n folder flags           on the server
    deliver n folder flags how      into the Maildir (DELIVER)
    flag side n +FLAG | -FLAG       side: here or there
    delete side n
    move side n folder how          (MOVE)
    copy side n folder how          (COPY)
    edit side n m how               m replaces n (EDIT)
    rename n                        another unique part
    dress n                         header fields that say nothing new
    mkdir side folder | mvdir side old new | rmdir side folder
    kill SECONDS | term SECONDS | call NAME NUMBER HOW |
    cut up|down BYTES ACTION | during SECONDS STEPS     one sync each
    lies                            from now on its RFC822.SIZE is wrong
    takeover                        all is lost here, and mbsync brings it again
    settle                          syncs until all is done, then the oracles
    judge                           the same and those of a world at rest

A step that finds nothing to act upon does nothing, so that steps can be left
out."""
import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import time

import faults
import mbsync
import support
from mailprograms import Here, There, crlf, date, text
from model import Account, Copy, Loose, Side, show
from oracle import all_messages, digest, maildir_messages, modes, quote
from servers import SPECIAL, Dovecot, Proxy

PASSWORD = 'S3CR3T-canary'
STATUSES = 0, 1, 73, 74, 75
REASON = re.compile(r'^test(/[^:]*)?: .*\n +-> .', re.M)
ASKED = re.compile(r'how an upload ended is not known')
# Of a proxy: no answer says which UIDs a message got, as without UIDPLUS.
NO_UIDS = '--strip', r'\[(APPENDUID|COPYUID) [^]]*\] '
TRIES = 3       # clean syncs that a faulty one may need


class Violation(AssertionError):
    """One of the eight invariants does not hold; the text begins with its
    number."""


class Unknown(Exception):
    """The server took a message and did not say as which, and it was deleted
    there before anybody looked: it is kept here, and a person is asked."""


class World:
    """One user, mirrored into one home. server.marks: it cannot expunge a
    single message, so that what is deleted here is only marked there."""

    def __init__(self, server, user, proxies=(None, None), where=None, **keys):
        self.server, self.user = server, user
        self.proxy, self.liar = proxies
        self.home = support.Setup(where=where or faults.MEMORY)
        keys = {'password': PASSWORD, 'exclude': ', '.join(SPECIAL),
                'remove': 'both', **keys}
        faults.account(self.home, server, user, **keys)
        self.there_ = There(server, user, keys['password'])
        self.here_ = Here(self.home)
        self.sha, self.dates = {}, {}
        self.account = Account(Side())
        self.excluded = set(keys['exclude'].split(', '))
        self.account.there.folders |= {'INBOX', *SPECIAL} - self.excluded
        self.unsettled = False  # a fault since all was last in sync
        self.own = set()        # deleted by the user, here
        self.been = set()       # messages that have been here
        self.racing = None      # {message touched while a sync runs: states}
        self.log = []
        self.result = None      # of the last sync
        self.first = None       # of the first sync since all was settled

    def put_mail(self, where):
        """The Maildir is to be there; before the first sync."""
        self.home.mail = self.home.general['maildir_root'] = where
        self.home.save()
        self.here_ = Here(self.home)

    def close(self):
        self.there_.close()
        self.home.remove()

    # ---- the sides ----

    def side(self, name):
        return self.account.here if name == 'here' else self.account.there

    def seen_here(self, strict=True):
        found = maildir_messages(self.home.maildir(), strict=strict)
        return self.as_side({
            name: [f.message for f in files]
            for name, files in found.items()}, 'here')

    def seen_there(self):
        found = all_messages(self.there_.connection, self.excluded)
        self.there_.unselect()
        found = {name: [m for m in messages.values() if not (
            self.server.marks and '\\Deleted' in m.flags)]
            for name, messages in found.items()}
        return self.as_side(found, 'there')

    def as_side(self, found, where):
        side = Side(found)
        for name, messages in found.items():
            for m in messages:
                n = self.sha.get(m.sha)
                if n is None:
                    raise Violation('I5 %s: bytes that nobody wrote in %s' %
                                    (where, name))
                if m.date not in self.dates[n]:
                    raise Violation('I5 %s: message %d is of %d, not %s' % (
                        where, n, m.date, sorted(self.dates[n])))
                side.change(n, put=[Copy(name, m.flags)])
        return side

    def new(self, n):
        self.sha[digest(crlf(text(n)))] = n
        self.dates.setdefault(n, set()).add(date(n))

    # ---- steps ----

    def play(self, steps):
        for step in steps:
            self.perform(step)

    def perform(self, step):
        self.log.append(step)
        getattr(self, step[0])(*step[1:])
        self.there_.unselect()

    def find(self, side, n, without=None):
        """(folder, path or uid, predicted copy) or None; not in one folder.
        Whoever asks changes it."""
        state = self.side(side)
        first = [c.folder for c in state.of(n) if c.folder != without]
        folders = first + sorted(state.folders - {*first, without})
        found = (self.here_ if side == 'here' else self.there_).find(
            n, folders)
        if not found:
            return None
        self.touch(n)
        self.account.stirred[side].add(n)
        if self.unsettled and self.server.marks:
            # What became of it there is found by what is in its place here.
            self.account.vague.add(n)
        name, what = found
        flags = self.here_.flags(name, what) if side == 'here' else \
            self.there_.flags(what)
        for good in (lambda c: c == Copy(name, flags),
                     lambda c: c.folder == name, lambda c: True):
            for c in state.of(n):
                if good(c):
                    return name, what, c
        self.account.vague.add(n)       # the sync brought it just now
        return name, what, None

    def effect(self, side, n, take, put):
        if take or not self.side(side).of(n):
            self.side(side).change(n, [take] if take else [],
                                   [c for c in [put] if c])

    def append(self, n, name, flags):
        if name in self.account.there.folders:
            self.new(n)
            flags = frozenset(flags.split())
            self.there_.append(n, name, flags)
            self.touch(n)
            self.account.visited['there'].add(name)
            self.account.there.change(n, put=[Copy(name, flags)])

    def deliver(self, n, name, flags, how):
        if name in self.account.here.folders:
            self.new(n)
            flags = frozenset(flags.split())
            self.here_.deliver(n, name, flags, how)
            self.touch(n)
            self.been.add(n)
            self.account.visited['here'].add(name)
            self.account.here.change(n, put=[Copy(name, flags)])

    def touch(self, n):
        if self.racing is not None:
            self.racing.setdefault(n, set())

    def flag(self, side, n, change):
        found = self.find(side, n)
        if not found:
            return
        name, what, old = found
        sign, flag = change[0], change[1:]
        if side == 'here':
            flags = self.here_.flags(name, what)
            flags = flags | {flag} if sign == '+' else flags - {flag}
            os.rename(what, self.here_.place(name, self.here_.name_of(what),
                                             flags))
        else:
            self.there_.uid('STORE', what, sign + 'FLAGS.SILENT',
                            '(%s)' % flag)
        if old:
            self.effect(side, n, old, old._replace(
                flags=old.flags | {flag} if sign == '+' else
                old.flags - {flag}))

    def delete(self, side, n):
        found = self.find(side, n)
        if found:
            _, what, old = found
            if side == 'here':
                os.unlink(what)
                self.own.add(n)
            else:
                self.there_.expunge(what)
            self.account.deleted.add(n)
            self.effect(side, n, old, None)

    def move(self, side, n, name, how):
        found = self.find(side, n, name)
        if not found or name not in self.side(side).folders:
            return
        _, what, old = found
        if side == 'here':
            self.here_.move(what, n, name, self.here_.flags(found[0], what),
                            how)
        else:
            self.there_.move(what, name, how)
        self.account.visited[side].add(name)
        self.effect(side, n, old, old and old._replace(folder=name))

    def copy(self, side, n, name, how):
        found = self.find(side, n)
        if not found or name not in self.side(side).folders:
            return
        _, what, old = found
        if side == 'there' and '\\Deleted' in self.there_.flags(what):
            return      # nobody sees it
        if side == 'here':
            self.dates[n].add(self.here_.copy(
                what, n, name, self.here_.flags(found[0], what), how))
        else:
            self.there_.uid('COPY', what, quote(self.there_.wire(name)))
        self.account.copied.add(n)
        self.account.visited[side].add(name)
        self.side(side).change(n, put=[old._replace(folder=name)]
                               if old else [])

    def edit(self, side, n, m, how):
        found = self.find(side, n)
        if not found:
            return
        name, what, old = found
        self.new(m)
        self.touch(m)
        if side == 'here':
            flags = self.here_.flags(name, what)
            self.here_.edit(what, m, how)
            self.own.add(n)
            self.been.add(m)
            self.account.replaced[n] = m
        else:
            flags = self.there_.flags(what)
            self.there_.append(m, name, flags)
            self.there_.find(n, [name])
            self.there_.expunge(what)
        self.account.deleted.add(n)
        self.effect(side, n, old, None)
        self.side(side).change(m, put=[Copy(name, flags)])

    def rename(self, n):
        found = self.find('here', n)
        if found:
            name, path, _ = found
            self.account.renamed.add(n)
            os.rename(path, self.here_.place(name, self.here_.unique(n),
                                             self.here_.flags(name, path)))

    def dress(self, n):
        found = self.find('here', n)
        if found:
            self.here_.dress(found[1], found[1])

    def mkdir(self, side, name):
        parent = name.rpartition('/')[0]
        if name not in self.side(side).folders and (
                not parent or parent in self.account.here.folders &
                self.account.there.folders):
            (self.here_ if side == 'here' else self.there_).make(name)
            self.side(side).folders.add(name)

    def leaf(self, side, name):
        """Is it there, and no folder below it on either side?"""
        return name in self.side(side).folders and not any(
            f.startswith(name + '/') for f in self.account.here.folders |
            self.account.there.folders)

    def mvdir(self, side, old, new):
        if not self.leaf(side, old) or new in self.side(side).folders:
            return
        if side == 'here':
            os.rename(self.here_.folder(old), self.here_.folder(new))
        else:
            self.there_.ask('rename', quote(self.there_.wire(old)),
                            quote(self.there_.wire(new)))
        self.side(side).rename(old, new)

    def rmdir(self, side, name):
        if not self.leaf(side, name):
            return
        lost = {n for n, state in self.side(side).mail.items()
                if any(c.folder == name for c in state)}
        self.account.deleted |= lost
        if side == 'here':
            shutil.rmtree(self.here_.folder(name))
            self.own |= lost
        else:
            self.there_.ask('delete', quote(self.there_.wire(name)))
        self.side(side).remove(name)

    # ---- syncs ----

    def _stopped(self, how, seconds):
        process = self.home.start('--once')
        time.sleep(seconds)
        process.send_signal(how)
        # Who stops it needs no word why.
        self.faulty(support.finish(process, 20), STATUSES + (-how,), True)

    def kill(self, seconds):
        self._stopped(signal.SIGKILL, seconds)

    def term(self, seconds):
        self._stopped(signal.SIGTERM, seconds)

    def call(self, name, number, how):
        """A system call that kills or fails; how is strace's."""
        try:
            result = faults.fail(self.home, name, how, number, '--once')
        except faults.Missed:       # it hung, and was killed
            result = support.Result(-signal.SIGKILL, '', '')
        self.faulty(result, STATUSES + (-signal.SIGKILL,))

    def cut(self, direction, place, action):
        with self.through('%s after %d %s' % (direction, place, action)):
            self.faulty(self.home.run('--once'), STATUSES)

    @contextlib.contextmanager
    def through(self, fault):
        """The account's connections go through the proxy, and this happens to
        them."""
        account = self.home.accounts['test']
        port, account['port'] = account['port'], self.proxy.port
        self.home.save()
        self.proxy.control('fault ' + fault)
        try:
            yield
        finally:
            self.proxy.control('clear')
            account['port'] = port
            self.home.save()

    def during(self, seconds, steps):
        """Steps while a sync runs; those that lose a race do nothing."""
        self.racing = {}
        process = self.home.start('--once')
        try:
            time.sleep(seconds)
            for step in steps:
                self.race(step)
        finally:
            result = support.finish(process, 20)
            touched, self.racing = self.racing, None
        # With a change on the other side it is a matter of what came first.
        self.account.vague |= {n for n in touched if not self.one_sided(n)}
        self.faulty(result, (0, 1), touched=touched)

    def one_sided(self, n):
        """Is a message as it was, on one side at least?"""
        bases, here, there = self.account.inputs(n)
        return bases in ({here}, {there})

    def race(self, step):
        for _ in range(5):
            try:
                getattr(self, step[0])(*step[1:])
                self.there_.unselect()
                for n, states in self.racing.items():
                    states |= {self.account.here.of(n),
                               self.account.there.of(n)}
                return None
            except (OSError, RuntimeError):
                continue
        return self.account.vague.update(x for x in step
                                         if isinstance(x, int))

    def said(self, result, statuses, asked=False):
        """I7: the error is said, the secret is not. asked: to stop, which
        needs no word."""
        self.result = result
        out = result.out + result.err
        if result.status not in statuses:
            raise Violation('I7 exit status %s\n%s' % (result.status, out))
        if PASSWORD in out:
            raise Violation('I7 the password is shown\n' + out)
        if result.status > 0 and not asked and not REASON.search(result.err):
            raise Violation('I7 exit status %d, and no word why\n%s' % (
                result.status, out))

    def faulty(self, result, statuses, asked=False, touched=None):
        """After a sync that was disturbed, or in which messages were
        touched."""
        self.said(result, statuses, asked)
        self.unsettled = True
        here, there = self.seen_here(strict=False), self.seen_there()
        # The server may still be at what it was told; a message that moves
        # while folder after folder is read is in none of them.
        again = self.seen_there()
        while again != there:
            there, again = again, self.seen_there()
        self.been |= set(here.mail)
        aside = re.findall(r'^test/(.*): it is set aside', result.err, re.M)
        wrong = self.account.interrupted(here, there, touched, aside)
        if wrong:
            raise Violation('I1 after a sync that was disturbed:\n' +
                            '\n'.join(wrong))

    def lies(self):
        """RFC822.SIZE is not what arrives, as Exchange has it."""
        self.home.accounts['test']['port'] = self.liar.port
        self.home.save()

    def takeover(self):
        """Whoever comes from mbsync keeps what it brought: nothing is fetched,
        nothing sent. Its Maildir has no keywords; the server's come back."""
        start = self.account.start
        if self.unsettled or self.server.marks or \
                self.account.here != start or self.account.there != start or \
                not ''.join(start.folders).isascii() or \
                any(len(state) > 1 for state in start.mail.values()):
            return      # of equal messages nobody knows whose flags are whose
        shutil.rmtree(self.home.state)
        shutil.rmtree(self.home.mail)
        mbsync.pull(self.home.maildir(), self.server, self.user, PASSWORD,
                    self.excluded)
        mbsync.forget(self.home.maildir())
        result = self.home.run('--once')
        self.said(result, (0,))
        here, there = self.seen_here(), self.seen_there()
        if here != there or there != self.account.there or \
                not re.search(': 0 new, 0 uploaded, ', result.out):
            raise Violation('I2 after mbsync: %s\n%s' % (
                result.out, unlike(here, there)))

    def settle(self):
        """Clean syncs until all is done; then the oracles of both sides."""
        tries, self.first = TRIES if self.unsettled else 1, None
        for _ in range(tries):
            result = self.home.run('--once')
            self.said(result, (0, 1))
            self.first = self.first or result
            here, there = self.seen_here(strict=False), self.seen_there()
            if here == there and result.status == 0:
                break
            if result.status == 0:
                raise Violation('%s exit status 0, but not the same:\n%s' % (
                    self.worst(here, there), unlike(here, there)))
        else:
            if self.server.marks and ASKED.search(result.err) and \
                    self.only_deleted_there(here, there):
                raise Unknown
            raise Violation('I1 not done after %d syncs:\n%s\n%s' % (
                tries, unlike(here, there), result.err))
        self.been |= set(here.mail)
        wrong = self.account.wrong(here)
        if wrong:
            raise Violation('%s %s' % (self.worst(here),
                                       '\n'.join(t for _, t in wrong)))
        self.recoverable(here)
        self.account.settle(here)
        self.unsettled = False

    def only_deleted_there(self, here, there):
        """Is that all in which the sides differ?"""
        left = here.copy()
        for n in self.account.deleted:
            if not there.of(n):
                left.mail.pop(n, None)
        return left == there

    def worst(self, *sides):
        """Which invariant is broken first."""
        return min((invariant(n, side, self.account) for side in sides
                    for n, _ in self.account.wrong(side)),
                   key='I2 I3 I1 I4'.index, default='I1')

    def sync(self):
        """One clean sync: (Result, the program's commands)."""
        before = len(self.server.commands(self.user))
        self.result = self.home.run('--once')
        return self.result, self.server.commands(self.user)[before:]

    def judge(self):
        """All eight."""
        self.settle()
        self.quiet()
        self.clean()

    def recoverable(self, here):
        """What the program took away here can be had back."""
        trash = {self.sha.get(x) for x in faults.trash(self.home)}
        lost = self.been - set(here.mail) - self.own - trash
        if lost:
            raise Violation('I1 not even in the trash: %s' % sorted(lost))
        self.been = set(here.mail)

    def quiet(self):
        """I6: nothing more to do, and nothing done."""
        result, found = support.unrest(self.home, self.server, self.user)
        self.said(result, (0,))
        if found:
            raise Violation('I6 not at rest:\n' + '\n'.join(found))

    def clean(self):
        """I8: nothing left behind, nothing open to others, the database
        sound."""
        left = faults.leftovers(self.home)
        left += modes(self.home.mail) + modes(self.home.state)
        if left:
            raise Violation('I8 left, or open to others: %s' % left)
        for name in os.listdir(self.home.state):
            if name.endswith('.db'):
                db = sqlite3.connect('file:%s/%s?mode=ro' % (
                    self.home.state, name), uri=True)
                answer = db.execute('PRAGMA integrity_check').fetchall()
                db.close()
                if answer != [('ok',)]:
                    raise Violation('I8 the database: %s' % answer)


def invariant(n, side, account):
    """Which one is broken where message n has come to this."""
    allowed, state = account.allowed(n, account.contested()), side.of(n)
    sizes = [allowed.least] if isinstance(allowed, Loose) else \
        [len(x) for x in allowed]
    if len(state) < min(sizes):
        return 'I1'
    if len(state) > max(sizes):
        return 'I2' if max(sizes) else 'I3'
    return 'I4'


class TestCase(support.TestCase):
    """A server for the class, SERVER(*OPTIONS), with its users, and a proxy to
    it, and one that lies about sizes; every world has a user of its own.
    PROXY: the proxies' options, where all goes through the first, and not only
    what is to be cut."""
    SERVER, OPTIONS, PROXY = Dovecot, ('--fast',), ()
    USERS = 100

    @classmethod
    def setUpClass(cls):
        faults.require()
        cls.server = cls.SERVER(*cls.OPTIONS, where=faults.MEMORY)
        cls.enterClassContext(cls.server)
        cls.users = cls.server.add_users('w', cls.USERS, PASSWORD)
        cls.proxy, cls.liar = [
            cls.enterClassContext(Proxy(cls.server.port, *cls.PROXY, *more))
            for more in ((), ('--sizes', '2.7'))]

    def setUp(self):
        self.random = random.Random('%d %s' % (support.SEED, self.id()))

    def new_world(self, **keys):
        """keys: of the account. Whoever calls closes it."""
        if self.PROXY:
            keys = {'port': self.proxy.port, **keys}
        return World(self.server, self.users.pop(0), (self.proxy, self.liar),
                     **keys)

    def world(self, **keys):
        world = self.new_world(**keys)
        self.addCleanup(world.close)
        return world


def unlike(here, there):
    out = ['folders here %s, there %s' % (sorted(here.folders),
                                          sorted(there.folders))]
    for n in sorted(set(here.mail) | set(there.mail)):
        if here.of(n) != there.of(n):
            out.append('message %d: here %s, there %s' % (
                n, show(here.of(n)), show(there.of(n))))
    return '\n'.join(out[:20])
