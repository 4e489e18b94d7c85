# SPDX-License-Identifier: MIT
"""What a sync must come to: two sides as plain data, and the three-way merge
of every message and folder as the manual's table of conflicts says it. Pure.

A message is known by a number n, which its text carries (X-T: <n>); its state
on a side is the sorted tuple of its copies there, each (folder, flags). Where
more than one outcome is right, there is a set of them; where it cannot be known
what an interrupted sync had recorded, a Loose one."""
import collections
import itertools
import re

# A new mark is somebody's interest, and keeps what was deleted elsewhere; but
# not these, and \Draft may or may not.
PLAIN = {'\\Seen', '\\Deleted'}
MAYBE = {'\\Draft'}
# Where a folder waits on the server until another one has left its name.
WAITING = re.compile(r'imapsyncd-\d+$')

Copy = collections.namedtuple('Copy', 'folder flags')


def copies(*rows):
    """copies(('INBOX', '\\Seen'), 'Box'): the state of one message."""
    pairs = [(r, '') if isinstance(r, str) else r for r in rows]
    return _sorted(Copy(f, frozenset(flags.split())) for f, flags in pairs)


def _sorted(rows):
    return tuple(sorted(rows, key=lambda c: (c.folder, sorted(c.flags))))


class Side:
    """Folders and messages of one side."""

    def __init__(self, folders=(), mail=()):
        self.folders = set(folders)
        self.mail = {n: state for n, state in dict(mail).items() if state}

    def __eq__(self, other):
        return (self.folders, self.mail) == (other.folders, other.mail)

    def of(self, n):
        """The state of a message, or of a folder, which is one as well."""
        if isinstance(n, str):
            return (Copy(n, frozenset()),) if n in self.folders else ()
        return self.mail.get(n, ())

    def copy(self):
        return Side(self.folders, self.mail)

    def change(self, n, take=(), put=()):
        """take, put: copies that go and come."""
        left = list(self.of(n))
        for c in take:
            left.remove(c)
        self.mail[n] = _sorted(left + list(put))
        if not self.mail[n]:
            del self.mail[n]

    def rename(self, old, new):
        """A folder and all that is in it."""
        self.folders.remove(old)
        self.folders.add(new)
        for n, state in list(self.mail.items()):
            self.mail[n] = _sorted(c._replace(folder=new)
                                   if c.folder == old else c for c in state)

    def remove(self, folder):
        self.folders.remove(folder)
        for n, state in list(self.mail.items()):
            self.change(n, [c for c in state if c.folder == folder])


class Loose:
    """From so many to so many copies, in any of these folders."""

    def __init__(self, folders, least, most):
        self.folders, self.least, self.most = frozenset(folders), least, most

    def __contains__(self, state):
        return self.least <= len(state) <= self.most and \
            all(c.folder in self.folders for c in state)

    def __repr__(self):
        return '%d to %d in %s' % (self.least, self.most,
                                   sorted(self.folders))


def merge_flags(base, here, there):
    """Flag by flag: a change on either side wins over no change."""
    return frozenset(f for f in base | here | there
                     if f in (there if (f in here) == (f in base) else here))


def _survivor(base, left):
    """Deleted on one side; left is the copy on the other."""
    marks = left.flags - base.flags - PLAIN
    if left.folder != base.folder or marks - MAYBE:
        return {(left,)}
    return {(), (left,)} if marks else {()}


def merge(base, here, there):
    """What may become of a message: a set of states, None where it has several
    copies and both sides changed them."""
    if here == base or here == there:
        return {there}
    if there == base:
        return {here}
    if not len(base) == 1 or len(here) > 1 or len(there) > 1:
        return None
    if not there:
        return _survivor(base[0], here[0])
    if not here:
        return _survivor(base[0], there[0])
    old, h, t = base[0], here[0], there[0]
    flags = merge_flags(old.flags, h.flags, t.flags)
    moved = {c.folder for c in (h, t)} - {old.folder}
    if h.folder == t.folder != old.folder:
        # Recognised by its content: what one side has alone stays.
        return {(Copy(h.folder, x),) for x in (flags, h.flags | t.flags)}
    if len(moved) < 2:
        return {(Copy(min(moved) if moved else old.folder, flags),)}
    # Moved to two places: both are kept, whoever's flags they have.
    return {_sorted([Copy(h.folder, x), Copy(t.folder, y)])
            for x in (h.flags, flags) for y in (t.flags, flags)}


