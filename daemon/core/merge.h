/* SPDX-License-Identifier: MIT */
/* Three-way merge of one message's flags. Flags are booleans: a flag that both
 * sides changed since the last sync they changed to the same value, so there
 * are no conflicts. */
#ifndef DAEMON_CORE_MERGE_H
#define DAEMON_CORE_MERGE_H

#include <stdint.h>

struct merge {
	uint64_t here_add, here_del;   /* to do in the Maildir */
	uint64_t there_add, there_del; /* to do on the server */
	uint64_t both_add, both_del;   /* done alike on both sides already */
};

/* base, here, there: the flags then and now. here_mask: flags the Maildir can
 * show now; a flag outside it did not change here, whatever the file says.
 * there_mask: flags the server stores for good (PERMANENTFLAGS). */
struct merge merge_flags(uint64_t base, uint64_t here, uint64_t there,
			 uint64_t here_mask, uint64_t there_mask);

#endif
