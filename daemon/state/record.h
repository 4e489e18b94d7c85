/* SPDX-License-Identifier: MIT */
/* Rows with all that is known of a message, handed out in pages: those of
 * messages and those of orphans. Private to daemon/state. */
#ifndef DAEMON_STATE_RECORD_H
#define DAEMON_STATE_RECORD_H

#include "daemon/state/db.h"

/* A way through rows. The statement gives at most ?3 of them, beyond the mark
 * that the caller binds, in its order. */
struct record_walk {
	/* owner: the last column, a message's folder or an orphan's id. */
	int (*fn)(void *ctx, int64_t owner, const struct state_record *r);
	void *ctx;
	int64_t owner; /* the mark: of the last row that was handed out */
	uint32_t uid;
	bool more; /* there may be; true at first */
};

/* Hands out the next page. 0, or what fn returned, or -1 and *err. */
int record_page(struct state *s, sqlite3_stmt *stmt, struct record_walk *w,
		struct err *err);

#endif
