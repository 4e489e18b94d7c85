/* SPDX-License-Identifier: MIT */
/* <maildir>/.imapsyncd: a small text file that ties a Maildir root to its
 * database, so that an unmounted disk, another account's directory or a
 * restored backup is told from a root whose mail was deleted. */
#ifndef DAEMON_MAILDIR_SENTINEL_H
#define DAEMON_MAILDIR_SENTINEL_H

#include <stdint.h>

#include "daemon/base/err.h"

#define SENTINEL_ID             37 /* a UUID and the NUL */
#define SENTINEL_OWNER          1024
#define SENTINEL_GENERATION_MAX INT64_MAX

/* What it says. */
struct sentinel {
	char id[SENTINEL_ID];       /* of the database */
	uint64_t generation;        /* 0: it does not say */
	char owner[SENTINEL_OWNER]; /* the mailbox, see core/hold.h; "": it does
				     * not say */
};

/* 0 and *out; 1: there is none; -1: *err (unreadable, or not ours). *out is
 * changed only with 0. */
int sentinel_read(int root, struct sentinel *out, struct err *err);
/* Writes it durably (temporary file in the root, sync, rename, sync). account:
 * for people who read it. */
int sentinel_write(int root, const struct sentinel *s, const char *account,
		   struct err *err);

#endif
