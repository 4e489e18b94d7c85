# SPDX-License-Identifier: MIT
"""A scripted IMAP server on loopback, for what real servers will not do.

It is a right server as long as nobody interferes: CONDSTORE, QRESYNC, UIDPLUS,
MOVE, MULTIAPPEND, LITERAL+, ESEARCH, IDLE, OBJECTID, LIST-STATUS by the
capabilities that it was given. A test interferes with hooks:

    with Scripted() as server:
        server.boxes['INBOX'].add(message(1))
        server.hooks['UID FETCH'] = lambda session, command: ...

A hook is called with the Session and the Command. It answers all of it and
returns True, or returns a false value and the right answer follows. To put
something around that one, it calls session.answer(command) itself. What is
sent goes out when the command is done, or with session.flush()."""
import collections
import contextlib
import hashlib
import imaplib
import re
import select
import socket
import threading
import time

CAPABILITIES = ('IMAP4rev1 SASL-IR ENABLE ID NAMESPACE IDLE UNSELECT UIDPLUS '
                'MOVE CONDSTORE ESEARCH LITERAL+')
PERMANENT = '\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*'
WITNESS = 'witness'     # sees what there is: no hook, no log, no cut
DATE = '14-Nov-2023 22:13:20 +0000'

# args: atoms and strings as str, parenthesised lists as list; literal: the
# bytes of literals, in order. text: the lines as they came, without the tag.
Command = collections.namedtuple('Command', 'tag name args literals text')


class Message:
    def __init__(self, uid, data, flags, date, modseq):
        self.uid, self.data, self.date = uid, data, date
        self.flags, self.modseq = set(flags), modseq
        self.size = len(data)       # what RFC822.SIZE says; it may lie

    def emailid(self):
        return 'E' + hashlib.sha256(self.data).hexdigest()[:20]


class Box:
    """A mailbox; data of messages with CRLF line ends. permanent: what
    PERMANENTFLAGS says."""
    made = 0

    def __init__(self, messages=(), attributes='', uidvalidity=1234567):
        Box.made += 1
        self.attributes, self.uidvalidity = attributes, uidvalidity
        self.mailboxid = 'M%d' % Box.made
        self.uidnext, self.modseq = 1, 1
        self.messages, self.vanished = [], []   # vanished: (modseq, uid)
        self.permanent, self.subscribed = PERMANENT, True
        for data in messages:
            self.add(data)

    def _bump(self):
        self.modseq += 1
        return self.modseq

    def add(self, data, flags=(), uid=None, date=DATE):
        """Adds a message (LF becomes CRLF) and returns its UID."""
        uid = uid or self.uidnext
        data = data.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')
        self.messages.append(Message(uid, data, flags, date, self._bump()))
        self.uidnext = max(self.uidnext, uid + 1)
        return uid

    def find(self, uid):
        return next(m for m in self.messages if m.uid == uid)

    def flag(self, uid, add=(), remove=()):
        m = self.find(uid)
        new = (m.flags | set(add)) - set(remove)
        if new != m.flags:
            m.flags, m.modseq = new, self._bump()

    def remove(self, uid):
        self.messages.remove(self.find(uid))
        self.vanished.append((self._bump(), uid))

    def data(self):
        """{uid: data}"""
        return {m.uid: m.data for m in self.messages}


class Scripted:
    """As `server` of support.Setup with tls='none', or SERVER of
    support.TestCase. Every user sees the same mailboxes. cut_after: hang up
    instead of answering the command of that number (of all connections)."""
    prefix = ''

    def __init__(self, boxes=None, capabilities=CAPABILITIES, delimiter='/',
                 greeting=None, cut_after=None):
        self.boxes = boxes if boxes is not None else {'INBOX': Box()}
        self.capabilities, self.separator = capabilities, delimiter
        self.greeting, self.cut_after = greeting, cut_after
        self.hooks, self.log = {}, []
        self.ca, self.tls_port = None, None
        self.lock = threading.RLock()   # boxes, log
        self.threads, self.sockets = [], set()

    def __enter__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.hang_up()
        for thread in self.threads:
            thread.join(10)

    def _start(self, run):
        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.sockets.add(connection)
                self._start(Session(self, connection).run)

    def hang_up(self):
        """Ends every connection."""
        for connection in list(self.sockets):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def has(self, capability):
        return capability.upper() in self.capabilities.upper().split()

    def imap(self, user=WITNESS, _=None):
        """An imaplib connection that no hook meddles with."""
        connection = imaplib.IMAP4('127.0.0.1', self.port)
        connection.login(WITNESS, user)
        return connection

    def commands(self, _=None):
        """All commands so far, as they came, without tags; the witness's
        left out."""
        with self.lock:
            return [c.text for c in self.log]

    def ended(self, _=None):
        return True

    def names(self):
        """The names of all commands so far."""
        with self.lock:
            return [c.name for c in self.log]


