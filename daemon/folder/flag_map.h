/* SPDX-License-Identifier: MIT */
/* Flags on the wire to flag words and back, by a folder's keyword table. New
 * keywords are told to the disk side as they come up. */
#ifndef DAEMON_FOLDER_FLAG_MAP_H
#define DAEMON_FOLDER_FLAG_MAP_H

#include <imap4/event.h>

#include "daemon/base/disk.h"
#include "daemon/store/store.h"
#include "lib/util/buf.h"

struct flag_map {
	struct state_keywords *table; /* borrowed; grows */
	struct disk *disk;            /* NULL: dry run, nothing is recorded */
	struct store *store;
};

/* The flag word of a FETCH's flags: enum imap4_flag bits and keywords. \Recent
 * and keywords beyond the table are left out. */
uint64_t flag_map_flags(struct flag_map *v, uint32_t system,
			const struct imap4_str *words, size_t n);
/* The same for PERMANENTFLAGS: what the server stores for good. */
uint64_t flag_map_permanent(struct flag_map *v, const struct imap4_str *words,
			    size_t n);
/* Flag names for STORE, blank-separated. 0 or -1: they do not fit. */
int flag_map_names(const struct state_keywords *table, uint64_t flags,
		   struct buf *out);

#endif
