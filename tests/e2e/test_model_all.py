#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random changes on both sides of a Dovecot with all extensions."""
import scenarios
import support


class All(scenarios.Rounds):
    OPTIONS = ('--fast',)


support.main()
