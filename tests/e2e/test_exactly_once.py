#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Killed and cut on a server that does not say which UID a message got: what
became of an upload or a copy is found by its content, and done once."""
import loops
import support
import world

WORK = {name: loops.MESSAGES[name] for name in (
    'new here', 'copied here', 'moved here', 'deleted here')}


class Killed(loops.Kill):
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS')
    PROXY = world.NO_UIDS
    WORK = WORK


class Broken(loops.Cut):
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS')
    PROXY = world.NO_UIDS
    WORK = WORK


class WithoutMove(Broken):
    OPTIONS = ('--fast', '--cap-minus', 'UIDPLUS MOVE')
    WORK = {'moved here': WORK['moved here']}


support.main()