class Done(Exception):
    """The session ends."""


class Session:
    """One connection."""

    def __init__(self, server, connection):
        self.server, self.socket = server, connection
        self.input, self.output = b'', b''
        self.user = self.box = None
        self.view, self.seen = [], 0    # UIDs by number, modseq told
        self.enabled = set()

    # -- bytes

    def send(self, data):
        self.output += data.encode() if isinstance(data, str) else data
        if len(self.output) > 1 << 20:
            self.flush()

    def line(self, text):
        self.send(text + '\r\n')

    def ok(self, command, text='done'):
        self.line('%s OK %s' % (command.tag, text))

    def no(self, command, text='no'):
        self.line('%s NO %s' % (command.tag, text))

    def flush(self):
        data, self.output = self.output, b''
        self.socket.sendall(data)

    def close(self):
        """Hangs up; what was not flushed is not sent."""
        self.output = b''
        raise Done

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise Done
        self.input += data

    def read_line(self):
        while b'\n' not in self.input:
            self._more()
        line, _, self.input = self.input.partition(b'\n')
        return line.rstrip(b'\r')

    def read(self, count):
        while len(self.input) < count:
            self._more()
        data, self.input = self.input[:count], self.input[count:]
        return data

    def read_command(self):
        text, literals = '', []
        while True:
            line = self.read_line().decode('latin-1')
            m = re.search(r'\{(\d+)(\+?)\}$', line)
            text += line
            if not m:
                break
            if not m[2]:
                self.send('+ go on\r\n')
                self.flush()
            literals.append(self.read(int(m[1])))
        tag, _, text = text.partition(' ')
        args = parse(text, iter(literals))
        name = args.pop(0).upper() if args else ''
        if name == 'UID' and args:
            name += ' ' + args.pop(0).upper()
        return Command(tag, name, args, literals, text)

    # -- commands

    def run(self):
        with self.socket, contextlib.suppress(OSError):
            self.send(self.server.greeting or '* OK [CAPABILITY %s] hello\r\n'
                      % self.server.capabilities)
            with contextlib.suppress(Done):
                while True:
                    self.flush()
                    self._one(self.read_command())
            self.flush()
        self.server.sockets.discard(self.socket)

    def _one(self, command):
        server = self.server
        if self.user != WITNESS and not (
                command.name == 'LOGIN' and command.args[0] == WITNESS):
            with server.lock:
                server.log.append(command)
                count = len(server.log)
            if server.cut_after is not None and count > server.cut_after:
                self.close()
            hook = server.hooks.get(command.name)
            if hook and hook(self, command):
                return
        self.answer(command)

    def answer(self, command):
        """The right answer."""
        do = getattr(self, 'do_' + command.name.lower().replace(' ', '_'),
                     None)
        by_number = command.name in ('FETCH', 'STORE', 'SEARCH')
        with self.server.lock:
            if not do:
                self.line('%s BAD unknown command' % command.tag)
                return
            try:
                do(command)
            except (AttributeError, IndexError, ValueError, TypeError,
                    KeyError) as e:     # wrong arguments, nothing selected
                self.line('%s BAD %s' % (command.tag, e))
                return
            # What others did is told behind what this command brings, and
            # before its end, where numbers may change (RFC 9051 7.5.1).
            if not by_number and command.name != 'LOGOUT':
                self._told_last(self.update)

    def _told_last(self, tell):
        """Runs tell() so that what it sends stands before the last line."""
        head, end = self.output[:-2].rpartition(b'\r\n')[::2]
        last = end + b'\r\n'
        self.output = head + b'\r\n' if head else b''
        tell()
        self.output += last

    def update(self):
        """Tells what changed in the selected mailbox."""
        if not self.box:
            return
        there = {m.uid: m for m in self.box.messages}
        self._gone([uid for uid in self.view if uid not in there])
        known = set(self.view)
        new = [m.uid for m in self.box.messages if m.uid not in known]
        if new:
            self.view += new
            self.line('* %d EXISTS' % len(self.view))
        for number, uid in enumerate(self.view, 1):
            if there[uid].modseq > self.seen and uid in known:
                self._fetched(number, there[uid], ['UID', 'FLAGS'])
        self.seen = self.box.modseq

    def _gone(self, uids):
        for uid in uids:
            if 'QRESYNC' not in self.enabled:
                self.line('* %d EXPUNGE' % (self.view.index(uid) + 1))
            self.view.remove(uid)
        if uids and 'QRESYNC' in self.enabled:
            self.line('* VANISHED ' + ','.join(map(str, uids)))

    def do_capability(self, command):
        self.line('* CAPABILITY ' + self.server.capabilities)
        self.ok(command)

    def do_login(self, command):
        self.user = command.args[0]
        self.ok(command, '[CAPABILITY %s] in' % self.server.capabilities)

    def do_authenticate(self, command):
        if len(command.args) < 2:
            self.line('+ ')
            self.flush()
            self.read_line()
        self.user = 'sasl'
        self.ok(command, '[CAPABILITY %s] in' % self.server.capabilities)

    def do_noop(self, command):
        self.ok(command)

    do_check = do_noop

    def do_id(self, command):
        self.line('* ID ("name" "scripted")')
        self.ok(command)

    def do_enable(self, command):
        new = {a.upper() for a in command.args if self.server.has(a)}
        self.enabled |= new
        self.line(' '.join(['* ENABLED', *sorted(new)]))
        self.ok(command)

    def do_namespace(self, command):
        self.line('* NAMESPACE (("%s" "%s")) NIL NIL'
                  % (self.server.prefix, self.server.separator))
        self.ok(command)

    def do_logout(self, command):
        self.line('* BYE')
        self.ok(command)
        raise Done

    def do_idle(self, command):
        self.line('+ idling')
        while b'\n' not in self.input:
            self.update()
            self.flush()
            self.server.lock.release()
            try:
                if select.select([self.socket], [], [], 0.05)[0]:
                    self._more()
            finally:
                self.server.lock.acquire()
        self.read_line()
        self.ok(command)

    # -- mailboxes

    def _box(self, name):
        return self.server.boxes.get(canonical(name))

    def _list(self, command, word, subscribed):
        args = list(command.args)
        options = ' '.join(args.pop(0)) if isinstance(args[0], list) else ''
        pattern = args[0] + args[1]
        returned = args[3] if len(args) > 3 else []
        only = subscribed or 'SUBSCRIBED' in options.upper()
        level = '[^%s]*' % re.escape(self.server.separator)
        match = re.compile(re.escape(canonical(pattern))
                           .replace(r'\*', '.*').replace('%', level))
        for name, box in list(self.server.boxes.items()):
            if match.fullmatch(name) and (box.subscribed or not only):
                attributes = box.attributes.split()
                if only or 'SUBSCRIBED' in returned and box.subscribed:
                    attributes.append('\\Subscribed')
                self.line('* %s (%s) "%s" %s' % (
                    word, ' '.join(attributes), self.server.separator,
                    quoted(name)))
                if 'STATUS' in returned and '\\Noselect' not in attributes:
                    self._status(name, returned[returned.index('STATUS') + 1])
        self.ok(command)

    def do_list(self, command):
        self._list(command, 'LIST', False)

    def do_lsub(self, command):
        self._list(command, 'LSUB', True)

    def _status(self, name, items):
        box = self._box(name)
        values = {'MESSAGES': len(box.messages), 'UIDNEXT': box.uidnext,
                  'UIDVALIDITY': box.uidvalidity, 'RECENT': 0,
                  'UNSEEN': sum('\\Seen' not in m.flags
                                for m in box.messages),
                  'SIZE': sum(m.size for m in box.messages),
                  'HIGHESTMODSEQ': box.modseq,
                  'MAILBOXID': '(%s)' % box.mailboxid}
        self.line('* STATUS %s (%s)' % (quoted(name), ' '.join(
            '%s %s' % (i.upper(), values[i.upper()]) for i in items)))

    def do_status(self, command):
        if not self._box(command.args[0]):
            return self.no(command, '[NONEXISTENT] no such mailbox')
        self._status(canonical(command.args[0]), command.args[1])
        return self.ok(command)

    def do_create(self, command):
        name = canonical(command.args[0].rstrip(self.server.separator))
        if name in self.server.boxes:
            return self.no(command, '[ALREADYEXISTS] it is there')
        self.server.boxes[name] = Box()
        return self.ok(command)

    def do_delete(self, command):
        if not self.server.boxes.pop(canonical(command.args[0]), None):
            return self.no(command, '[NONEXISTENT] no such mailbox')
        return self.ok(command)

    def do_rename(self, command):
        old, new = (canonical(a) for a in command.args)
        if old not in self.server.boxes or new in self.server.boxes:
            return self.no(command, 'cannot rename')
        boxes, separator = self.server.boxes, self.server.separator
        for name in list(boxes):
            if name == old or name.startswith(old + separator):
                boxes[new + name[len(old):]] = boxes.pop(name)
        return self.ok(command)

    def _subscribe(self, command, wanted):
        box = self._box(command.args[0])
        if not box:
            return self.no(command, '[NONEXISTENT] no such mailbox')
        box.subscribed = wanted
        return self.ok(command)

    def do_subscribe(self, command):
        return self._subscribe(command, True)

    def do_unsubscribe(self, command):
        return self._subscribe(command, False)

    def do_select(self, command, mode='READ-WRITE'):
        if self.box and 'QRESYNC' in self.enabled:
            self.line('* OK [CLOSED] the one before')
        box = self.box = self._box(command.args[0])
        if not box or '\\Noselect' in box.attributes:
            self.box = None
            return self.no(command, '[NONEXISTENT] no such mailbox')
        self.view = [m.uid for m in box.messages]
        self.seen = box.modseq
        self.line('* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)')
        self.line('* %d EXISTS' % len(self.view))
        self.line('* OK [PERMANENTFLAGS (%s)] kept' % box.permanent)
        self.line('* OK [UIDVALIDITY %d] valid' % box.uidvalidity)
        self.line('* OK [UIDNEXT %d] next' % box.uidnext)
        if self.server.has('CONDSTORE'):
            self.line('* OK [HIGHESTMODSEQ %d] highest' % box.modseq)
        if self.server.has('OBJECTID'):
            self.line('* OK [MAILBOXID (%s)] the same' % box.mailboxid)
        resync = command.args[1] if len(command.args) > 1 else []
        if resync and resync[0] == 'QRESYNC' and \
                int(resync[1][0]) == box.uidvalidity:
            self._vanished_since(int(resync[1][1]))
            for number, m in enumerate(box.messages, 1):
                if m.modseq > int(resync[1][1]):
                    self._fetched(number, m, ['UID', 'FLAGS', 'MODSEQ'])
        return self.ok(command, '[%s] selected' % mode)

    def do_examine(self, command):
        return self.do_select(command, 'READ-ONLY')

    def do_unselect(self, command):
        self.box = None
        self.ok(command)

    def do_close(self, command):
        self._expunge(self.box.messages)
        self.do_unselect(command)

    # -- messages

    def _chosen(self, text, by_uid):
        """[(number, Message)]"""
        there = {m.uid: m for m in self.box.messages}
        rows = [(n, there[uid]) for n, uid in enumerate(self.view, 1)
                if uid in there]
        last = (rows[-1][1].uid if by_uid else rows[-1][0]) if rows else 0
        ranges = []
        for part in text.split(','):
            first, _, end = part.partition(':')
            ends = [last if e == '*' else int(e) for e in (first, end or first)]
            ranges.append((min(ends), max(ends)))
        return [(n, m) for n, m in rows
                if any(a <= (m.uid if by_uid else n) <= z for a, z in ranges)]

    def _fetched(self, number, m, items):
        parts = []
        for item in items:
            value = {'UID': lambda: m.uid,
                     'FLAGS': lambda: '(%s)' % ' '.join(sorted(m.flags)),
                     'MODSEQ': lambda: '(%d)' % m.modseq,
                     'RFC822.SIZE': lambda: m.size,
                     'INTERNALDATE': lambda: '"%s"' % m.date,
                     'EMAILID': lambda: '(%s)' % m.emailid()}.get(item)
            if value:
                parts.append(('%s %s' % (item, value())).encode())
                continue
            name, data = body(item, m.data)
            parts.append(b'%s {%d}\r\n%s' % (name.encode(), len(data), data))
        self.send(b'* %d FETCH (%s)\r\n' % (number, b' '.join(parts)))

    def _vanished_since(self, modseq):
        uids = sorted({uid for when, uid in self.box.vanished
                       if when > modseq})
        if uids:
            self.line('* VANISHED (EARLIER) ' + ','.join(map(str, uids)))

    def do_fetch(self, command, by_uid=False):
        items = command.args[1]
        items = [i.upper() for i in
                 (items if isinstance(items, list) else [items])]
        more = command.args[2] if len(command.args) > 2 else []
        since = 0
        if 'CHANGEDSINCE' in more:
            since = int(more[more.index('CHANGEDSINCE') + 1])
            items += ['MODSEQ'] if 'MODSEQ' not in items else []
        if by_uid and 'UID' not in items:
            items.insert(0, 'UID')
        if 'VANISHED' in more:
            self._vanished_since(since)
        for number, m in self._chosen(command.args[0], by_uid):
            if m.modseq > since:
                self._fetched(number, m, items)
        self.ok(command)

    def do_uid_fetch(self, command):
        self.do_fetch(command, True)

    def do_store(self, command, by_uid=False):
        args = list(command.args)
        rows, limit, modified = self._chosen(args.pop(0), by_uid), None, []
        if isinstance(args[0], list):
            limit = int(args.pop(0)[1])
        change, names = args[0].upper(), set(args[1])
        for number, m in rows:
            if limit is not None and m.modseq > limit:
                modified.append(m.uid if by_uid else number)
                continue
            old = m.flags if change[0] in '+-' else set()
            new = old - names if change[0] == '-' else old | names
            self.box.flag(m.uid, new, m.flags - new)
            if '.SILENT' not in change or limit is not None:
                self._fetched(number, m, ['UID', 'MODSEQ'] if '.SILENT' in
                              change else ['UID', 'FLAGS'])
        self.seen = self.box.modseq
        self.ok(command, '[MODIFIED %s] but for some' % ','.join(
            map(str, modified)) if modified else 'done')

    def do_uid_store(self, command):
        self.do_store(command, True)

    def _expunge(self, messages):
        for m in [m for m in messages if '\\Deleted' in m.flags]:
            self.box.remove(m.uid)

    def do_expunge(self, command):
        self._expunge(self.box.messages)
        self.ok(command)        # answer() tells

    def do_uid_expunge(self, command):
        self._expunge([m for _, m in self._chosen(command.args[0], True)])
        self.ok(command)

    def _copy(self, command, move):
        target = self._box(command.args[1])
        if not target:
            return self.no(command, '[TRYCREATE] no such mailbox')
        pairs = []
        for _, m in self._chosen(command.args[0],
                                 command.name.startswith('UID')):
            pairs.append((m.uid, target.add(m.data, m.flags, date=m.date)))
            if move:
                self.box.remove(m.uid)
        code = 'COPYUID %d %s %s' % (
            target.uidvalidity, ','.join(str(a) for a, _ in pairs),
            ','.join(str(b) for _, b in pairs)) if pairs else ''
        if not code or not self.server.has('UIDPLUS'):
            return self.ok(command)
        if move:                # RFC 6851 4.3: before the EXPUNGE
            self.line('* OK [%s] moved' % code)
            return self.ok(command)
        return self.ok(command, '[%s] copied' % code)

    def do_copy(self, command):
        return self._copy(command, False)

    def do_move(self, command):
        return self._copy(command, True)

    do_uid_copy, do_uid_move = do_copy, do_move

    def do_append(self, command):
        box = self._box(command.args[0])
        if not box:
            return self.no(command, '[TRYCREATE] no such mailbox')
        uids, flags, date = [], [], None
        for arg in command.args[1:]:
            if isinstance(arg, list):
                flags = arg
            elif isinstance(arg, bytes):
                uids.append(box.add(arg, flags, date=date or now()))
                flags, date = [], None
            else:
                date = arg
        return self.ok(command, '[APPENDUID %d %s] stored' % (
            box.uidvalidity, ','.join(map(str, uids)))
            if self.server.has('UIDPLUS') else 'stored')

    def do_search(self, command, by_uid=False):
        args = list(command.args)
        options = None
        if args and isinstance(args[0], str) and args[0].upper() == 'RETURN':
            options = args[1]
            del args[:2]
        rows = [(n, m) for n, m in self._chosen('1:*', by_uid)]
        while args:
            rows = self._search_key(args, rows)
        found = [str(m.uid if by_uid else n) for n, m in rows]
        if options is None:
            self.line(' '.join(['* SEARCH', *found]))
        else:
            self.line('* ESEARCH (TAG "%s")%s COUNT %d%s' % (
                command.tag, ' UID' if by_uid else '', len(found),
                ' ALL ' + ','.join(found) if found else ''))
        self.ok(command)

    def _search_key(self, args, rows):
        key = args.pop(0).upper()
        if key == 'ALL':
            return rows
        if key == 'UID':
            chosen = {m.uid for _, m in self._chosen(args.pop(0), True)}
            return [r for r in rows if r[1].uid in chosen]
        if key == 'HEADER':
            name, value = args.pop(0).lower(), args.pop(0).lower()
            line = (name + ': ' + value).encode()
            return [r for r in rows if line in
                    b'\n' + header(r[1].data).lower()]
        flag = {'SEEN': '\\Seen', 'DELETED': '\\Deleted',
                'FLAGGED': '\\Flagged', 'ANSWERED': '\\Answered',
                'DRAFT': '\\Draft'}[key[2:] if key[:2] == 'UN' else key]
        return [r for r in rows if (flag in r[1].flags) != (key[:2] == 'UN')]

    def do_uid_search(self, command):
        self.do_search(command, True)


