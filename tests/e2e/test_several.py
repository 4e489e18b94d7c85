#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several accounts: each is on its own, the worst decides the exit status."""
import support
from servers import free_ports


class Several(support.TestCase):
    def home(self):
        self.server.seed(self.user, 50, '--folders', '3', '--plain',
                         '--median', '1k', '--mean', '2k')
        home = self.setup()
        home.account('wrong', self.server, password='not it')
        home.account('closed', self.server, port=free_ports())
        return home

    def test_the_good_one_syncs(self):
        home = self.home()
        result = self.sync(home, status=77)
        self.assertEqual(self.assertSame(home), 50)
        self.assertRegex(result.out, r'(?m)^test: 50 new,')
        for name in 'wrong', 'closed':
            self.assertRegex(result.err, r'(?m)\b%s\b' % name)
        self.assertNotIn('test:', result.err)

    def test_order_does_not_matter(self):
        home = self.home()
        good = home.accounts.pop('test')
        home.accounts['test'] = good
        home.save()
        self.sync(home, status=77)
        self.assertEqual(self.assertSame(home), 50)

    def test_only_those_asked_for(self):
        home = self.home()
        self.sync(home, 'test', status=0)
        self.assertEqual(self.assertSame(home), 50)
        self.sync(home, 'test', 'closed', status=75)
        self.sync(home, 'closed', 'wrong', status=77)

    def test_disabled(self):
        home = self.home()
        for name in 'wrong', 'closed':
            home.accounts[name]['enabled'] = 'no'
        home.save()
        result = self.sync(home, status=0)
        self.assertNotRegex(result.out + result.err, 'wrong|closed')

    def test_two_good_ones(self):
        home = self.home()
        for name in 'wrong', 'closed':
            del home.accounts[name]
        self.server.seed('test9', 30, '--folders', '3', '--plain')
        home.account('second', self.server, 'test9')
        result = self.sync(home)
        self.assertEqual([line.partition(':')[0]
                          for line in sorted(result.out.splitlines())],
                         ['second', 'test'])
        self.assertEqual(self.assertSame(home), 50)
        self.user = 'test9'
        self.assertEqual(self.assertSame(home, 'second'), 30)


support.main()
