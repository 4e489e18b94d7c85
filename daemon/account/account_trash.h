/* SPDX-License-Identifier: MIT */
/* The end of a sync: what waits on disk is carried out, and what was learned of
 * server and folders goes on record. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_TRASH_H
#define DAEMON_ACCOUNT_ACCOUNT_TRASH_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/store/store_event.h"

struct account_trash {
	size_t buried;
	int64_t folder;               /* where that failed; 0: in none */
	struct store_written written; /* in this sync */
};

extern const struct stage account_trash_stage;

#endif
