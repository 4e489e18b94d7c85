/* SPDX-License-Identifier: MIT */
/* For how long the server wants to be left alone. */
#include "daemon/state/state.h"

#include "daemon/state/db.h"

int state_busy(struct state *s, struct state_busy *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_BUSY];
	bool row = sqlite3_step(stmt) == SQLITE_ROW;

	if (row)
		*out = (struct state_busy){
		    .until_ms = sqlite3_column_int64(stmt, 0),
		    .last_ms = sqlite3_column_int64(stmt, 1),
		};
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read the account's row of");
	return row ? 0 : db_damaged(s, err, "the account's row is missing");
}

int state_set_busy(struct state *s, const struct state_busy *b, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_SET_BUSY];

	(void)sqlite3_bind_int64(stmt, 1, b->until_ms);
	(void)sqlite3_bind_int64(stmt, 2, b->last_ms);
	return db_run(s, stmt, "record a busy server in", err);
}
