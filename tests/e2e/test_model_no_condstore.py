#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random changes on both sides of a Dovecot without CONDSTORE and QRESYNC."""
import scenarios
import support


class NoCondstore(scenarios.Rounds):
    OPTIONS = ('--fast', '--cap-minus', 'CONDSTORE QRESYNC')


support.main()
