/* SPDX-License-Identifier: MIT */
/* <maildir>/.imapsyncd: a small text file that ties a Maildir root to its
 * database, so that an unmounted disk, another account's directory or a
 * restored backup is told from a root whose mail was deleted. */
#ifndef DAEMON_MAILDIR_SENTINEL_H
#define DAEMON_MAILDIR_SENTINEL_H

#include <stdint.h>

#include "daemon/base/err.h"

#define SENTINEL_ID             37 /* a UUID and the NUL */
#define SENTINEL_GENERATION_MAX INT64_MAX

/* 0: *id and *generation are what the file says (0: it does not say); 1: there
 * is none; -1: *err (unreadable, or not ours). */
int sentinel_read(int root, char id[SENTINEL_ID], uint64_t *generation,
		  struct err *err);
/* Writes it durably (temporary file in the root, sync, rename, sync). */
int sentinel_write(int root, const char *id, uint64_t generation,
		   const char *account, struct err *err);

#endif