class Account:
    """What both sides and what was last in sync can be, through faulty syncs.

    here and there are what the sides hold, by what was done to them. A sync
    that may have been interrupted leaves open what of it was recorded: base is
    the set of all possibilities of each message."""

    def __init__(self, side):
        self.settle(side)

    def settle(self, side):
        """Both sides are found to be the same, and recorded as such."""
        self.start, self.here, self.there = side, side.copy(), side.copy()
        self.base = {n: {side.of(n)} for n in (*side.mail, *side.folders)}
        self.before = {}        # {n: its states before the last fault}
        self.seen = {}          # {n: its states after it}
        self.replaced = {}      # {edited message: its new self}
        self.deleted = set()    # by the user, somewhere
        # Something was done to them on a side, perhaps undone.
        self.stirred = {'here': set(), 'there': set()}
        self.copied = set()
        self.renamed = set()    # files
        # Folders that something came into, if only for a while.
        self.visited = {'here': set(), 'there': set()}
        self.vague = set()      # recorded is who knows what

    def numbers(self):
        """Of all messages and folders."""
        return {n for side in (self.start, self.here, self.there)
                for n in (*side.mail, *side.folders)} | set(self.seen)

    def inputs(self, n):
        """(bases, here, there): what a sync begins with."""
        now = self.here.of(n), self.there.of(n)
        seen = self.seen.get(n)
        if now == seen:
            return self.before[n]       # untouched: it goes on from there
        if seen and seen[0] != seen[1] and not _same_place(*seen):
            self.vague.add(n)           # touched while half done
        return (self.base.get(n, {()}), *now)

    def contested(self):
        """Folders that one side made or removed while the other changed what
        is in them, or removed some as well: what wins depends on what is taken
        for a renaming."""
        inputs = {n: self.inputs(n) for n in self.numbers()}
        changed = [{n for n, x in inputs.items()
                    if x[0] != {x[i]} or n in self.vague} for i in (1, 2)]
        # What is in a folder is known by the names of the files.
        changed[0] |= self.renamed & set(inputs)
        folders = [{n for n in c if isinstance(n, str)} for c in changed]
        found = set()
        for i, other in (0, 'there'), (1, 'here'):
            found |= folders[i] & self.visited[other]
            for n in changed[1 - i] - folders[1 - i]:
                bases, *now = inputs[n]
                found |= folders[i] & {
                    c.folder for s in (*bases, *now) for c in s}
            for n in folders[i]:
                above = {f for f in folders[1 - i] if n.startswith(f + '/')}
                found |= above and {n, *above} | {
                    f + n[len(a):] for a in above for f in folders[1 - i]}
        gone = [[n for n in folders[i] if not inputs[n][i + 1]]
                for i in (0, 1)]
        if found or all(gone):
            return found | folders[0] | folders[1]
        return found

    def allowed(self, n, contested=()):
        """The outcomes that are right: a set or a Loose."""
        bases, here, there = self.inputs(n)
        states = [*bases, here, there, *self.seen.get(n, ())]
        folders = {c.folder for s in states for c in s}
        least = 0 if n in self.deleted or n in self.replaced else 1
        known = all(bases) and n not in self.copied
        most = max(len(folders), len(here), len(there),
                   len(here) + len(there) - known)
        if isinstance(n, str) and (n in contested or n in self.vague):
            return Loose([n], 0, 1)
        if n in self.vague:
            return Loose(self.here.folders | self.there.folders | folders,
                         least, most)
        if folders & set(contested):
            return Loose(folders | set(contested), least, most)
        found = [merge(b, here, there) for b in bases]
        if None in found:
            return Loose(folders, least, most)
        found = set().union(*found)
        if n in self.stirred['here'] & self.stirred['there'] and \
                (here in bases or there in bases or n in self.copied):
            # To and fro, or a copy for the first one: is it still the same?
            sizes = [len(x) for x in found]
            return Loose(folders, min(sizes), max(sizes + [most]))
        if n in self.replaced and there != here:
            found.add(here)     # what replaces it counts, not its marks
        for old, new in self.replaced.items():
            if new == n:
                found |= self._edited(old, found)
        return found

    def _edited(self, old, found):
        """What was edited here may take over what became of the old one there:
        its flags, its folder."""
        more, (bases, _, there) = set(), self.inputs(old)
        for state, base in itertools.product(found, bases):
            if len(state) == len(base) == len(there) == 1:
                mine, flags = state[0].flags, merge_flags(
                    base[0].flags, state[0].flags, there[0].flags)
                more |= {(Copy(f, x),) for x in (mine, flags)
                         for f in (state[0].folder, there[0].folder)}
        return more

    def wrong(self, side):
        """What is not right where both sides have come to this: a list of
        (number, text)."""
        contested, out = self.contested(), []
        used = {c.folder for state in side.mail.values() for c in state}
        for n in self.numbers() | {*side.mail, *side.folders}:
            allowed = self.allowed(n, contested)
            # A folder with mail in it is there, whoever removed it.
            if side.of(n) not in allowed and not (n in used and side.of(n)):
                out.append((n, '%s: %s; right: %s' % (
                    n, show(side.of(n)), show(allowed))))
        return sorted(out, key=str)

    def interrupted(self, here, there, touched=None, aside=()):
        """A sync may have been cut short, and this is found then. touched:
        the states of messages that were changed meanwhile. aside: folders that
        it set aside: what is on its way to one of them may be in the trash
        here, to come again, and counts as still there. What may not be, as
        text."""
        contested, out = self.contested(), []
        for n in self.numbers() | {*here.mail, *here.folders,
                                   *there.mail, *there.folders}:
            allowed, before = self.allowed(n, contested), self.inputs(n)
            if there.of(n) and not here.of(n) and _lead_to(allowed, aside):
                here.mail[n] = self.here.of(n)
            was, now = ((self.here.of(n), self.there.of(n)),
                        (here.of(n), there.of(n)))
            if not any(now) and () not in allowed:
                out.append('%s is gone from both sides' % n)
            elif not isinstance(n, str) and n not in (touched or ()) and \
                    not isinstance(allowed, Loose):
                out += ['%s %s' % (n, t)
                        for t in _partial(was, now, allowed,
                                          n in self.stirred['here'] |
                                          self.stirred['there'])]
            self.before[n], self.seen[n] = before, now
            self.base[n] = before[0] | _recorded(before[0], *now) | \
                (touched or {}).get(n, set())
        self.here, self.there = here, there
        return sorted(out)


