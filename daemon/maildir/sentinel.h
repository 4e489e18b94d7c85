/* SPDX-License-Identifier: MIT */
/* <maildir>/.imapsyncd: a small text file that ties a Maildir root to its
 * database, so that an unmounted disk, another account's directory or a
 * restored backup is told from a root whose mail was deleted. */
#ifndef DAEMON_MAILDIR_SENTINEL_H
#define DAEMON_MAILDIR_SENTINEL_H

#include "daemon/base/err.h"

#define SENTINEL_ID 37 /* a UUID and the NUL */

/* 0: *id is what the file says; 1: there is none; -1: *err (unreadable, or not
 * ours). */
int sentinel_read(int root, char id[SENTINEL_ID], struct err *err);
/* Writes it durably (temporary file in the root, sync, rename, sync). */
int sentinel_write(int root, const char *id, const char *account,
		   struct err *err);

#endif
