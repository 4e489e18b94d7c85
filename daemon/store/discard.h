/* SPDX-License-Identifier: MIT */
/* Deletes messages on the server that were deleted here: into its trash, or by
 * \Deleted and UID EXPUNGE. */
#ifndef DAEMON_STORE_DISCARD_H
#define DAEMON_STORE_DISCARD_H

#include "daemon/store/transfer.h"

enum discard_step {
	DISCARD_MOVE, /* UID MOVE to the trash: all in one */
	DISCARD_COPY, /* UID COPY to the trash, then mark */
	DISCARD_MARK, /* UID STORE +FLAGS.SILENT (\Deleted) */
	DISCARD_EXPUNGE,
};

struct discard {
	enum discard_step step;
	struct uid_pairs pairs; /* in the trash */
};

/* Disk thread: the server was told to delete these messages. Records that, and
 * for undo, where they are now: mailbox NULL, nowhere. 0 or -1 and *err. */
int discard_record(const struct discard *d, struct store *s,
		   const struct action *a, size_t n, const char *mailbox,
		   struct err *err);

#endif