def _lead_to(allowed, folders):
    if isinstance(allowed, Loose):
        return bool(allowed.folders.intersection(folders))
    return any(c.folder in folders for state in allowed for c in state
               if isinstance(c, Copy))


def _partial(began, now, allowed, stirred):
    """Each side has what it had or what it is to have, or is on the way."""
    return ['%s: %s, on the way from %s to %s' % (
        side, show(state), show(was), show(allowed))
        for side, was, state in zip(('here', 'there'), began, now)
        if not _between(was, state, allowed, stirred)]


def _between(was, state, allowed, stirred):
    """Can a side that had one and is to have another of these have this?"""
    if state == was or state in allowed:
        return True
    if allowed == {was} and not stirred:
        return False
    rows = [c for s in allowed | {was} for c in s]
    folders = {c.folder for c in rows}
    flags = {f for c in rows for f in c.flags}
    if len(folders) > 1 or () in allowed:
        flags.add('\\Deleted')      # before an EXPUNGE
    least = min(len(s) for s in allowed | {was})
    # A message that moves may be in both folders for a while.
    most = len(was) + max(len(s) for s in allowed)
    return least <= len(state) <= most and \
        all(c.flags <= flags and
            (c.folder in folders or WAITING.match(c.folder)) for c in state)


def _same_place(*states):
    """One copy each, in one folder: only flags differ."""
    return all(len(s) == 1 for s in states) and \
        len({s[0].folder for s in states}) == 1


def _recorded(bases, here, there):
    """What else may be recorded now: what both sides agree upon, flag by
    flag."""
    more = {here} if here == there else set()
    for base in bases:
        if len(base) == 1 and _same_place(here, there):
            old, h, t = base[0].flags, here[0].flags, there[0].flags
            agreed = sorted((old ^ h) & (old ^ t))
            for k in range(len(agreed) + 1):
                more |= {(Copy(here[0].folder, old ^ set(x)),)
                         for x in itertools.combinations(agreed, k)}
    return more


def show(states):
    if isinstance(states, Loose):
        return repr(states)
    if isinstance(states, set):
        return ' or '.join(sorted(show(s) for s in states))
    return ' and '.join('%s (%s)' % (c.folder, ' '.join(sorted(c.flags)))
                        for c in states) or 'gone'
