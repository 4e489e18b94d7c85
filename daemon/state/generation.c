/* SPDX-License-Identifier: MIT */
/* The account's numbers: its generation, which only grows, and how often sizes
 * were wrong. What they mean is not said here. */
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

int state_unlike(struct state *s, uint32_t *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_UNLIKE];
	bool row = sqlite3_step(stmt) == SQLITE_ROW;

	*out = row ? (uint32_t)sqlite3_column_int64(stmt, 0) : 0;
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read what sizes are worth in");
	return 0;
}

int state_set_unlike(struct state *s, uint32_t n, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_SET_UNLIKE];

	(void)sqlite3_bind_int64(stmt, 1, n);
	return db_run(s, stmt, "record what sizes are worth in", err);
}
