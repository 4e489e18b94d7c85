#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A two-way sync that is right and nothing else: slow, and lost when it is
interrupted. The tests of the oracles run it in the place of the program: whole,
where every oracle must be silent, and with one thing broken (BREAK), where
that one must speak whose business it is.

It knows messages by the X-T header that those of the tests have."""
import configparser
import imaplib
import json
import os
import re
import shutil
import sqlite3
import sys
import time
import zlib

from model import merge_flags
from oracle import (LETTERS, keywords_of, mutf7_encode, quote, server_folders)

BREAK = os.environ.get('BREAK', '')
STRONG = {'\\Answered', '\\Flagged'}


class File:
    """A message here."""

    def __init__(self, mirror, folder, path):
        self.folder, self.path = folder, path
        with open(path, 'rb') as f:
            self.n = number(f.read(3000))
        self.unique, _, letters = os.path.basename(path).partition(':2,')
        self.flags = {mirror.letters(folder)[c] for c in letters}


class Message:
    """A message there."""

    def __init__(self, folder, uid, flags, n):
        self.folder, self.uid, self.n = folder, uid, n
        self.flags = flags - {'\\Recent'}


class Row:
    """What was last in sync."""

    def __init__(self, folder, uid, unique, n, flags):
        self.folder, self.uid, self.unique = folder, uid, unique
        self.n, self.flags = n, set(flags)

    def save(self):
        return self.folder, self.uid, self.unique, self.n, sorted(self.flags)


def number(data):
    """Of a message of the tests; of others what their header makes."""
    head = re.split(rb'(?<!.)\n', data.replace(b'\r', b''), 1)[0]
    found = re.search(rb'X-T: <(\d+)>', head)
    return int(found[1]) if found else zlib.crc32(head)


class Mirror:
    def __init__(self, ini):
        config = configparser.ConfigParser(strict=False, interpolation=None)
        config.read(ini)
        account = config['account test']
        self.state_dir = config['general']['state_dir']
        self.root = config['general']['maildir_root'] + '/test'
        self.excluded = set(account.get('exclude', '').split(', '))
        with open(account['password_file']) as f:
            self.password = f.read().strip()
        self.imap = imaplib.IMAP4('127.0.0.1', int(account['port']))
        self.imap.login(account['user'], self.password)
        for path in self.state_dir, self.root + '/INBOX/cur':
            os.makedirs(path, mode=0o700, exist_ok=True)
        self.make_here('INBOX')
        self.rows, self.uidvalidity = self.load()

    # ---- state ----

    def load(self):
        self.db = sqlite3.connect(self.state_dir + '/test.db')
        found = self.db.execute('SELECT name FROM sqlite_master').fetchall()
        self.saved = None
        if not found:
            self.db.execute('CREATE TABLE state (json TEXT)')
            return [], {}
        self.saved = self.db.execute('SELECT * FROM state').fetchone()[0]
        saved = json.loads(self.saved)
        return [Row(*r) for r in saved[0]], saved[1]

    def save(self):
        folders = {f: self.status(f) for f in self.folders_there()}
        text = json.dumps([[r.save() for r in self.rows], folders],
                          sort_keys=True)
        if text == self.saved:
            return
        self.db.execute('DELETE FROM state')
        self.db.execute('INSERT INTO state VALUES (?)', [text])
        self.db.commit()

    # ---- both sides ----

    def ask(self, *args):
        kind, data = self.imap.uid(*args)
        if kind != 'OK':
            sys.exit('test: %s: %s\n  -> no idea' % (args, data))
        return data

    @staticmethod
    def wire(name):
        return quote(mutf7_encode(name))

    def folders_there(self):
        return set(server_folders(self.imap)) - self.excluded

    def status(self, folder):
        answer = self.imap.status(self.wire(folder), '(UIDVALIDITY)')
        return int(re.search(rb'UIDVALIDITY (\d+)', answer[1][0])[1])

    def folders_here(self):
        return {os.path.relpath(path, self.root) for path, subs, _ in
                os.walk(self.root) if {'cur', 'new', 'tmp'} <= set(subs)}

    def make_here(self, name):
        for sub in 'cur', 'new', 'tmp':
            os.makedirs('%s/%s/%s' % (self.root, name, sub), mode=0o700,
                        exist_ok=True)

    def letters(self, folder):
        return {**LETTERS, **keywords_of('%s/%s' % (self.root, folder))}

    def place(self, folder, unique, flags):
        """The path of a file with these flags."""
        table = {f: c for c, f in self.letters(folder).items()}
        for flag in sorted(flags - set(table)):
            count = len(table) - len(LETTERS)
            path = '%s/%s/dovecot-keywords' % (self.root, folder)
            with open(path, 'a') as f:
                f.write('%d %s\n' % (count, flag))
            table[flag] = chr(ord('a') + count)
        return '%s/%s/cur/%s:2,%s' % (self.root, folder, unique, ''.join(
            sorted(table[f] for f in flags)))

    def look_here(self):
        return [File(self, name, '%s/%s/%s/%s' % (self.root, name, sub, f))
                for name in sorted(self.folders_here())
                for sub in ('cur', 'new')
                for f in sorted(os.listdir('%s/%s/%s' % (self.root, name,
                                                         sub)))]

    def look_there(self):
        found = []
        for name in sorted(self.folders_there()):
            if self.imap.select(self.wire(name), readonly=True)[0] != 'OK':
                continue
            for item in self.ask('FETCH', '1:*', '(FLAGS RFC822.HEADER)'):
                if isinstance(item, tuple):
                    uid = int(re.search(rb'UID (\d+)', item[0])[1])
                    flags = re.search(rb'FLAGS \(([^)]*)', item[0])[1]
                    found.append(Message(
                        name, uid, set(flags.decode().split()),
                        number(item[1])))
        return found

    # ---- folders ----

    def folders(self):
        here, there = self.folders_here(), self.folders_there()
        base = set(self.uidvalidity)
        for name in sorted(base - here & base):
            if name in there:
                self.gone_here(name, here - base)
        for name in sorted(base & here - there):
            self.gone_there(name, there - base)
        here, there = self.folders_here(), self.folders_there()
        for name in sorted(here - there):
            self.imap.create(self.wire(name))
            self.imap.subscribe(self.wire(name))
        for name in there - here:
            self.make_here(name)

    def gone_here(self, name, new):
        mine = {r.n for r in self.rows if r.folder == name}
        files = [f for f in self.look_here() if f.folder in new and
                 f.n in mine]
        if files and 2 * len(files) > len(mine):
            target = files[0].folder
            self.imap.rename(self.wire(name), self.wire(target))
            return self.renamed(name, target)
        known = {r.uid for r in self.rows if r.folder == name}
        there = {m.uid for m in self.look_there() if m.folder == name}
        self.imap.unselect()
        if there <= known:
            self.imap.delete(self.wire(name))
            self.rows = [r for r in self.rows if r.folder != name]
        return None

    def gone_there(self, name, new):
        same = [f for f in new if self.status(f) == self.uidvalidity[name]]
        if same:
            os.rename('%s/%s' % (self.root, name), '%s/%s' % (self.root,
                                                              same[0]))
            return self.renamed(name, same[0])
        known = {(r.unique, r.n) for r in self.rows if r.folder == name}
        files = [f for f in self.look_here() if f.folder == name]
        if {(f.unique, f.n) for f in files} <= known:
            for f in files:
                self.trash(f)
            shutil.rmtree('%s/%s' % (self.root, name))
            self.rows = [r for r in self.rows if r.folder != name]
        return None

    def renamed(self, old, new):
        for row in self.rows:
            if row.folder == old:
                row.folder = new

    # ---- messages ----

    def pair(self):
        """[(row, File or None, Message or None)], files without a row,
        messages without one."""
        files, messages = self.look_here(), self.look_there()
        found = []
        for row in self.rows:
            found.append([row, take(files, lambda f, r=row: (
                f.folder, f.unique, f.n) == (r.folder, r.unique, r.n)),
                take(messages, lambda m, r=row: (m.folder, m.uid) == (
                    r.folder, r.uid))])
        for trio in found:      # moved
            for side, rest in (1, files), (2, messages):
                if not trio[side]:
                    trio[side] = take(rest, lambda x, r=trio[0]: x.n == r.n and
                                      x.folder == r.folder) or \
                        take(rest, lambda x, r=trio[0]: x.n == r.n)
        for f in list(files):
            m = take(messages, lambda m, f=f: (m.folder, m.n) == (f.folder,
                                                                  f.n))
            if m:
                files.remove(f)
                found.append([Row(f.folder, m.uid, f.unique, f.n, ()), f, m])
        return found, files, messages

    def sync(self):
        self.folders()
        trios, files, messages = self.pair()
        self.rows = []
        for row, f, m in trios:
            if f and m:
                self.both(row, f, m, files, messages)
            elif f and self.survives(row, f):
                files.append(f)
            elif f:
                self.trash(f)
            elif m and (self.survives(row, m) or BREAK == 'resurrect'):
                messages.append(m)
            elif m:
                self.expunge(m)
        for f in files:
            self.upload(f)
        for m in messages:
            self.fetch(m)
        self.save()

    @staticmethod
    def survives(row, x):
        new = {f for f in x.flags - row.flags if f in STRONG or
               not f.startswith('\\')}
        return x.folder != row.folder or new

    def both(self, row, f, m, files, messages):
        if f.folder != m.folder and row.folder not in (f.folder, m.folder):
            files.append(f)
            messages.append(m)
            return
        base = frozenset(row.flags)
        flags = set(merge_flags(base, frozenset(f.flags), frozenset(m.flags)))
        if BREAK == 'flags':
            flags = m.flags
        if m.folder != f.folder and f.folder != row.folder:
            self.move_there(m, f.folder)
        if flags != m.flags:
            self.store(m, flags)
        if flags != f.flags or m.folder != f.folder:
            path = self.place(m.folder, f.unique, flags)
            if BREAK == 'copy':
                shutil.copy2(f.path, re.sub('/cur/', '/cur/0', path))
            os.rename(f.path, path)
        self.rows.append(Row(m.folder, m.uid, f.unique, f.n, flags))

    def newest(self, folder):
        self.imap.select(self.wire(folder))
        return int(self.ask('SEARCH', 'ALL')[0].split()[-1])

    def move_there(self, m, folder):
        self.imap.select(self.wire(m.folder))
        self.ask('MOVE', str(m.uid), self.wire(folder))
        m.folder, m.uid = folder, self.newest(folder)

    def store(self, m, flags):
        self.imap.select(self.wire(m.folder))
        for sign, some in ('+', flags - m.flags), ('-', m.flags - flags):
            if some:
                self.ask('STORE', str(m.uid), sign + 'FLAGS.SILENT',
                         '(%s)' % ' '.join(some))

    def expunge(self, m):
        self.imap.select(self.wire(m.folder))
        self.ask('STORE', str(m.uid), '+FLAGS.SILENT', '(\\Deleted)')
        self.ask('EXPUNGE', str(m.uid))

    def trash(self, f):
        trash = self.state_dir + '/trash/test'
        os.makedirs(trash, mode=0o700, exist_ok=True)
        if BREAK == 'trash':
            os.unlink(f.path)
        else:
            os.rename(f.path, '%s/%s' % (trash, f.unique))

    def upload(self, f):
        if BREAK == 'lose':
            return os.unlink(f.path)
        with open(f.path, 'rb') as file:
            data = re.sub(rb'\r?\n', b'\r\n', file.read())
        if BREAK == 'bytes':
            data = b'X-Sync: 1\r\n' + data
        when = time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime(
            os.stat(f.path).st_mtime + (BREAK == 'date')))
        for _ in range(1 + (BREAK == 'double')):
            self.imap.append(self.wire(f.folder), '(%s)' % ' '.join(f.flags),
                             when, data)
        self.rows.append(Row(f.folder, self.newest(f.folder), f.unique, f.n,
                             f.flags))
        return None

    def fetch(self, m):
        self.imap.select(self.wire(m.folder), readonly=True)
        head, data = self.ask('FETCH', str(m.uid),
                              '(INTERNALDATE BODY.PEEK[])')[0]
        when = time.mktime(imaplib.Internaldate2tuple(head))
        unique = '%d.U%d_%s' % (when, m.uid, os.urandom(4).hex())
        path = '%s/%s/tmp/%s' % (self.root, m.folder, unique)
        with open(path, 'wb') as f:
            f.write(data.replace(b'\r\n', b'\n'))
        if BREAK == 'mode':
            os.chmod(path, 0o644)
        os.utime(path, (when, when))
        place = self.place(m.folder, unique, m.flags)
        if BREAK == 'tmp':
            shutil.copy2(path, place)
        else:
            os.rename(path, place)
        self.rows.append(Row(m.folder, m.uid, unique, m.n, m.flags))


def take(rows, good):
    """The first that is good, out of the list; or None."""
    for x in rows:
        if good(x):
            rows.remove(x)
            return x
    return None


def main():
    os.umask(0o077)
    mirror = Mirror(sys.argv[sys.argv.index('-c') + 1])
    mirror.sync()
    if BREAK == 'restless':
        os.utime(mirror.root + '/INBOX/cur')
    if BREAK == 'secret':
        print('logged in with ' + mirror.password)
    if BREAK == 'silent':
        sys.exit(75)
    mirror.imap.logout()


if __name__ == '__main__':
    main()
