/* SPDX-License-Identifier: MIT */
/* The account's generation: a number that only grows. What else knows it, and
 * what a difference means, is not said here. */
#include "daemon/state/state.h"

#include "daemon/state/db.h"

static int one_number(struct state *s, sqlite3_stmt *stmt, uint64_t *out,
		      struct err *err)
{
	bool row = sqlite3_step(stmt) == SQLITE_ROW;

	if (row)
		*out = db_u64(stmt, 0);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "count generations of");
	return row ? 0 : db_damaged(s, err, "its generation is missing");
}

int state_generation(struct state *s, uint64_t *out, struct err *err)
{
	return one_number(s, s->stmt[DB_GENERATION], out, err);
}

int state_generation_bump(struct state *s, uint64_t *out, struct err *err)
{
	return one_number(s, s->stmt[DB_GENERATION_BUMP], out, err);
}