def now():
    return time.strftime('%d-%b-%Y %H:%M:%S +0000', time.gmtime())


def canonical(name):
    return 'INBOX' if name.upper() == 'INBOX' else name


def quoted(name):
    return '"%s"' % re.sub(r'(["\\])', r'\\\1', name)


def header(data):
    return data.partition(b'\r\n\r\n')[0] + b'\r\n\r\n'


def body(item, data):
    """(name in the answer, bytes) of BODY[...] or BODY.PEEK[...]."""
    m = re.fullmatch(r'BODY(?:\.PEEK)?\[([^]]*)\](?:<(\d+)\.(\d+)>)?', item)
    if not m:
        raise ValueError('unknown item ' + item)
    section, name = m[1], 'BODY[%s]' % m[1]
    if section == 'HEADER':
        data = header(data)
    elif section == 'TEXT':
        data = data.partition(b'\r\n\r\n')[2]
    elif section.startswith('HEADER.FIELDS ('):
        wanted = section[len('HEADER.FIELDS ('):-1].lower().split()
        fields = re.findall(rb'^[^ \t\r\n][^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*',
                            header(data), re.M)
        data = b''.join(f for f in fields if f.partition(b':')[0].strip()
                        .lower().decode('latin-1') in wanted) + b'\r\n'
    elif section:
        raise ValueError('unknown section ' + section)
    if m[2]:
        data = data[int(m[2]):int(m[2]) + int(m[3])]
        name += '<%s>' % m[2]
    return name, data


TOKEN = re.compile(r' *(?:"((?:[^"\\]|\\.)*)"|\{(\d+)\+?\}|([()])|'
                   r'((?:[^ ()\[\]"{]|\[[^]]*\])+))')


def parse(text, literals):
    """The arguments of a command. A literal that stands where a message may is
    bytes; a name is str in each of its forms."""
    stack = [[]]
    at = 0
    while at < len(text.rstrip()):
        m = TOKEN.match(text, at)
        if not m:
            raise Done
        at = m.end()
        if m[3] == '(':
            stack.append([])
        elif m[3]:
            done = stack.pop()
            if not stack:
                raise Done
            stack[-1].append(done)
        elif m[2] is not None:
            data, first = next(literals), len(stack) == 1 and len(stack[0])
            is_message = stack[0][0].upper() == 'APPEND' and first != 1
            stack[-1].append(data if is_message else data.decode('latin-1'))
        elif m[1] is not None:
            stack[-1].append(re.sub(r'\\(.)', r'\1', m[1]))
        else:
            stack[-1].append(m[4])
    return stack[0]
