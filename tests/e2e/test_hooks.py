#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""on_change and on_error: what they are told, how often, and that none of it
holds up a sync."""
import json
import os
import time

import support
from service import Service
from support import wait_for

COUNTS = 'NEW', 'CHANGED', 'MOVED', 'DELETED'


def setUpModule():
    support.serve_module(Base)


class Base(support.ModuleTestCase):
    def seeded(self, count=20, **keys):
        if count:
            self.server.seed(self.user, count, '--folder', 'INBOX', '--plain')
        keys.setdefault('poll_interval', '1h')
        return self.setup(**keys)

    def recorder(self, home, then=':'):
        """A hook that keeps what it is told, each run in a directory."""
        os.mkdir(home.home + '/told')
        script = home.home + '/hook'
        home.write(script, '''set -e
cd %s/told
n=$(ls | wc -l)
mkdir .new
env >.new/env
ls -l /proc/self/fd >.new/fd
ps -o pid= -p $$ >.new/pid
[ -z "$IMAPSYNCD_EVENTS" ] || { cp "$IMAPSYNCD_EVENTS" .new/events
stat -c %%a "$IMAPSYNCD_EVENTS" >.new/mode; }
mv .new $n
%s
''' % (home.home, then))
        return 'sh ' + script

    def told(self, home):
        """Of each run: ({variable: value}, [event])."""
        found = []
        for n in sorted(os.listdir(home.home + '/told'), key=str):
            if n.startswith('.'):
                continue
            where = '%s/told/%s/' % (home.home, n)
            with open(where + 'env') as f:
                env = dict(line.rstrip('\n').partition('=')[::2] for line in f)
            events = []
            if os.path.exists(where + 'events'):
                with open(where + 'events') as f:
                    events = [json.loads(line) for line in f]
            found.append((env, events))
        return found

    def sync(self, home, *args, status=0):
        self.assertStatus(home.control('sync', '--wait', *args), status)

    def runs(self, service, home, count):
        service.wait(lambda: len(self.told(home)) >= count,
                     '%d runs' % count)
        return self.told(home)

    def started(self, service, home):
        service.ready()
        service.wait(lambda: home.control('status').status == 0, 'a socket')
        self.sync(home)


class Change(Base):
    def test_what_it_is_told(self):
        home = self.seeded()
        home.accounts['test']['on_change'] = self.recorder(home)
        home.save()
        with Service(home, CREDENTIALS_DIRECTORY='/secret') as service:
            self.started(service, home)
            env, events = self.runs(service, home, 1)[0]
            self.assertEqual([env['IMAPSYNCD_' + c] for c in COUNTS],
                             ['20', '0', '0', '0'])
            self.assertEqual(env['IMAPSYNCD_ACCOUNT'], 'test')
            self.assertEqual(len(events), 20)
            for e in events:
                self.assertEqual((e['event'], e['folder']), ('new', 'INBOX'))
                self.assertTrue(os.path.isfile(e['path']), e)
            for name in 'NOTIFY_SOCKET', 'CREDENTIALS_DIRECTORY':
                self.assertNotIn(name, env)
            with open(home.home + '/told/0/mode') as f:
                self.assertEqual(f.read(), '600\n')
            service.wait(lambda: not os.path.exists(env['IMAPSYNCD_EVENTS']),
                         'the end of the hook, and of its file')
            with open(home.home + '/told/0/fd') as f:
                self.assertNotIn('socket', f.read())
            self.changes(service, home)
            service.stop()

    def changes(self, service, home):
        """Each kind there is, in one burst: one run."""
        with self.imap() as c:
            c.create('Old')
            c.select('INBOX')
            c.uid('STORE', '1', '+FLAGS', '(\\Flagged)')
            c.uid('MOVE', '2', 'Old')
            c.uid('STORE', '3', '+FLAGS', '(\\Deleted)')
            c.uid('EXPUNGE', '3')
        self.append('INBOX', support.message(1))
        self.sync(home)
        env, events = self.runs(service, home, 2)[1]
        self.assertEqual([env['IMAPSYNCD_' + c] for c in COUNTS],
                         ['1', '1', '1', '1'])
        by_kind = {e['event']: e for e in events}
        for kind, folder in (('new', 'INBOX'), ('changed', 'INBOX'),
                             ('moved', 'Old')):
            self.assertEqual(by_kind[kind]['folder'], folder)
            self.assertTrue(os.path.isfile(by_kind[kind]['path']),
                            by_kind[kind])
        self.assertFalse(os.path.exists(by_kind['deleted']['path']))
        self.assertRegex(by_kind['changed']['path'], r':2,[A-Z]*F[A-Z]*$')
        # What is changed here, and a sync that changes nothing, are no news.
        name = sorted(os.listdir(home.maildir() + '/INBOX/cur'))[0]
        os.rename(home.maildir() + '/INBOX/cur/' + name, '%s/INBOX/cur/%sT' %
                  (home.maildir(), name))
        self.sync(home)
        self.sync(home)
        end = time.monotonic() + 1.5
        wait_for(lambda: time.monotonic() > end, 'a quiet while')
        self.assertEqual(len(self.told(home)), 2)

    def test_one_at_a_time(self):
        """What comes while one runs is for the next; syncs do not wait."""
        home = self.seeded(0)
        go = home.home + '/go'
        home.accounts['test']['on_change'] = self.recorder(
            home, 'while [ ! -e %s ]; do sleep 0.1; done' % go)
        home.save()
        with Service(home) as service:
            self.started(service, home)
            self.append('INBOX', support.message(1))
            self.sync(home)
            self.runs(service, home, 1)
            for n in range(2, 6):
                self.append('INBOX', support.message(n))
                start = time.monotonic()
                self.sync(home)
                self.assertLess(time.monotonic() - start, 5)
            self.assertSame(home)
            self.assertEqual(len(self.told(home)), 1)
            open(go, 'w').close()
            env, events = self.runs(service, home, 2)[1]
            self.assertEqual(env['IMAPSYNCD_NEW'], '4')
            self.assertEqual(len(events), 4)
            service.stop()

    def test_one_that_hangs_or_fails(self):
        home = self.seeded(0)
        pids = home.home + '/pids'
        home.general['hook_timeout'] = '1s'
        home.accounts['test']['on_change'] = self.recorder(
            home, 'sleep 600 & echo $! $$ >%s; wait' % pids)
        home.save()
        with Service(home) as service:
            self.started(service, home)
            self.append('INBOX', support.message(1))
            self.sync(home)
            service.logged(r'^test: on_change did not end within 1 s')
            with open(pids) as f:
                for pid in f.read().split():
                    wait_for(lambda p=pid: self.ended(p), 'its end')
            # The same again is not said again; another failure is.
            self.append('INBOX', support.message(2))
            self.sync(home)
            self.runs(service, home, 2)
            home.accounts['test']['on_change'] = 'echo out of luck >&2; exit 3'
            home.save()
            self.assertStatus(home.control('reload'), 0)
            self.append('INBOX', support.message(3))
            self.sync(home)
            service.logged(r'^test: on_change exited 3: out of luck$')
            self.assertEqual(service.log().count('did not end'), 1)
            # One that hangs does not hold up the end either.
            home.accounts['test']['on_change'] = 'sleep 600'
            home.save()
            self.assertStatus(home.control('reload'), 0)
            self.append('INBOX', support.message(4))
            self.sync(home)
            self.assertLess(service.stop(), 5)

    def ended(self, pid):
        try:
            with open('/proc/%s/stat' % pid) as f:
                return f.read().rpartition(')')[2].split()[0] == 'Z'
        except FileNotFoundError:
            return True


class Metrics(Base):
    def test_are_true(self):
        home = self.seeded(30)
        path = home.home + '/metrics'
        home.general['metrics_file'] = path
        home.account('dead', self.server, self.user, port=1, timeout='5s')
        with Service(home) as service:
            service.ready()
            service.wait(lambda: home.control('sync', '--wait',
                                              'test').status == 0, 'a sync')
            self.append('INBOX', support.message(1))
            self.sync(home, 'test')
            with open(path) as f:
                text = f.read()
            self.assertTrue(text.endswith('# EOF\n'))
            for line in ('imapsyncd_up{account="test"} 1',
                         'imapsyncd_up{account="dead"} 0',
                         'imapsyncd_fetched_total{account="test"} 31',
                         'imapsyncd_uploaded_total{account="test"} 0',
                         '# TYPE imapsyncd_fetched counter'):
                self.assertIn(line + '\n', text)
            self.assertRegex(text, r'(?m)^imapsyncd_last_sync_timestamp_'
                                   r'seconds\{account="test"\} 1\d{9}$')
            # Where it cannot be written that is said once.
            home.general['metrics_file'] = home.home + '/nowhere/metrics'
            home.save()
            self.assertStatus(home.control('reload'), 0)
            self.sync(home, 'test')
            self.sync(home, 'test')
            service.logged(r'^imapsyncd: cannot write .*metrics_file')
            self.assertEqual(service.log().count('metrics_file'), 1)
            service.stop()


class Error(Base):
    def test_once_for_each_need(self):
        home = self.seeded(90)
        home.accounts['test']['on_error'] = self.recorder(home)
        home.save()
        with Service(home) as service:
            self.started(service, home)
            os.rename(home.maildir() + '/INBOX/cur', home.home + '/kept')
            os.mkdir(home.maildir() + '/INBOX/cur')
            for _ in range(3):
                self.sync(home, status=1)
            env, events = self.runs(service, home, 1)[0]
            self.assertIn('held back', env['IMAPSYNCD_ERROR'])
            self.assertIn('imapsyncctl restore', env['IMAPSYNCD_HINT'])
            self.assertEqual(events, [])
            self.assertStatus(home.control('restore', 'test/INBOX'), 0)
            self.sync(home)
            self.assertEqual(len(self.told(home)), 1)
            # What passes by itself needs nobody.
            self.server._script('down')
            self.sync(home, status=75)
            self.server._script('restart')
            self.assertEqual(len(self.told(home)), 1)
            service.stop()


support.main()
