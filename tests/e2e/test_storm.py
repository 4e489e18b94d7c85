#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mail programs rename files all the time while syncs run."""
import storm
import support


class Storms(storm.Storms):
    def test_flags(self):
        self.storm('read')

    def test_new_names(self):
        self.storm('read', 'rename')

    def test_deliveries(self):
        self.storm('read', 'rename', 'deliver')


support.main()
