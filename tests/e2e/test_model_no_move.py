#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random changes on both sides of a Dovecot without MOVE."""
import scenarios
import support


class NoMove(scenarios.Rounds):
    OPTIONS = ('--fast', '--cap-minus', 'MOVE')


support.main()
