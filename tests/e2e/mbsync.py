# SPDX-License-Identifier: MIT
"""The real mbsync, as somebody who comes from it has used it."""
import os
import subprocess

CONFIG = '''\
IMAPAccount there
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account there

MaildirStore near
Path {root}/
Inbox {root}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *{patterns}
Create Near
Sync Pull
CopyArrivalDate yes
SyncState *
'''
# What it leaves in a folder besides messages.
STATE = '.mbsyncstate', '.mbsyncstate.lock', '.uidvalidity'


def pull(root, server, user, password, excluded=()):
    """Mirrors all folders but those into a Maildir of its own making."""
    os.makedirs(root, 0o700)
    rc = root + '/.mbsyncrc'
    with open(rc, 'w', opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(CONFIG.format(
            port=server.port, user=user, password=password, root=root,
            patterns=''.join(' "!%s"' % x for x in sorted(excluded))))
    subprocess.run(['mbsync', '-q', '-c', rc, '-a'], check=True, timeout=60,
                   stdin=subprocess.DEVNULL, capture_output=True)
    os.unlink(rc)


def forget(root):
    """Removes its own state, as somebody does who will not go back."""
    for path, _, names in os.walk(root):
        for name in set(names) & set(STATE):
            os.unlink(os.path.join(path, name))
