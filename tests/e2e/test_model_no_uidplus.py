#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random changes on both sides of a Dovecot without UIDPLUS: what is deleted
here is only marked there, and what is sent is looked for."""
import scenarios
import support
import world


class NoUidplus(scenarios.Rounds):
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS')
    PROXY = world.NO_UIDS


support.main()
