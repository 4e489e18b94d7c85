/* SPDX-License-Identifier: MIT */
/* Directories of folders as such: which one it is, and renaming and removing
 * them. Paths are relative to root, and never lead out of it; a folder is made
 * by maildir_open(). Each change is durable when the call returns, and goes on
 * where an interrupted one has stopped. */
#ifndef DAEMON_MAILDIR_DIRS_H
#define DAEMON_MAILDIR_DIRS_H

#include <stdint.h>

#include "daemon/base/err.h"
#include "daemon/maildir/tree.h"

/* The inode of its cur/; 0 where nobody can tell, or where it is on another
 * file system than root. */
uint64_t dirs_inode(int root, const char *path);
/* Renames a folder and all that is below it; missing parents of `to` are made.
 * Where `to` is a directory already, but no folder (no cur/), only what the
 * folder itself consists of moves there, cur/ last. Never over a folder. 0 or
 * -1 and *err. */
int dirs_rename(int root, enum tree_layout layout, const char *from,
		const char *to, struct err *err);
/* Removes what makes a directory a folder, and the directory where nothing else
 * is in it. Only what is empty: 0; 1: there is still a message; -1 and *err.
 * Nothing there is no error. The root itself stays. */
int dirs_remove(int root, const char *path, struct err *err);

#endif
