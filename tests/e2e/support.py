# SPDX-License-Identifier: MIT
"""What the whole-program tests stand on: a home with a configuration, the
program run in it, and a test case that knows both sides."""
import collections
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from oracle import (differences, maildir_messages, server_messages, snapshot)
from servers import MUTATING, TOP, Dovecot

PROGRAM = os.path.abspath(os.environ.get('IMAPSYNCD') or
                          os.path.join(TOP, 'build', 'imapsyncd'))
CONTROL = os.path.join(os.path.dirname(PROGRAM), 'imapsyncctl')
PASSWORD = 'secret'
SEED = int(os.environ.get('SEED') or 1)
KEPT_VARIABLES = ('PATH', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS',
                  'LSAN_OPTIONS', 'LLVM_PROFILE_FILE')

Result = collections.namedtuple('Result', 'status out err')


class Setup:
    """A home directory of its own with an INI file. The first account is
    "test", for the user of that name on the server."""

    def __init__(self, server=None, user='test', where=None, **keys):
        self.home = tempfile.mkdtemp(prefix='h', dir=where)
        self.mail, self.state = self.home + '/Mail', self.home + '/state'
        self.ini = self.home + '/imapsyncd.ini'
        self.general = {'maildir_root': self.mail, 'state_dir': self.state}
        self.prefix = []    # the program that runs the program
        self.accounts = {}
        os.mkdir(self.home + '/run', 0o700)
        if server:
            self.account('test', server, user, **keys)

    def account(self, name, server, user='test', password=PASSWORD, **keys):
        """Adds or replaces an account; a value None leaves the key out, a list
        repeats it."""
        secret = '%s/%s.password' % (self.home, name)
        self.write(secret, password + '\n')
        rows = {'host': 'localhost', 'port': server.tls_port, 'user': user,
                'password_command': 'cat ' + shlex.quote(secret),
                'tls_ca_file': server.ca}
        if keys.get('tls') in ('starttls', 'none'):
            rows['port'] = server.port
        if keys.get('tls') == 'none':
            del rows['tls_ca_file']
        rows.update(keys)
        self.accounts[name] = rows
        self.save()

    def write(self, path, text):
        with open(path, 'w', opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)

    def save(self):
        lines = []
        sections = {'general': self.general}
        sections.update(('account ' + n, a) for n, a in self.accounts.items())
        for section, rows in sections.items():
            lines.append('[%s]' % section)
            for key, value in rows.items():
                values = value if isinstance(value, list) else [value]
                lines += ['%s = %s' % (key, v) for v in values
                          if v is not None]
            lines.append('')
        self.write(self.ini, '\n'.join(lines))

    def maildir(self, name='test'):
        return self.accounts[name].get('maildir') or self.mail + '/' + name

    def environment(self):
        env = {k: os.environ[k] for k in KEPT_VARIABLES if k in os.environ}
        env.update(HOME=self.home, XDG_CONFIG_HOME=self.home + '/.config',
                   XDG_STATE_HOME=self.home + '/.local/state',
                   XDG_RUNTIME_DIR=self.home + '/run', LC_ALL='C.UTF-8')
        return env

    def start(self, *args, config=True, program=None):
        command = self.prefix + [program or PROGRAM] + \
            (['-c', self.ini] if config else []) + list(args)
        return subprocess.Popen(command, env=self.environment(), cwd=self.home,
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *args, config=True, timeout=90):
        """Runs to the end: a Result. -c FILE is given unless config is
        False."""
        process = self.start(*args, config=config)
        return finish(process, timeout)

    def control(self, *args):
        """imapsyncctl: a Result."""
        return finish(self.start(*args, program=CONTROL))

    def remove(self):
        if 'KEEP' not in os.environ:
            shutil.rmtree(self.home, ignore_errors=True)


def finish(process, timeout=90):
    """Waits for a program started by Setup.start()."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as e:
        process.kill()
        out, err = process.communicate()
        raise AssertionError('still running after %d s\n%s%s' % (
            timeout, out.decode('utf-8', 'replace'),
            err.decode('utf-8', 'replace'))) from e
    return Result(process.returncode, out.decode('utf-8', 'replace'),
                  err.decode('utf-8', 'replace'))


def wait_for(condition, what, seconds=20):
    """Returns the first true value of condition()."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError('did not come within %d s: %s' % (seconds, what))


def mark(server, user):
    """For since(): the user's commands so far."""
    wait_for(lambda: server.ended(user), 'the end of the log')
    return collections.Counter(server.commands(user))


def since(server, user, before):
    """The commands since then; logs of sessions that overlap are not always in
    order."""
    wait_for(lambda: server.ended(user), 'the end of the log')
    left, found = before.copy(), []
    for command in server.commands(user):
        if left[command] > 0:
            left[command] -= 1
        else:
            found.append(command)
    return found


