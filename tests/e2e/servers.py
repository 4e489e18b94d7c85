# SPDX-License-Identifier: MIT
"""Servers for the whole-program tests: ports, Dovecot, Cyrus, Courier, and a
proxy that makes their network bad. Each ends with the test, by its process
number."""
import glob
import imaplib
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SERVERS = os.path.join(TOP, 'tests', 'servers')
# Folders that Dovecot and Cyrus make by themselves.
SPECIAL = 'Drafts', 'Sent', 'Trash', 'Junk', 'Archive'
_reserved = []      # sockets that hold our ports until this process ends

# What changes something on a server.
MUTATING = re.compile(r'(UID )?(STORE|COPY|MOVE|EXPUNGE|APPEND|CREATE|DELETE|'
                      r'RENAME|SUBSCRIBE|UNSUBSCRIBE|CLOSE|SETMETADATA|SETACL|'
                      r'SETQUOTA|REPLACE)\b', re.I)


def _first_ephemeral():
    try:
        with open('/proc/sys/net/ipv4/ip_local_port_range') as f:
            return int(f.read().split()[0])
    except OSError:
        return 32768


def _usable(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True


def _reserve(port):
    """An abstract socket named after the port: whoever binds it has the port,
    among all tests on this network, until the process ends."""
    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind('\0imapsyncd-test-port-%d' % port)
    except OSError:
        lock.close()
        return None
    return lock


def free_ports(count=1):
    """The first of count ports in a row that nobody else gets. Below the range
    that the kernel gives to outgoing connections."""
    pick = random.SystemRandom()
    while True:
        first = pick.randrange(12000, max(_first_ephemeral(), 20000) - count)
        locks = [_reserve(p) for p in range(first, first + count)]
        if all(locks) and all(_usable(p)
                              for p in range(first, first + count)):
            _reserved.extend(locks)
            return first
        for lock in locks:
            if lock:
                lock.close()


class Server:
    """A private server in a directory of its own, run by tests/servers/NAME.
    Users test, test1 ... test9, password secret; options are the script's. Where
    the server cannot be had the test is skipped. where: the directory that its
    own is made in."""
    NAME = None
    prefix, separator = '', '/'     # of folder names on the wire

    def __init__(self, *options, where=None):
        self.options, self.where = list(options), where
        self.port = free_ports(3)
        self.tls_port = self.port + 1
        self.dir = None

    def _script(self, verb, *args, **how):
        how.setdefault('check', True)
        return subprocess.run([SERVERS + '/' + self.NAME, verb, self.dir, *args],
                              stdin=how.pop('stdin', subprocess.DEVNULL),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60, **how)

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='d', dir=self.where)
        os.chmod(self.dir, 0o755)
        self.ca = self.dir + '/tls/ca.pem'
        try:
            self._script('up', str(self.port), *self.options)
        except subprocess.CalledProcessError as e:
            self.__exit__()
            said = '%s: %s' % (self.NAME, e.stderr.decode().strip())
            if e.returncode == 77:
                raise unittest.SkipTest(said) from e
            raise RuntimeError(said) from e
        return self

    def __exit__(self, *_):
        self._script('crash', check=False)      # quick, nothing is kept
        if 'KEEP' not in os.environ:
            shutil.rmtree(self.dir, ignore_errors=True)

    def imap(self, user='test', password='secret'):
        """A logged-in imaplib connection; use it in a with statement."""
        connection = imaplib.IMAP4('127.0.0.1', self.port)
        connection.login(user, password)
        return connection

    def seed(self, user='test', count=100, *options):
        """Fills the user's mailboxes with the sample corpus."""
        subprocess.run([SERVERS + '/seed-mailbox', '-q', '-n', str(count),
                        *options, '--user', user, '--pass', 'secret',
                        self._seed_target(user)],
                       check=True, timeout=120)

    def _seed_target(self, _):
        return 'imap:127.0.0.1:%d' % self.port

    def kick(self, user):
        """Ends every connection of the user, without a BYE."""
        self._script('killconn', user)

    def new_uidvalidity(self, user, mailbox):
        self._script('newuidvalidity', user, mailbox)

    def commands(self, user='test'):
        """All commands of the user after login so far, oldest first, without
        tags."""
        raise NotImplementedError

    def ended(self, _):
        """Is every session of the user that has ended in the log?"""
        return True

    def mutating(self, user='test'):
        return [c for c in self.commands(user) if MUTATING.match(c)]


