/* SPDX-License-Identifier: MIT */
/* Folders whose files are as the database says: a service remembers the times
 * that their directories bore then, and need not read them while they bear the
 * same. In memory only: a start looks at everything. */
#ifndef DAEMON_FOLDER_CLEAN_CACHE_H
#define DAEMON_FOLDER_CLEAN_CACHE_H

#include <stddef.h>

#include "daemon/maildir/scan.h"

struct clean_cache_folder {
	char *wire; /* the mailbox's name */
	struct scan_stamp stamp;
};

struct clean_cache {
	struct clean_cache_folder *folder; /* sorted by name */
	size_t n, cap;
};

/* The folder's files were as in the rows while its directories bore stamp;
 * looked at at time now_ns (wall clock). Not remembered where a later change
 * might not show. */
void clean_cache_note(struct clean_cache *c, const char *wire,
		      const struct scan_stamp *stamp, int64_t now_ns);
/* They are not, or nobody knows. */
void clean_cache_forget(struct clean_cache *c, const char *wire);
/* The stamp, or NULL. */
const struct scan_stamp *clean_cache_find(const struct clean_cache *c,
					  const char *wire);
void clean_cache_release(struct clean_cache *c);

#endif
