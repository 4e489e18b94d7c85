#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mail programs move files between folders all the time while syncs run."""
import storm
import support


class Storms(storm.Storms):
    def test_moves(self):
        self.storm('read', 'rename', 'move')

    def test_everything(self):
        self.storm('read', 'rename', 'move', 'deliver')


support.main()
