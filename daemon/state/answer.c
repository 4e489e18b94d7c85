/* SPDX-License-Identifier: MIT */
/* What the user has answered to the guard, until it is acted on. */
#include "daemon/state/state.h"

#include "daemon/state/db.h"

/* The statement, its first two parameters bound. */
static sqlite3_stmt *keyed(struct state *s, enum db_stmt which, int64_t folder,
			   enum state_answer kind)
{
	(void)sqlite3_bind_int64(s->stmt[which], 1, folder);
	(void)sqlite3_bind_int(s->stmt[which], 2, (int)kind);
	return s->stmt[which];
}

int state_answer_put(struct state *s, int64_t folder, enum state_answer kind,
		     int64_t created, uint32_t bound, struct err *err)
{
	sqlite3_stmt *stmt = keyed(s, DB_ANSWER_PUT, folder, kind);

	(void)sqlite3_bind_int64(stmt, 3, created);
	db_bind_u64(stmt, 4, bound);
	return db_run(s, stmt, "record an answer in", err);
}

int state_answer_get(struct state *s, int64_t folder, enum state_answer kind,
		     int64_t *created, uint32_t *bound, struct err *err)
{
	sqlite3_stmt *stmt = keyed(s, DB_ANSWER, folder, kind);

	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	if (row) {
		*created = sqlite3_column_int64(stmt, 0);
		*bound = db_u32(stmt, 1);
	}
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read answers of");
	return row ? 0 : 1;
}

int state_answer_drop(struct state *s, int64_t folder, enum state_answer kind,
		      struct err *err)
{
	return db_run(s, keyed(s, DB_ANSWER_DROP, folder, kind),
		      "drop an answer from", err);
}
