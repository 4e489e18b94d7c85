# SPDX-License-Identifier: MIT
"""Changes of a mailbox as other programs make them: of the Maildir as mutt,
mu4e, afew, Emacs or a delivery agent do, of the server as a mail program on
another machine does. The messages are numbered, and say their number in a
header."""
import imaplib
import os
import re
import shutil
import time

from oracle import LETTERS, keywords_of, mutf7_encode, quote

DELIVER = 'new', 'cur', 'link', 'direct'
MOVE = 'keep', 'new', 'link', 'copy', 'dressed'
COPY = 'cp', 'cp -p', 'link'
EDIT = 'in place', 'over'


def text(n):
    """Message n, with LF line ends."""
    lines = 900 if n % 13 == 7 else n % 5 * 30
    body = 'text of %d\n' % n + ('%064d\n' % n) * lines
    if n % 7 == 3:
        body = body.rstrip('\n') + ' \u00fc, and no end of line'
    return ('From: a@example.org\nTo: b@example.org\nSubject: %d\n'
            'X-T: <%d>\nMessage-ID: <%d@example.org>\n\n%s'
            % (n, n, n, body)).encode()


def dressed(data, count):
    """With the fields that mutt and others write into the header; count: of
    such programs."""
    header, body = data.split(b'\n\n', 1)
    return b'%s\nContent-Length: %d\nLines: %d\nStatus: %s\n\n%s' % (
        header, len(body), body.count(b'\n'), b'RO'[:count % 3], body)


def private(path, flags):
    return os.open(path, flags, 0o600)


def crlf(data):
    return data.replace(b'\n', b'\r\n')


def date(n):
    """When message n arrived."""
    return 1500000000 + n * 86400


class Here:
    """The Maildir, as mail programs change it."""

    def __init__(self, home):
        self.root = home.maildir()
        self.count = 0

    def folder(self, name):
        return os.path.join(self.root, name)

    def find(self, n, folders):
        """(folder, path) of the first file of message n, or None."""
        for name in folders:
            for sub in 'cur', 'new':
                try:
                    files = sorted(os.listdir('%s/%s' % (self.folder(name),
                                                         sub)))
                except FileNotFoundError:
                    continue
                for file in files:
                    path = '%s/%s/%s' % (self.folder(name), sub, file)
                    try:
                        with open(path, 'rb') as f:
                            head = f.read(200)
                    except FileNotFoundError:
                        continue
                    if b'X-T: <%d>\n' % n in head:
                        return name, path
        return None

    def unique(self, n):
        self.count += 1
        return '%d.M%dP%d_%d.host' % (date(n), n, os.getpid(), self.count)

    def letters(self, name, flags):
        """The flags as letters of a folder; a new keyword gets one."""
        table = {k: c for c, k in keywords_of(self.folder(name)).items()}
        table.update((f, c) for c, f in LETTERS.items())
        for flag in sorted(flags - set(table)):
            number = len(table) - len(LETTERS)
            with open(self.folder(name) + '/dovecot-keywords', 'a',
                      opener=private) as f:
                f.write('%d %s\n' % (number, flag))
            table[flag] = chr(ord('a') + number)
        return ''.join(sorted(table[f] for f in flags))

    def place(self, name, unique, flags):
        """The path that a file with these flags has."""
        return '%s/cur/%s:2,%s' % (self.folder(name), unique,
                                   self.letters(name, flags))

    @staticmethod
    def name_of(path):
        return os.path.basename(path).partition(':2,')[0]

    def flags(self, name, path):
        table = {**LETTERS, **keywords_of(self.folder(name))}
        return frozenset(table[c] for c in path.rpartition('/')[2]
                         .partition(':2,')[2])

    def write(self, path, n, when=None):
        with open(path, 'wb', opener=private) as f:
            f.write(text(n))
        os.utime(path, (when or date(n),) * 2)

    def deliver(self, n, name, flags, how):
        unique = self.unique(n)
        final = self.place(name, unique, flags)
        if not flags and how != 'direct':
            final = '%s/new/%s' % (self.folder(name), unique)
        if how == 'direct':
            return self.write(final, n)
        draft = '%s/tmp/%s' % (self.folder(name), unique)
        self.write(draft, n)
        if how == 'link':
            os.link(draft, final)
            return os.unlink(draft)
        return os.rename(draft, final)

    def move(self, path, n, name, flags, how):
        keep = self.name_of(path) if how == 'keep' else self.unique(n)
        target = self.place(name, keep, flags)
        if os.path.exists(target):      # of a copy of it
            target = self.place(name, self.unique(n), flags)
        if how == 'copy':
            shutil.copy2(path, target)
            return os.unlink(path)
        if how == 'link':
            os.link(path, target)
            return os.unlink(path)
        if how == 'dressed':
            self.dress(path, target)
            return os.unlink(path)
        return os.rename(path, target)

    def dress(self, path, target):
        """As mutt moves a message: a new file, of the same time."""
        draft = '%s/tmp/%s' % (os.path.dirname(os.path.dirname(target)),
                               os.path.basename(target))
        with open(path, 'rb') as f:
            data = f.read()
        self.count += 1
        with open(draft, 'wb', opener=private) as f:
            f.write(dressed(data, self.count))
        os.utime(draft, (os.stat(path).st_mtime,) * 2)
        os.rename(draft, target)

    def copy(self, path, n, name, flags, how):
        target = self.place(name, self.name_of(path), flags)
        if how == 'cp -p' or self.find(n, [name]):
            target = self.place(name, self.unique(n), flags)
        if how == 'link':
            os.link(path, target)
        else:
            (shutil.copy2 if how == 'cp -p' else shutil.copy)(path, target)
        return int(os.stat(target).st_mtime)

    def edit(self, path, n, how):
        # Through a hard link two messages would change.
        if how == 'in place' and os.stat(path).st_nlink == 1:
            return self.write(path, n)
        draft = path.replace('/cur/', '/tmp/').replace('/new/', '/tmp/')
        self.write(draft, n)
        return os.rename(draft, path)

    def make(self, name):
        path = self.root
        os.makedirs(path, mode=0o700, exist_ok=True)
        for level in name.split('/'):
            path += '/' + level
            if not os.path.isdir(path):
                os.mkdir(path, 0o700)
        for sub in 'cur', 'new', 'tmp':
            os.mkdir(path + '/' + sub, 0o700)


