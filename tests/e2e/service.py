# SPDX-License-Identifier: MIT
"""The program as a service, for tests: in the foreground, with a notify socket,
and its log in a file."""
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

import faults
import support
from support import wait_for

SYNCED = re.compile(r'^(\w+): \d+ new, \d+ uploaded, \d+ flags, .* s$', re.M)


class Service:
    """The program in the foreground with a notify socket; its log is a file.
    For a with statement; ends it where the test did not."""
    wrap = ()       # a command that runs it

    def __init__(self, home, *args, **environment):
        self.home, self.args = home, args
        self.dir = tempfile.mkdtemp(prefix='n', dir=home.home)
        self.said = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(self.dir + '/notify')
        self.environment = dict(home.environment(), **environment,
                                NOTIFY_SOCKET=self.dir + '/notify')

    def __enter__(self):
        with open(self.dir + '/log', 'wb') as log:
            self.process = subprocess.Popen(
                [*self.wrap, support.PROGRAM, '-c', self.home.ini, *self.args],
                env=self.environment, cwd=self.home.home,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.pid = self.process.pid
        return self

    def __exit__(self, kind, error, _):
        self.process.kill()
        self.process.wait()
        self.socket.close()
        if kind and issubclass(kind, AssertionError):
            raise AssertionError('%s\n%s\nlog:\n%s' % (
                error, self.said, self.log())) from error

    def log(self):
        with open(self.dir + '/log', errors='replace') as f:
            return f.read()

    def logged(self, pattern, count=1):
        """Waits until a line is there so often; the matches."""
        def found():
            matches = re.findall(pattern, self.log(), re.M)
            return matches if len(matches) >= count else None
        return self.wait(found, 'in the log: ' + pattern)

    def heard(self, text):
        """How many datagrams with this line have come by now."""
        while True:
            try:
                self.said.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                break
        return sum(text in d.splitlines() for d in self.said)

    def wait(self, condition, what, seconds=20):
        def alive():
            self.heard('')      # a full socket would hold it up
            value = condition()
            if not value and self.process.poll() is not None:
                raise AssertionError('ended with %d, and not yet: %s' % (
                    self.process.returncode, what))
            return value
        return wait_for(alive, what, seconds)

    def ready(self):
        self.wait(lambda: self.heard('READY=1'), 'READY=1')

    def signal(self, number):
        self.process.send_signal(number)

    def syncs(self, name='test'):
        """How many syncs have ended (with -v)."""
        return SYNCED.findall(self.log()).count(name)

    def sync(self, name='test'):
        """SIGUSR1, and the sync that follows."""
        before = self.syncs(name)
        self.signal(signal.SIGUSR1)
        self.wait(lambda: self.syncs(name) > before, 'a sync')

    def stop(self, seconds=5):
        """SIGTERM: how long it took. Exit status 0."""
        start = time.monotonic()
        self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired as e:
            raise AssertionError('it does not stop') from e
        if status:
            raise AssertionError('exit status %d at SIGTERM' % status)
        if 'ending now' in self.log():
            raise AssertionError('it was cut short')
        if not self.heard('STOPPING=1'):
            raise AssertionError('STOPPING=1 was not sent')
        return time.monotonic() - start

    def proc(self, name, key):
        """A number from /proc/PID/task/*/FILE, all threads together."""
        total = 0
        for thread in os.listdir('/proc/%d/task' % self.pid):
            with open('/proc/%d/task/%s/%s' % (self.pid, thread, name)) as f:
                total += int(re.search(key + r':\s+(\d+)', f.read())[1])
        return total

    def descriptors(self):
        """How many are open; hidden from all but root."""
        return len(os.listdir('/proc/%d/fd' % self.pid))

    def memory(self):
        """Resident memory, KiB."""
        with open('/proc/%d/status' % self.pid) as f:
            return int(re.search(r'VmRSS:\s+(\d+)', f.read())[1])


class Base(support.ModuleTestCase):
    def setUp(self):
        super().setUp()
        self.number = 0

    def seeded(self, count=20, **keys):
        self.server.seed(self.user, count, '--folders', '3', '--plain',
                         '--median', '1k', '--mean', '2k')
        return faults.home_for(self, self.server, self.user, **keys)

    def deliver(self, user=None):
        """A new message in INBOX: its text."""
        self.number += 1
        text = support.message(self.number, self.id() + '\n')
        self.server.doveadm('save', '-u', user or self.user, '-m', 'INBOX',
                            data=text.replace(b'\n', b'\r\n'))
        return text

    def arrived(self, home, text, name='test'):
        """Is the message here, exactly once?"""
        found = []
        for sub in 'new', 'cur':
            where = '%s/INBOX/%s' % (home.maildir(name), sub)
            if os.path.isdir(where):
                found += [n for n in os.listdir(where)
                          if self.holds(where + '/' + n, text)]
        self.assertLessEqual(len(found), 1, found)
        return len(found) == 1

    def holds(self, path, text):
        try:
            with open(path, 'rb') as f:
                return f.read() == text
        except FileNotFoundError:   # renamed just now
            return False

    def same(self, home):
        """Waits until both sides hold the same, now."""
        def equal():
            if not os.path.isdir(home.maildir()):
                return False
            try:
                return not support.differences(self.remote(),
                                               self.local(home))
            except (AssertionError, FileNotFoundError):
                return False    # in the middle of it
        wait_for(equal, 'the mirror')
