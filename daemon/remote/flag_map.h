/* SPDX-License-Identifier: MIT */
/* Flags on the wire to flag words and back, by a folder's keyword table. New
 * keywords are told to whom they concern as they come up. */
#ifndef DAEMON_REMOTE_FLAG_MAP_H
#define DAEMON_REMOTE_FLAG_MAP_H

#include <imap4/event.h>

#include "daemon/core/types.h"
#include "lib/util/buf.h"

struct flag_map {
	struct keyword_table *table; /* borrowed; grows */
	/* A keyword was added to the table; NULL: nobody is told. */
	void (*learned)(void *ctx, const char *name);
	void *ctx;
};

/* The flag word of a FETCH's flags: enum imap4_flag bits and keywords. \Recent
 * and keywords beyond the table are left out. */
uint64_t flag_map_flags(struct flag_map *v, uint32_t system,
			const struct imap4_str *words, size_t n);
/* The same for PERMANENTFLAGS: what the server stores for good. */
uint64_t flag_map_permanent(struct flag_map *v, const struct imap4_str *words,
			    size_t n);
/* Flag names for STORE, blank-separated. 0 or -1: they do not fit. */
int flag_map_names(const struct keyword_table *table, uint64_t flags,
		   struct buf *out);

#endif
