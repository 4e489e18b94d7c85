# SPDX-License-Identifier: MIT
"""What both sides hold, seen without the program that is tested: the server
through imaplib, the Maildir through the file system."""
import base64
import collections
import hashlib
import imaplib
import os
import re
from datetime import datetime

LETTERS = {'S': '\\Seen', 'R': '\\Answered', 'F': '\\Flagged',
           'T': '\\Deleted', 'D': '\\Draft', 'P': '$Forwarded'}

# Header fields that mail programs and sync tools add or rewrite on their own.
ADDED = re.compile(rb'^(?:X-TUID|X-OfflineIMAP|Content-Length|Lines|Status|'
                   rb'X-Status|X-Keywords|X-UID):.*\r\n(?:[ \t].*\r\n)*',
                   re.I | re.M)

# sha: SHA-256 of the message with CRLF line ends and without such fields.
# flags: a frozenset of system flags and keywords. date: INTERNALDATE or mtime,
# seconds.
Message = collections.namedtuple('Message', 'sha flags date')
File = collections.namedtuple('File', 'message path inode size')


def mutf7_decode(name):
    """Modified UTF-7 (RFC 3501 5.1.3) to text."""
    def run(m):
        if not m[1]:
            return '&'
        data = m[1].replace(',', '/')
        return base64.b64decode(data + '=' * (-len(data) % 4)).decode(
            'utf-16-be')
    return re.sub(r'&([^-]*)-', run, name)


def mutf7_encode(name):
    def run(m):
        data = base64.b64encode(m[0].encode('utf-16-be')).decode()
        return '&' + data.rstrip('=').replace('/', ',') + '-'
    return re.sub(r'[^\x20-\x7e]+', run, name.replace('&', '&-'))


def canonical(levels):
    """One text for a folder, whatever its separator; INBOX in any case."""
    if levels[0].upper() == 'INBOX':
        levels = ['INBOX'] + levels[1:]
    return '/'.join(level.replace('/', '%2F') for level in levels)


def server_folders(connection):
    """{canonical name: wire name} of all that can be selected."""
    folders = {}
    for item in connection.list()[1]:
        if item is None:
            continue
        head, literal = item if isinstance(item, tuple) else (item, None)
        m = re.match(rb'\(([^)]*)\) (NIL|"\\?(.)") (.*)', head, re.S)
        name = m[4]
        if literal is not None:
            name = literal
        elif name.startswith(b'"'):
            name = re.sub(rb'\\(.)', rb'\1', name[1:-1])
        attributes = m[1].decode().lower()
        if '\\noselect' in attributes or '\\nonexistent' in attributes:
            continue
        wire = name.decode()
        separator = m[3].decode() if m[3] else None
        levels = wire.split(separator) if separator else [wire]
        folders[canonical([mutf7_decode(x) for x in levels])] = wire
    return folders


def quote(wire):
    return '"' + wire.replace('\\', '\\\\').replace('"', '\\"') + '"'


def digest(data):
    """Of a message with CRLF line ends."""
    header, end, body = data.partition(b'\r\n\r\n')
    header = ADDED.sub(b'', header + b'\r\n')[:-2]
    return hashlib.sha256(header + end + body).hexdigest()


def _flags(names):
    return frozenset(n for n in names if n.lower() != '\\recent')


def _message(item, tail):
    head = item[0].decode()
    both = head + ' ' + tail
    uid = int(re.search(r'\bUID (\d+)', both)[1])
    flags = re.search(r'\bFLAGS \(([^)]*)\)', both)[1].split()
    date = datetime.strptime(re.search(r'INTERNALDATE "([^"]+)"', both)[1],
                             '%d-%b-%Y %H:%M:%S %z')
    return uid, Message(digest(item[1]), _flags(flags), int(date.timestamp()))


def folder_messages(connection, wire):
    """{uid: Message} of one folder, looked at with EXAMINE; None: it is not
    there. Dovecot 2.3 lists a deleted folder that has others below it."""
    kind, said = connection.select(quote(wire), readonly=True)
    if kind != 'OK':
        if b"doesn't exist" in said[0]:
            return None
        raise RuntimeError('cannot examine %s: %s' % (wire, said))
    data = connection.uid('FETCH', '1:*',
                          '(UID FLAGS INTERNALDATE BODY.PEEK[])')[1]
    messages = {}
    for i, item in enumerate(data):
        if isinstance(item, tuple):
            after = data[i + 1] if i + 1 < len(data) else b''
            tail = after.decode() if isinstance(after, bytes) else ''
            uid, message = _message(item, tail)
            messages[uid] = message
    return messages


def server_messages(server, user='test', password='secret'):
    """{folder: {uid: Message}} of all folders."""
    with server.imap(user, password) as connection:
        return all_messages(connection)


