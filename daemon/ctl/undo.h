/* SPDX-License-Identifier: MIT */
/* undo: brings deleted messages back. A file that is in the local trash goes
 * back to its folder, and from there to the server with the next sync; a
 * message that is in the server's trash is moved back there by the next sync.
 */
#ifndef DAEMON_CTL_UNDO_H
#define DAEMON_CTL_UNDO_H

#include <stdbool.h>

#include "config/config.h"

struct undo_opts {
	const char *since; /* "2h", "2026-11-24 10:00"; NULL: one day */
	bool list;         /* only show them */
};

/* Returns the exit status. */
int undo_deletions(const struct config *config, const char *operand,
		   const struct undo_opts *opts);

#endif