class There:
    """The server, as another mail program changes it."""

    def __init__(self, server, user, password):
        self.server, self.user, self.password = server, user, password
        self.connection = server.imap(user, password)
        # Where it can do no more than mark, what is marked is gone.
        self.living = ('UNDELETED',) if server.marks else ()

    def close(self):
        try:
            self.connection.logout()
        except (OSError, imaplib.IMAP4.error):
            pass

    def unselect(self):
        """Whoever deletes a folder closes the connections that are in it."""
        if self.connection.state == 'SELECTED':
            self.connection.unselect()

    def wire(self, name):
        if name == 'INBOX':
            return name
        return self.server.prefix + self.server.separator.join(
            mutf7_encode(x) for x in name.split('/'))

    def ask(self, method, *args):
        answer = getattr(self.connection, method)(*args)
        if answer[0] != 'OK':
            raise RuntimeError('%s %s: %s' % (method, args, answer))
        return answer[1]

    def uid(self, *args):
        return self.ask('uid', *args)

    def find(self, n, folders):
        """(folder, uid) of the first copy of message n, its folder selected;
        or None."""
        for name in folders:
            if self.connection.select(quote(self.wire(name)))[0] != 'OK':
                continue
            found = self.uid('SEARCH', *self.living, 'HEADER', 'X-T',
                             '"<%d>"' % n)[0]
            if found:
                return name, found.split()[0].decode()
        return None

    def flags(self, uid):
        data = self.uid('FETCH', uid, '(FLAGS)')[0]
        found = re.search(rb'FLAGS \(([^)]*)\)', data or b'')
        return frozenset(found[1].decode().split() if found else ()) - {
            '\\Recent'}

    def append(self, n, name, flags):
        when = '"%s"' % time.strftime('%d-%b-%Y %H:%M:%S +0000',
                                      time.gmtime(date(n)))
        self.ask('append', quote(self.wire(name)),
                 '(%s)' % ' '.join(sorted(flags)), when, crlf(text(n)))

    def expunge(self, uid):
        self.uid('STORE', uid, '+FLAGS.SILENT', '(\\Deleted)')
        self.uid('EXPUNGE', uid)

    def move(self, uid, name, how):
        if how == 'keep':
            return self.uid('MOVE', uid, quote(self.wire(name)))
        self.uid('COPY', uid, quote(self.wire(name)))
        return self.expunge(uid)

    def make(self, name):
        self.ask('create', quote(self.wire(name)))
        self.ask('subscribe', quote(self.wire(name)))