def all_messages(connection, without=()):
    """The same, but for some folders."""
    found = {name: folder_messages(connection, wire)
             for name, wire in server_folders(connection).items()
             if name not in without}
    return {name: m for name, m in found.items() if m is not None}


def _unescape(component):
    raw = os.fsencode(component)
    raw = re.sub(rb'%([0-9A-Fa-f]{2})',
                 lambda m: bytes([int(m[1], 16)]), raw)
    return raw.decode('utf-8', 'surrogateescape')


def _folder_of(relative, layout, inbox):
    if layout == 'maildir++':
        if relative == '.':
            return 'INBOX'
        return canonical([_unescape(x) for x in relative[1:].split('.')])
    levels = relative.split('/')
    levels = [_unescape(x) for x in levels]
    if levels[0] == inbox:
        levels[0] = 'INBOX'
    return canonical(levels)


def keywords_of(folder):
    """{letter: keyword} of a folder's dovecot-keywords."""
    try:
        with open(folder + '/dovecot-keywords') as f:
            rows = [line.rstrip('\n').split(' ', 1) for line in f]
    except FileNotFoundError:
        return {}
    return {chr(ord('a') + int(number)): name for number, name in rows}


def _file(path, letters, keywords):
    with open(path, 'rb') as f:
        data = f.read()
    if b'\r\n' in data:
        raise AssertionError('CRLF on disk: ' + path)
    st = os.stat(path)
    flags = {LETTERS[c] for c in letters if c in LETTERS}
    flags |= {keywords[c] for c in letters if c.islower()}
    return File(Message(digest(data.replace(b'\n', b'\r\n')),
                        frozenset(flags), int(st.st_mtime)), path,
                st.st_ino, st.st_size)


def folder_files(folder, strict=True):
    """All messages of one local folder; strict: nothing is left in tmp."""
    keywords, files = keywords_of(folder), []
    for sub in 'new', 'cur':
        for name in sorted(os.listdir(folder + '/' + sub)):
            _, marker, letters = name.partition(':2,')
            # mbsync leaves there what was not seen, whatever its flags.
            if letters and sub == 'new' and ',U=' not in name:
                raise AssertionError('%s/%s: wrong directory' % (sub, name))
            if sub == 'cur' and not marker:
                raise AssertionError('cur/%s: no flags' % name)
            if list(letters) != sorted(set(letters)):
                raise AssertionError('%s: letters out of order' % name)
            files.append(_file('%s/%s/%s' % (folder, sub, name), letters,
                               keywords))
    left = os.listdir(folder + '/tmp')
    if left and strict:
        raise AssertionError('left in tmp: %s' % left)
    return files


def maildir_messages(root, layout='fs', inbox='INBOX', raw=False,
                     strict=True):
    """{folder: [File]} of all folders below an account's root. raw: by their
    paths instead of their names."""
    found = {}
    for path, directories, _ in os.walk(root):
        if {'cur', 'new', 'tmp'} <= set(directories):
            relative = os.path.relpath(path, root)
            name = relative if raw else _folder_of(relative, layout, inbox)
            if name in found:
                raise AssertionError('two directories for ' + name)
            found[name] = folder_files(path, strict)
        for d in 'cur', 'new', 'tmp':
            if d in directories:
                directories.remove(d)
    return found


def differences(remote, local):
    """What server_messages() and maildir_messages() do not have in common, as
    lines of text; [] where both sides are the same."""
    out = ['folder only there: ' + n for n in sorted(set(remote) - set(local))]
    out += ['folder only here: ' + n for n in sorted(set(local) - set(remote))]
    for name in sorted(set(remote) & set(local)):
        there = collections.Counter(remote[name].values())
        here = collections.Counter(f.message for f in local[name])
        for side, more in ('there', there - here), ('here', here - there):
            for message, n in more.items():
                out.append('%s: only %s (%d): %s %s %d' % (
                    name, side, n, message.sha[:12],
                    sorted(message.flags), message.date))
    return out


def snapshot(root):
    """{path: (inode, mtime, size)} of everything below root, itself included:
    equal before and after what must not write."""
    found = {}
    for path, directories, files in os.walk(root):
        for entry in [path] + [os.path.join(path, f) for f in files]:
            st = os.lstat(entry)
            found[entry] = (st.st_ino, st.st_mtime_ns,
                            st.st_size if entry != path else 0)
    return found


def modes(root):
    """Everything below root that others may touch; [] is right."""
    return [os.path.join(path, name) for path, directories, files in
            os.walk(root) for name in directories + files
            if os.lstat(os.path.join(path, name)).st_mode & 0o077]


__all__ = ['File', 'LETTERS', 'Message', 'all_messages', 'differences',
           'digest', 'folder_files', 'folder_messages', 'imaplib', 'keywords_of',
           'maildir_messages', 'modes', 'mutf7_decode', 'mutf7_encode',
           'quote', 'server_folders', 'server_messages', 'snapshot']