class TestCase(unittest.TestCase):
    """One server for the class (SERVER, OPTIONS); every test has a user of its
    own on it and as many homes as it asks for."""
    SERVER = Dovecot
    OPTIONS = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.SERVER(*cls.OPTIONS)
        cls.enterClassContext(cls.server)
        cls.users = ['test'] + ['test%d' % i for i in range(1, 10)]

    def setUp(self):
        self.user = self.users.pop(0)
        self.random = random.Random('%d %s' % (SEED, self.id()))

    def setup(self, **keys):
        """A Setup for this test's user; extra is for the account."""
        home = Setup(self.server, self.user, **keys)
        self.addCleanup(home.remove)
        return home

    def assertStatus(self, result, status):
        self.assertEqual(result.status, status, '\nstdout:\n%s\nstderr:\n%s'
                         % (result.out, result.err))

    def sync(self, home, *args, status=0):
        result = home.run('--once', *args)
        self.assertStatus(result, status)
        return result

    def remote(self):
        return server_messages(self.server, self.user)

    def local(self, home, name='test'):
        account = home.accounts[name]
        return maildir_messages(home.maildir(name),
                                account.get('layout', 'fs'),
                                account.get('inbox', 'INBOX'))

    def assertSame(self, home, name='test'):
        """Server and Maildir hold the same; how many messages that is."""
        remote = self.remote()
        found = differences(remote, self.local(home, name))
        self.assertEqual(found, [], '\n'.join(found[:40]))
        return sum(len(folder) for folder in remote.values())

    def assertQuiet(self, home, *args, status=0):
        """Another sync writes nothing here, changes nothing there, and brings
        no message."""
        result, found = unrest(home, self.server, self.user, *args)
        self.assertEqual(found, [])
        self.assertStatus(result, status)
        return result

    def mark(self):
        return mark(self.server, self.user)

    def since(self, before):
        return since(self.server, self.user, before)

    def imap(self):
        return self.server.imap(self.user)

    def store(self, folder, uids, change, flags):
        """STOREs on the server as another mail program would."""
        with self.imap() as connection:
            connection.select(folder)
            answer = connection.uid('STORE', uids, change, '(%s)' % flags)
            self.assertEqual(answer[0], 'OK', answer)

    def append(self, folder, data, flags='', date=None):
        """Adds a message on the server; data with LF line ends."""
        with self.imap() as connection:
            answer = connection.append(
                folder, flags and '(%s)' % flags, date,
                data.replace(b'\n', b'\r\n'))
            self.assertEqual(answer[0], 'OK', answer)


def unrest(home, server, user, *args):
    """Another sync: (Result, what it wrote here, changed there or brought)."""
    before, databases_ = snapshot(home.mail), databases(home)
    commands = mark(server, user)
    result = home.run('--once', *args)
    found = [c for c in since(server, user, commands)
             if MUTATING.match(c) or 'BODY' in c]
    after = snapshot(home.mail)
    found += sorted(path for path in before.keys() | after.keys()
                    if before.get(path) != after.get(path))
    found += ['written: ' + name for name, data in databases(home).items()
              if databases_.get(name) != data]
    return result, found


def databases(home):
    """The content of the databases: {name: bytes}."""
    found = {}
    for name in sorted(os.listdir(home.state)):
        if name.endswith('.db'):
            with open(os.path.join(home.state, name), 'rb') as f:
                found[name] = f.read()
    return found


def message(number, body='text\n'):
    """A small message with LF line ends."""
    return ('From: a@example.org\nTo: b@example.org\nSubject: message %d\n'
            'Message-ID: <%d@example.org>\n\n%s'
            % (number, number, body)).encode()


class ModuleTestCase(TestCase):
    """One server for all classes of a file, from its setUpModule(), with a user
    for each test."""
    @classmethod
    def setUpClass(cls):
        pass


def serve_module(case):
    """case: what the classes of the file are made from."""
    case.server = unittest.enterModuleContext(case.SERVER(*case.OPTIONS))
    case.users = case.server.add_users('user', 20, PASSWORD)


class Sampler(unittest.TestLoader):
    """What classes of one file inherit and run alike, on other servers, is a
    third of that, from SEED; all with FULL=1, or where it is named."""
    whole_file = False

    def loadTestsFromModule(self, module, *args, **kw):
        self.whole_file = True
        return super().loadTestsFromModule(module, *args, **kw)

    def getTestCaseNames(self, case):
        names = super().getTestCaseNames(case)
        others = [c for c in vars(sys.modules['__main__']).values()
                  if isinstance(c, type) and issubclass(c, unittest.TestCase)
                  and c is not case]
        again = [n for n in names if n not in vars(case) and
                 any(getattr(c, n, None) is getattr(case, n) for c in others)]
        if not self.whole_file or 'FULL' in os.environ or not again:
            return names
        rng = random.Random('%d %s' % (SEED, case.__name__))
        kept = rng.sample(again, (len(again) + 2) // 3)
        return [n for n in names if n not in again or n in kept]


def main():
    """Runs the tests of the file; 77 where all of them were skipped."""
    if not os.access(PROGRAM, os.X_OK):
        sys.exit('%s is not there: make' % PROGRAM)
    result = unittest.main(module='__main__', exit=False, verbosity=2,
                           testLoader=Sampler(),
                           warnings='ignore').result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped and len(result.skipped) >= result.testsRun:
        print(result.skipped[0][1], file=sys.stderr)
        sys.exit(77)
    sys.exit(0)
