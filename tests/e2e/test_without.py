#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both ways where the server offers less: each extension is taken away by
itself, then all of them."""
import everywhere
import support


ALL = ('MOVE', 'UIDPLUS', 'CONDSTORE', 'QRESYNC', 'MULTIAPPEND', 'LITERAL+',
       'LITERAL-', 'LIST-STATUS', 'LIST-EXTENDED', 'ESEARCH', 'IMAP4rev2',
       'OBJECTID', 'UNSELECT', 'SPECIAL-USE', 'NAMESPACE', 'ENABLE')


class Without:
    LESS = ()

    def setup(self, **keys):
        return super().setup(disable_extension=', '.join(self.LESS), **keys)

    def remote(self):
        """Without UIDPLUS what is deleted can only be marked."""
        found = super().remote()
        if 'UIDPLUS' not in self.LESS:
            return found
        return {folder: {uid: m for uid, m in messages.items()
                         if '\\Deleted' not in m.flags}
                for folder, messages in found.items()}


class Move(Without, everywhere.Messages, support.TestCase):
    LESS = ('MOVE',)


class Uidplus(Without, everywhere.Messages, support.TestCase):
    LESS = ('UIDPLUS', 'IMAP4rev2')


class Condstore(Without, everywhere.Messages, support.TestCase):
    LESS = ('CONDSTORE', 'QRESYNC')


class Qresync(Without, everywhere.Messages, support.TestCase):
    LESS = ('QRESYNC',)


class Everything(Without, everywhere.Messages, support.TestCase):
    LESS = ALL


class EverythingForFolders(Without, everywhere.Folders, support.TestCase):
    LESS = ALL


if __name__ == '__main__':
    support.main()
