# SPDX-License-Identifier: MIT
"""Servers for the whole-program tests: ports, Dovecot, and a proxy that makes
its network bad. Each ends with the test, by its process number."""
import glob
import imaplib
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SERVERS = os.path.join(TOP, 'tests', 'servers')
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


class Dovecot:
    """A private Dovecot. Users test, test1 ... test9, password secret; options
    are those of tests/servers/dovecot."""

    def __init__(self, *options, rawlog=True):
        self.options = list(options) + (['--rawlog'] if rawlog else [])
        self.port = free_ports(3)
        self.tls_port = self.port + 1
        self.dir = None

    def _script(self, verb, *args, **how):
        how.setdefault('check', True)
        return subprocess.run([SERVERS + '/dovecot', verb, self.dir, *args],
                              stdin=how.pop('stdin', subprocess.DEVNULL),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60, **how)

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='d')
        os.chmod(self.dir, 0o755)
        self.ca = self.dir + '/tls/ca.pem'
        try:
            self._script('up', str(self.port), *self.options)
        except subprocess.CalledProcessError as e:
            shutil.rmtree(self.dir, ignore_errors=True)
            raise RuntimeError('Dovecot: ' + e.stderr.decode()) from e
        return self

    def __exit__(self, *_):
        self._script('crash', check=False)      # quick, nothing is kept
        if 'KEEP' not in os.environ:
            shutil.rmtree(self.dir, ignore_errors=True)

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

    def seed(self, user='test', count=100, *options):
        """Fills the mailbox with the sample corpus, nobody logged in."""
        subprocess.run([SERVERS + '/seed-mailbox', '-q', '-n', str(count),
                        *options,
                        'maildir:%s/mail/%s/Maildir' % (self.dir, user)],
                       check=True, timeout=120)

    def doveadm(self, *args, data=None):
        how = {'input': data, 'stdin': None} if data is not None else {}
        if data is not None:
            return subprocess.run(
                [SERVERS + '/dovecot', 'doveadm', self.dir, *args], input=data,
                stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
        return self._script('doveadm', *args, **how).stdout.decode()

    def imap(self, user='test', password='secret'):
        """A logged-in imaplib connection; use it in a with statement."""
        connection = imaplib.IMAP4('127.0.0.1', self.port)
        connection.login(user, password)
        return connection

    def kick(self, user):
        self._script('kick', user, check=False)

    def log(self):
        with open(self.dir + '/dovecot.log', errors='replace') as f:
            return f.read()

    def commands(self, user='test'):
        """All commands of the user so far, oldest first, without tags."""
        lines = []
        for path in glob.glob('%s/mail/%s/dovecot.rawlog/*.in'
                              % (self.dir, user)):
            with open(path, errors='replace') as f:
                for line in f:
                    m = re.match(r'(\d+\.\d+) [^ ]+ (.*)', line)
                    if m:
                        lines.append((float(m[1]), m[2].rstrip()))
        return [text for _, text in sorted(lines)]

    def mutating(self, user='test'):
        return [c for c in self.commands(user) if MUTATING.match(c)]


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
