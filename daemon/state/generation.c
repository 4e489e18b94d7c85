/* SPDX-License-Identifier: MIT */
/* The account's generation: a number that only grows. What else knows it, and
 * what a difference means, is not said here. */
#include "daemon/state/state.h"

#include "daemon/state/db.h"

int state_generation(struct state *s, uint64_t *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_GENERATION];
	bool row = sqlite3_step(stmt) == SQLITE_ROW;

	if (row)
		*out = db_u64(stmt, 0);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read the generation of");
	return row ? 0 : db_damaged(s, err, "its generation is missing");
}

int state_generation_raise(struct state *s, uint64_t to, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_GENERATION_RAISE];

	db_bind_u64(stmt, 1, to);
	if (db_run(s, stmt, "raise the generation of", err) < 0)
		return -1;
	return sqlite3_changes(s->db)
		   ? 0
		   : db_none(s, "generation below", (int64_t)to, err);
}
