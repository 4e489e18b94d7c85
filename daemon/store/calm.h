/* SPDX-License-Identifier: MIT */
/* Folders whose files are as the database says: a service remembers the times
 * that their directories bore then, and need not read them while they bear the
 * same. In memory only: a start looks at everything. */
#ifndef DAEMON_STORE_CALM_H
#define DAEMON_STORE_CALM_H

#include <stddef.h>

#include "daemon/maildir/scan.h"

struct calm_folder {
	char *wire; /* the mailbox's name */
	struct scan_stamp stamp;
};

struct calm {
	struct calm_folder *folder; /* sorted by name */
	size_t n, cap;
};

/* The folder's files were as in the rows while its directories bore stamp;
 * looked at at time now_ns (wall clock). Not remembered where a later change
 * might not show. */
void calm_note(struct calm *c, const char *wire, const struct scan_stamp *stamp,
	       int64_t now_ns);
/* They are not, or nobody knows. */
void calm_forget(struct calm *c, const char *wire);
/* The stamp, or NULL. */
const struct scan_stamp *calm_find(const struct calm *c, const char *wire);
void calm_release(struct calm *c);

#endif
