/* SPDX-License-Identifier: MIT */
/* Messages that were deleted here, and that the server was told to delete: into
 * its trash, or for good. */
#ifndef DAEMON_STORE_BATCH_DISCARD_H
#define DAEMON_STORE_BATCH_DISCARD_H

#include "daemon/store/batch/transfer.h"
#include "daemon/store/store_job.h"

/* Disk thread: the server was told to delete these messages. Records that, and
 * for undo, where they are now: mailbox NULL, nowhere; else with these UIDs. 0
 * or -1 and *err. */
int discard_record(const struct uid_pairs *pairs, struct store *s,
		   const struct action *a, size_t n, const char *mailbox,
		   struct err *err);

struct discard_job {
	struct store_job base;
	struct uid_pairs pairs;      /* owned by the poster */
	const struct action *action; /* n of them; borrowed */
	size_t n;
	const char *mailbox; /* borrowed */
};
void discard_run(struct job *j);

#endif
