#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program as a service, told and asked by the means of systemd: polls,
signals, a server that goes and comes back, a stop in the middle of work, and
what it costs when nothing happens."""
import os
import re
import signal
import time
import unittest

import faults
import support
from scripted import Scripted
from servers import Proxy
from service import Base, Service
from support import wait_for

FULL = 'FULL' in os.environ
DOWN_SECONDS = 30 if FULL else 5
POLLS = 50


def setUpModule():
    support.serve_module(Base)


class Running(Base):
    def test_polls(self):
        home = self.seeded(poll_interval='1s')
        with Service(home) as service:
            service.ready()
            self.same(home)
            for _ in range(2):
                text = self.deliver()
                service.wait(lambda: self.arrived(home, text), 'the message')
            self.store('INBOX', '1', '+FLAGS', '\\Flagged')
            self.same(home)
            service.stop()
            self.assertEqual(service.heard('READY=1'), 1)
            self.assertNotIn('->', service.log())
        self.assertEqual(faults.leftovers(home), [])
        self.sync(home)
        self.assertQuiet(home)

    def test_signals(self):
        """SIGUSR1 syncs now, in both directions; SIGUSR2 tells the state."""
        home = self.seeded(poll_interval='1h')
        with Service(home, '-v') as service:
            service.wait(service.syncs, 'the first sync')
            self.same(home)
            for _ in range(3):
                text = self.deliver()
                service.sync()
                self.assertTrue(self.arrived(home, text))
            path = self.local(home)['INBOX'][0].path
            unique, _, old = os.path.basename(path).partition(':2,')
            os.rename(path, '%s/INBOX/cur/%s:2,%s' % (
                home.maildir(), unique, ''.join(sorted(set(old) ^ {'F'}))))
            service.sync()
            self.same(home)
            service.signal(signal.SIGUSR2)
            service.logged(r'^test: idle$')
            # Several at once are at least one more sync.
            text = self.deliver()
            for _ in range(5):
                service.signal(signal.SIGUSR1)
            service.wait(lambda: self.arrived(home, text), 'the message')
            self.assertLess(service.stop(), 5)

    def test_sigint(self):
        home = self.seeded(poll_interval='1h')
        with Service(home, '-v') as service:
            service.wait(service.syncs, 'the first sync')
            service.signal(signal.SIGINT)
            self.assertEqual(service.process.wait(5), 0)

    def test_no_account(self):
        home = self.seeded(enabled='no')
        with Service(home) as service:
            service.ready()
            service.stop()

    def test_kicked_connections(self):
        """The server closes the connection, with and without a word."""
        home = self.seeded(poll_interval='1s')
        with Service(home) as service:
            self.same(home)
            for how in 'kick', 'killconn', 'kick':
                self.server._script(how, self.user, check=False)
                text = self.deliver()
                service.wait(lambda: self.arrived(home, text),
                             'the message after ' + how)
            service.stop()
        self.assertSame(home)

    def test_killed_while_idle(self):
        """A connection that is closed while nobody uses it is no failure."""
        home = self.seeded(poll_interval='1h')
        with Service(home, '-v') as service:
            service.wait(service.syncs, 'the first sync')
            log = service.log()
            self.server.kick(self.user)
            service.logged(r'^test: ')
            text = self.deliver()
            service.sync()
            self.assertTrue(self.arrived(home, text))
            self.assertNotIn('->', service.log()[len(log):])
            service.stop()

    def test_wrong_password(self):
        """Is not tried again and again: servers lock such accounts."""
        home = self.seeded(poll_interval='1h')
        home.write(home.home + '/test.password', 'not it\n')
        with Service(home) as service:
            wait = int(service.logged(r'^test: next try in (\d+) s')[0])
            self.assertGreaterEqual(wait, 3600)
            # Until somebody has repaired it and says so.
            home.write(home.home + '/test.password', support.PASSWORD + '\n')
            service.signal(signal.SIGUSR1)
            self.same(home)
            service.stop()


    def test_refusals_are_said_once(self):
        """Not at every poll; and that it is over is said once, too."""
        home = self.seeded(poll_interval='1h')
        secret, tries = home.home + '/test.password', home.home + '/tries'
        home.accounts['test']['password_command'] = \
            'cat %s; echo x >> %s' % (secret, tries)
        home.accounts['test']['password_file'] = None
        home.save()
        home.write(secret, 'not it\n')
        home.write(tries, '')
        with Service(home) as service:
            service.ready()
            for n in 2, 4, 6:
                service.signal(signal.SIGUSR1)
                service.wait(lambda n=n: os.path.getsize(tries) >= n,
                             'another try')
            home.write(secret, support.PASSWORD + '\n')
            service.signal(signal.SIGUSR1)
            service.logged(r'^test: connected again after \d+ s$')
            self.same(home)
            service.stop()
            log = service.log()
            for text in 'refused', 'connected again', '->', 'next try':
                self.assertEqual(log.count(text), 1, text)


class Alerts(unittest.TestCase):
    def test_each_is_said_once(self):
        """Also what comes with the greeting, before there is a login."""
        def alert(session, command):
            session.line('* OK [ALERT] the disk is nearly full')
            lists.append(command)

        lists = []
        with Scripted(greeting='* OK [ALERT] down at noon\r\n') as server:
            server.hooks['LIST'] = alert
            home = support.Setup(server, tls='none', poll_interval='1h')
            self.addCleanup(home.remove)
            with Service(home) as service:
                service.logged(r'^test: the server says: down at noon$')
                for n in 1, 2, 3:
                    service.wait(lambda n=n: len(lists) >= n, 'a poll')
                    service.signal(signal.SIGUSR1)
                service.wait(lambda: len(lists) >= 4, 'a poll')
                service.stop()
                log = service.log()
                self.assertEqual(log.count('nearly full'), 1, log)
                self.assertEqual(log.count('at noon'), 1, log)


class ServerDown(Base):
    def down(self):
        self.server._script('down')

    def up(self):
        self.server._script('restart')

    def test_comes_back(self):
        home = self.seeded(poll_interval='1s')
        other = faults.home_for(self, self.server, self.user,
                                poll_interval='1s')
        with Service(home, '-v') as service, Service(other) as second:
            self.same(home)
            second.stop()
            self.down()
            start = time.monotonic()
            self.addCleanup(self.up)
            # One that starts now is as patient as one that runs already.
            with Service(other, '-v') as late:
                for s in service, late:
                    tries = s.logged(r'^test: next try in \d+ s '
                                     r'\(attempt (\d+)\)$', 2)
                    self.assertEqual(tries[:2], ['2', '3'])
                    s.logged(r'^ *-> ')
                late.ready()
                service.wait(lambda: time.monotonic() >
                             start + DOWN_SECONDS, 'time', 2 * DOWN_SECONDS)
                # Each failure waits longer than the one before.
                tries = service.logged(r'^test: next try in \d+ s')
                self.assertLessEqual(len(tries), 3 + DOWN_SECONDS // 4)
                self.up()
                text = self.deliver()
                for s, h in (service, home), (late, other):
                    s.wait(lambda h=h: self.arrived(h, text), 'the message',
                           30 + DOWN_SECONDS)
                self.same(home)
                for s in service, late:
                    s.logged(r'^test: connected again after \d+ s$')
                self.assertLess(late.stop(), 5)
            self.assertLess(service.stop(), 5)


class Stopped(Base):
    def mirror(self, proxy, count=150):
        self.server.seed(self.user, count, '--folders', '5', '--median', '4k',
                         '--mean', '8k', '--max', '200k')
        expected = self.remote()
        self.known = {m.sha for f in expected.values() for m in f.values()}
        return faults.home_for(self, self.server, self.user, port=proxy.port,
                               poll_interval='1h'), expected

    def whole(self, home):
        """All that is to be seen is whole; how many that is."""
        count = 0
        for path, _, names in os.walk(home.mail):
            if os.path.basename(path) in ('new', 'cur'):
                count += len(names)
                for name in names:
                    self.assertIn(faults.digest(path + '/' + name), self.known)
        return count

    def completed(self, home, proxy, expected):
        """A clean run at full speed, then all is here exactly once."""
        proxy.control('clear')
        proxy.control('down 0')
        self.sync(home)
        found = support.differences(expected, self.local(home))
        self.assertEqual(found, [], '\n'.join(found[:40]))
        self.assertEqual(faults.leftovers(home), [])

    def test_in_the_middle_of_a_mirror(self):
        with Proxy(self.server.port) as proxy:
            home, expected = self.mirror(proxy)
            kept = 0
            for limit in 60000, 250000, 600000:
                proxy.control('down 500k')
                before = proxy.stats().get('down', 0)
                with Service(home) as service:
                    service.wait(lambda: proxy.stats().get('down', 0) >
                                 before + limit, 'the first bytes')
                    self.assertLess(service.stop(), 5)
                kept = self.whole(home)
                self.assertLess(kept, len(self.known))
            self.assertGreater(kept, 0, 'what came whole is kept')
            self.completed(home, proxy, expected)

    def test_while_the_server_is_silent(self):
        """At the greeting, in the login, in a listing, in a body."""
        with Proxy(self.server.port) as proxy:
            home, expected = self.mirror(proxy)
            for place in 0, 300, 2500, 50000:
                proxy.control('clear')
                proxy.control('fault down after %d stall' % place)
                with Service(home) as service:
                    service.wait(lambda: any(
                        'stalled' in x for x in proxy.control('list')),
                        'the silence')
                    self.assertLess(service.stop(), 5)
                self.whole(home)
                proxy.control('cut')
            self.completed(home, proxy, expected)

    def test_while_a_command_runs(self):
        """password_command hangs: it ends with the program."""
        home = faults.home_for(self, self.server, self.user)
        pid = home.home + '/pid'
        faults.account(home, self.server, self.user, password_file=None,
                       password_command='echo $$ >%s; exec sleep 600' % pid)

        def started():
            try:
                with open(pid) as f:
                    return int(f.read() or 0)
            except FileNotFoundError:
                return 0
        with Service(home) as service:
            service.ready()
            child = service.wait(started, 'the command')
            self.assertLess(service.stop(), 5)
        wait_for(lambda: faults.ended(child), 'its end')

    def test_reload_in_the_middle_of_a_mirror(self):
        with Proxy(self.server.port, '--down', '500k') as proxy:
            home, expected = self.mirror(proxy)
            with Service(home, '-v') as service:
                service.wait(lambda: proxy.stats().get('down', 0) > 200000,
                             'the first bodies')
                home.accounts['test']['timeout'] = '30s'
                home.save()
                service.signal(signal.SIGHUP)
                service.logged('reloaded')
                self.whole(home)
                proxy.control('down 0')
                self.same(home)
                service.stop()
            self.completed(home, proxy, expected)


class Reload(Base):
    def reload(self, service):
        ready = service.heard('READY=1')
        service.signal(signal.SIGHUP)
        service.wait(lambda: service.heard('READY=1') > ready, 'READY=1 again')

    def reloading(self, service):
        return [d for d in service.said if d.startswith('RELOADING=1\n')]

    def test_another_account(self):
        home = self.seeded(poll_interval='1h')
        self.server.seed('test9', 10, '--folder', 'INBOX', '--plain')
        with Service(home, '-v') as service:
            service.ready()
            self.same(home)
            faults.account(home, self.server, 'test9', 'second',
                           poll_interval='1h')
            self.reload(service)
            self.assertRegex(self.reloading(service)[0],
                             r'\nMONOTONIC_USEC=\d+$')
            text = self.deliver('test9')
            service.wait(lambda: service.syncs('second'), 'the new account')
            service.sync('second')
            self.assertTrue(self.arrived(home, text, 'second'))
            # And away with the first.
            del home.accounts['test']
            home.save()
            self.reload(service)
            text = self.deliver()
            service.sync('second')
            service.stop()
        faults.account(home, self.server, self.user)
        self.assertFalse(self.arrived(home, text))

    def test_wrong_configuration(self):
        home = self.seeded(poll_interval='1h')
        with Service(home, '-v') as service:
            service.wait(service.syncs, 'the first sync')
            with open(home.ini) as f:
                good = f.read()
            home.write(home.ini, good + '\npol_interval = 5m\n[acount x]\n')
            bad = good.count('\n') + 2
            self.reload(service)
            service.logged('^%s:%d: .*did you mean "poll_interval"'
                           % (re.escape(home.ini), bad))
            service.logged('^%s:%d: ' % (re.escape(home.ini), bad + 1))
            text = self.deliver()
            service.sync()
            self.assertTrue(self.arrived(home, text))
            # The file is gone altogether.
            os.unlink(home.ini)
            self.reload(service)
            service.logged(re.escape(home.ini), 3)
            text = self.deliver()
            service.sync()
            self.assertTrue(self.arrived(home, text))
            home.write(home.ini, good)
            self.reload(service)
            service.stop()

    def test_many_in_a_row(self):
        home = self.seeded(poll_interval='1h')
        with Service(home, '-v') as service:
            service.ready()
            for _ in range(20):
                service.signal(signal.SIGHUP)
            text = self.deliver()
            service.signal(signal.SIGUSR1)
            self.reload(service)
            service.wait(lambda: self.arrived(home, text), 'the message')
            service.stop()


class Cost(Base):
    def idle(self, service):
        service.wait(service.syncs, 'the first sync')
        service.signal(signal.SIGUSR2)
        service.logged(r'^test: idle$')

    def test_watchdog(self):
        home = self.seeded(poll_interval='1h')
        with Service(home, WATCHDOG_USEC='200000') as service:
            service.wait(lambda: service.heard('WATCHDOG=1') >= 5,
                         'five watchdog datagrams')
            service.stop()
        # It is another process that is watched.
        with Service(home, '-v', WATCHDOG_USEC='20000',
                     WATCHDOG_PID='1') as service:
            self.idle(service)
            service.sync()
            self.assertFalse(service.heard('WATCHDOG=1'))
            service.stop()

    def test_no_wake_ups(self):
        """Between two polls nothing runs, and little is kept."""
        home = self.seeded(200, poll_interval='1h')
        with Service(home, '-v') as service:
            self.idle(service)
            # The signal handler's own work is over when nothing moves.
            before = service.proc('status', 'voluntary_ctxt_switches')
            end = time.monotonic() + 2
            wait_for(lambda: time.monotonic() > end, 'two seconds')
            after = service.proc('status', 'voluntary_ctxt_switches')
            self.assertLessEqual(after - before, 5)
            if not faults.sanitized():
                self.assertLess(service.memory(), 15 * 1024)
            service.stop()

    def test_memory_is_flat(self):
        if faults.sanitized():
            raise unittest.SkipTest('AddressSanitizer keeps what was freed')
        home = self.seeded(200, poll_interval='1h')
        with Service(home, '-v') as service:
            self.idle(service)
            sizes, descriptors = [], []
            for i in range(POLLS):
                if i % 10 == 0:
                    self.deliver()
                if i == POLLS // 2:
                    self.server.kick(self.user)
                service.sync()
                sizes.append(service.memory())
                if os.geteuid() == 0:
                    descriptors.append(service.descriptors())
            self.assertLess(sizes[-1] - sizes[POLLS // 5], 400, sizes)
            if descriptors:
                self.assertLessEqual(descriptors[-1], max(descriptors[:10]))
            service.stop()


support.main()
