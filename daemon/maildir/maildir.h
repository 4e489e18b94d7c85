/* SPDX-License-Identifier: MIT */
/* A Maildir folder as open directories. Every path below the root is resolved
 * with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS): no name, whatever the
 * server calls a folder, leads out of the root. */
#ifndef DAEMON_MAILDIR_MAILDIR_H
#define DAEMON_MAILDIR_MAILDIR_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"

struct maildir {
	int dir; /* the folder itself */
	int cur;
	int new_;
	int tmp;
};

/* Fills *err with "<fmt>: <errno>". Who has to stop follows from errno: a full
 * disk or a read-only file system the account, anything else the folder;
 * ERR_TEMP where only something of this machine's ran short. Returns -1. */
int maildir_error(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What the files that this program writes to tmp/ begin with. */
#define MAILDIR_TMP_PREFIX "imapsyncd."

/* Opens the root directory of an account; create makes it and missing parents
 * (0700). Refuses a root that others may write to (ERR_IO with a hint). The
 * descriptor, or -1 and *err (ERR_CREATE, ERR_IO). With create false a missing
 * root gives -2. */
int maildir_root_open(const char *path, bool create, struct err *err);

/* Opens the folder at path (relative to root, "" is the root itself) with cur,
 * new and tmp; create makes what is missing, parents included, and makes it
 * durable. 0; 1: not there, or a directory with none of the three (create
 * false); -1: *err. A link on the way and a folder with one or two of the three
 * are errors: what cannot be read must never pass for what is not there. */
int maildir_open(int root, const char *path, bool create, struct maildir *out,
		 struct err *err);
void maildir_close(struct maildir *m);

/* Removes what an interrupted sync left in tmp/: only files that this program
 * named (the caller holds the lock). Returns how many, or -1 and *err. */
int maildir_clean_tmp(const struct maildir *m, struct err *err);

#endif