class Dovecot(Server):
    NAME = 'dovecot'

    def __init__(self, *options, rawlog=True, where=None):
        super().__init__(*options, *(['--rawlog'] if rawlog else []),
                         where=where)
        # It can do no more than mark a single message.
        self.marks = 'UIDPLUS' in ' '.join(options)

    def add_user(self, user, password, extra=''):
        """extra: fields of the passwd-file, e.g. userdb_mail=..."""
        home = '%s/mail/%s' % (self.dir, user)
        with open(self.dir + '/users', 'a') as f:
            f.write('%s:{PLAIN}%s::::%s::%s\n' % (user, password, home, extra))
        rawlog = home + '/dovecot.rawlog'
        os.makedirs(rawlog)
        if os.getuid() == 0:
            owner = os.stat(self.dir + '/mail')
            for d in home, rawlog:
                os.chown(d, owner.st_uid, owner.st_gid)

    def add_users(self, stem, count, password):
        """stem0, stem1 ...; before the first login, as Dovecot does not see
        what changes within a second."""
        users = ['%s%d' % (stem, i) for i in range(count)]
        for user in users:
            self.add_user(user, password)
        return users

    def _seed_target(self, user):
        """Nobody is to be logged in."""
        return 'maildir:%s/mail/%s/Maildir' % (self.dir, user)

    def doveadm(self, *args, data=None):
        how = {'input': data, 'stdin': None} if data is not None else {}
        if data is not None:
            return subprocess.run(
                [SERVERS + '/dovecot', 'doveadm', self.dir, *args], input=data,
                stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
        return self._script('doveadm', *args, **how).stdout.decode()

    def kick(self, user):
        """With a BYE."""
        self._script('kick', user, check=False)

    def log(self):
        with open(self.dir + '/dovecot.log', errors='replace') as f:
            return f.read()

    def commands(self, user='test'):
        lines = []
        for path in glob.glob('%s/mail/%s/dovecot.rawlog/*.in'
                              % (self.dir, user)):
            with open(path, errors='replace') as f:
                for line in f:
                    m = re.match(r'(\d+\.\d+) [^ ]+ (.*)', line)
                    if m:
                        lines.append((float(m[1]), m[2].rstrip()))
        return [text for _, text in sorted(lines)]


class Cyrus(Server):
    """Its mailboxes (INBOX, Drafts, Sent, Trash, Junk, Archive) come with the
    user's first login."""
    NAME = 'cyrus'

    def commands(self, user='test'):
        lines = []
        for path in glob.glob('%s/conf/log/%s/*' % (self.dir, user)):
            with open(path, errors='replace') as f:
                # Each piece is headed by its direction and time.
                pieces = re.findall(r'^<(\d+)<(.*?)(?=^[<>]\d+[<>]|\Z)',
                                    f.read(), re.S | re.M)
            lines += [(int(when), path, n, line.partition(' ')[2])
                      for n, (when, piece) in enumerate(pieces)
                      for line in piece.splitlines()]
        return [line for *_, line in sorted(lines) if line]

    def ended(self, user):
        """Its log is written when a session ends, after the client has
        gone."""
        for path in glob.glob('%s/conf/log/%s/*' % (self.dir, user)):
            with open(path, errors='replace') as f:
                if not re.search(r'^\* BYE| LOGOUT$', f.read(), re.M | re.I):
                    return False
        return True


class Courier(Server):
    """One mailbox, INBOX; others are made below it."""
    NAME = 'courier'
    prefix, separator = 'INBOX.', '.'

    def seed(self, user='test', count=100, *options):
        """Into INBOX: names as those of the corpus it does not take."""
        super().seed(user, count, '--folder', 'INBOX', *options)

    SIGNS = {'LPAREN': '(', 'RPAREN': ')', 'LBRACKET': '[', 'RBRACKET': ']'}

    def commands(self, user='test'):
        """Its log has one token a line."""
        found, command = [], []
        with open('%s/mail/%s/Maildir/commands' % (self.dir, user),
                  errors='replace') as f:
            for line in f:
                m = re.match(r'READ: (?:[A-Z_]+: )?(.*)', line)
                if m and m[1] != 'EOL':
                    command.append(self.SIGNS.get(line[6:-1], m[1]))
                elif m or line.startswith('WRITE'):
                    found.append(' '.join(command[1:]))
                    command = []
        return [re.sub(r'(?<=[([]) | (?=[])[])', '', c) for c in found if c]


class Proxy:
    """tests/servers/delayproxy between a client and a port of a server."""

    def __init__(self, upstream, *options):
        self.upstream, self.options = upstream, options
        self.port = free_ports(2)

    def __enter__(self):
        self.process = subprocess.Popen(
            [SERVERS + '/delayproxy', '--control', str(self.port + 1),
             *self.options, str(self.port), str(self.upstream)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if not self.process.stdout.readline().startswith(b'listening'):
            raise RuntimeError('delayproxy did not start')
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def control(self, command):
        """One command to the control port; its answer without the "ok"."""
        with socket.create_connection(('127.0.0.1', self.port + 1)) as s:
            f = s.makefile('rw')
            f.write(command + '\n')
            f.flush()
            lines = []
            for line in f:
                if line.startswith('error'):
                    raise RuntimeError(line)
                if line == 'ok\n':
                    break
                lines.append(line.rstrip())
            return lines

    def stats(self):
        return {k: int(v) for k, v in
                (line.split() for line in self.control('stats'))}
