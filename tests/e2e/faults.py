# SPDX-License-Identifier: MIT
"""Faults at a system call: the program runs under strace, which kills it there
or lets the call fail. Counting is per call and per thread."""
import collections
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import oracle
import support

Call = collections.namedtuple('Call', 'thread name text')

def _memory():
    """A directory that is no disk, or None."""
    try:
        st = os.statvfs('/dev/shm')
    except OSError:
        return None
    free = st.f_bavail * st.f_frsize
    return '/dev/shm' if free > 50e6 and os.access('/dev/shm',
                                                   os.W_OK) else None


# Faults of a call, and kills, need no disk: what was written stays.
MEMORY = _memory()
# What may be in a Maildir besides messages.
TREE_FILE = re.compile(r'(\.imapsyncd|dovecot-keywords)$')


def require(paths=False):
    """Skips where nothing can be traced. paths: those of descriptors are to be
    seen as well; the program hides them from its own user."""
    if paths and os.geteuid() != 0:
        raise unittest.SkipTest('only root sees what descriptors belong to')
    if not shutil.which('strace'):
        raise unittest.SkipTest('strace is missing')
    probe = subprocess.run(
        ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=renameat2',
         '-e', 'inject=renameat2:error=EIO:when=1', 'true'],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, timeout=20)
    if probe.returncode:
        raise unittest.SkipTest('strace cannot trace here: ' +
                                probe.stderr.decode().strip()[-200:])


def sanitized():
    """Is the program built with AddressSanitizer?"""
    with open(support.PROGRAM, 'rb') as f:
        return b'__asan_init' in f.read()


def account(home, server, user, name='test', **keys):
    """An account that starts no other program (it would be traced and counted
    as well) and does not spend its time on TLS."""
    keys = {'tls': 'none', 'password_command': None,
            'password_file': '%s/%s.password' % (home.home, name), **keys}
    home.account(name, server, user, **keys)


def home_for(test, server, user, where=None, **keys):
    """A Setup with such an account, removed after the test; where: the
    directory that it is made in."""
    home = support.Setup(where=where)
    test.addCleanup(home.remove)
    account(home, server, user, **keys)
    return home


def environment(home):
    env = home.environment()
    # It needs ptrace for itself.
    env['ASAN_OPTIONS'] = ':'.join(
        x for x in (env.get('ASAN_OPTIONS'), 'detect_leaks=0') if x)
    return env


def children(pid):
    found = []
    for thread in os.listdir('/proc/%d/task' % pid):
        with open('/proc/%d/task/%s/children' % (pid, thread)) as f:
            found += [int(x) for x in f.read().split()]
    return found


def ended(pid):
    """No such process, or one that only waits to be reaped."""
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rpartition(')')[2].split()[0] == 'Z'
    except FileNotFoundError:
        return True


def end(process):
    """Ends strace and what it traces, which would go on without it."""
    try:
        for pid in children(process.pid):
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass
    process.kill()


class Missed(Exception):
    """The fault hit something else than was meant."""


def run(home, options, *args, timeout=40, log=None, meant=''):
    """Runs the program with these options of strace: a Result. Its status is
    negative where the program was killed. log: where strace writes what it
    injects; Missed where it hangs since that was not what is meant: a fault of
    a socket, say, which the server waits for too."""
    process = subprocess.Popen(
        ['strace', '-f', '-qq', *options, support.PROGRAM, '-c', home.ini,
         *args], env=environment(home), cwd=home.home,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    try:
        out, err = wait(process, timeout, log)
    except subprocess.TimeoutExpired as e:
        end(process)
        out, err = process.communicate()
        if log and not all(re.search(meant, line) for line in injected(log)):
            raise Missed from e
        raise AssertionError('strace %s: still running after %d s\n%s%s' % (
            ' '.join(options), timeout, out.decode('utf-8', 'replace'),
            err.decode('utf-8', 'replace'))) from e
    return support.Result(process.returncode, out.decode('utf-8', 'replace'),
                          err.decode('utf-8', 'replace'))


def wait(process, timeout, log):
    """Its output. Missed where a thread that was to be woken up never will be:
    the write to an eventfd, which cannot fail, did."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise
        if log and any('eventfd' in x for x in injected(log)):
            end(process)
            process.communicate()
            raise Missed


def injected(log):
    with open(log, errors='replace') as f:
        return [line for line in f if 'INJECTED' in line]


def kill(home, call, when, *args):
    """Runs the program, with SIGKILL on its way into a call."""
    return run(home, ['-o', '/dev/null', '-e', 'trace=' + call, '-e',
                      'inject=%s:signal=KILL:when=%d' % (call, when)], *args)


def fail(home, call, how, when, *args, paths=(), meant=''):
    """Runs the program with a call that fails (how: error=..., retval=...);
    only calls on these paths count, where there are any. meant: a pattern for
    the text of the call; Missed where it was another one."""
    log = home.home + '/faults'
    only = [x for path in paths for x in ('-P', path)]
    result = run(home, ['-y', '-o', log, *only, '-e', 'trace=' + call, '-e',
                        'inject=%s:%s:when=%s' % (call, how, when)], *args,
                 log=log, meant=meant)
    if not all(re.search(meant, line) for line in injected(log)):
        raise Missed
    return result


def calls(home, names, *args, paths=()):
    """(Result, [Call]) of a run in which nothing fails. The text has the paths
    of descriptors."""
    log = home.home + '/calls'
    only = [x for path in paths for x in ('-P', path)]
    result = run(home, ['-y', '-o', log, *only, '-e',
                        'trace=' + ','.join(names)], *args)
    found = []
    with open(log, errors='replace') as f:
        for line in f:
            m = re.match(r'(\d+) +(\w+)\((.*)', line)
            if m:
                found.append(Call(int(m[1]), m[2], m[3]))
    os.unlink(log)
    return result, found


def counts(found):
    """{name: how many a thread makes, at most}."""
    each = collections.Counter((c.thread, c.name) for c in found)
    most = collections.Counter()
    for (_, name), n in each.items():
        most[name] = max(most[name], n)
    return most


def places(found, rng, sample=None):
    """[(call, number)]: all of them, or so many of each call. The loader and
    the configuration, which the main thread opens first, are left out of the
    sample."""
    most = counts(found)
    first = collections.Counter(c.name for c in found
                                if c.thread == found[0].thread)
    picked = []
    for call in sorted(most):
        numbers = range(1, most[call] + 1)
        if sample:
            late = [n for n in numbers if n > first[call]] or numbers
            numbers = sorted(rng.sample(late, min(sample, len(late))))
        picked += [(call, n) for n in numbers]
    return picked


def leftovers(home, *names):
    """Files that do not belong there once nothing runs any more."""
    found = []
    state = {'trash'} | {n + end for n in names or ['test']
                         for end in ('.db', '.lock')}
    for path, _, files in os.walk(home.mail):
        where = os.path.basename(path)
        found += [path + '/' + n for n in files
                  if where == 'tmp' or where not in ('cur', 'new') and
                  not TREE_FILE.match(n)]
    found += [home.state + '/' + n for n in os.listdir(home.state)
              if n not in state]
    return found


def digest(path):
    """Of the message in a file, with CRLF line ends."""
    with open(path, 'rb') as f:
        return oracle.digest(f.read().replace(b'\n', b'\r\n'))


def trash(home, name='test'):
    """How often each message is in the trash."""
    return collections.Counter(
        digest(os.path.join(path, n))
        for path, _, names in os.walk('%s/trash/%s' % (home.state, name))
        for n in names)
