/* SPDX-License-Identifier: MIT */
/* Messages that one side has refused: what was said, and when it is worth
 * another try. When that is, is not decided here. */
#include "daemon/state/state.h"

#include <stdlib.h>

#include "daemon/state/db.h"

static bool read_row(sqlite3_stmt *stmt, void *row)
{
	struct state_aside *out = row;
	int side = 0;

	bool known = db_choice(sqlite3_column_int64(stmt, 0), STATE_HERE,
			       STATE_THERE, &side);
	*out = (struct state_aside){
	    .side = (enum state_side)side,
	    .id = db_u64(stmt, 1),
	    .text = db_text(stmt, 2),
	    .attempts = db_u32(stmt, 3),
	    .retry = sqlite3_column_int64(stmt, 4),
	    .print = db_u64(stmt, 5),
	    .sync = db_u64(stmt, 6),
	};
	return known;
}

void state_aside_release(struct state_aside *a)
{
	free((void *)(uintptr_t)a->text);
	*a = (struct state_aside){.text = NULL};
}

/* The statement, its first three parameters bound. */
static sqlite3_stmt *keyed(struct state *s, enum db_stmt which, int64_t folder,
			   enum state_side side, uint64_t id)
{
	(void)sqlite3_bind_int64(s->stmt[which], 1, folder);
	(void)sqlite3_bind_int(s->stmt[which], 2, (int)side);
	db_bind_u64(s->stmt[which], 3, id);
	return s->stmt[which];
}

int state_aside_put(struct state *s, int64_t folder,
		    const struct state_aside *a, struct err *err)
{
	sqlite3_stmt *stmt = keyed(s, DB_ASIDE_PUT, folder, a->side, a->id);

	db_bind_text(stmt, 4, a->text);
	(void)sqlite3_bind_int64(stmt, 5, a->retry);
	db_bind_u64(stmt, 6, a->print);
	db_bind_u64(stmt, 7, a->sync);
	return db_run(s, stmt, "record a refusal in", err);
}

int state_aside_get(struct state *s, int64_t folder, enum state_side side,
		    uint64_t id, struct state_aside *out, struct err *err)
{
	sqlite3_stmt *stmt = keyed(s, DB_ASIDE, folder, side, id);

	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	if (row)
		(void)read_row(stmt, out);
	if (sqlite3_reset(stmt) != SQLITE_OK) {
		if (row)
			state_aside_release(out);
		return db_fail(s, err, "read refusals of");
	}
	return row ? 0 : 1;
}

int state_aside_each(struct state *s, int64_t folder,
		     int (*fn)(void *ctx, const struct state_aside *a),
		     void *ctx, struct err *err)
{
	struct db_rows rows = {sizeof(struct state_aside), read_row, NULL, 0};
	sqlite3_stmt *stmt = s->stmt[DB_ASIDES];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	int rc = db_rows_load(s, stmt, &rows, "read refusals of", err);
	struct state_aside *all = rows.row;
	for (size_t i = 0; i < rows.n; i++) {
		if (rc == 0)
			rc = fn(ctx, &all[i]);
		state_aside_release(&all[i]);
	}
	free(all);
	return rc;
}

int state_aside_drop(struct state *s, int64_t folder, enum state_side side,
		     uint64_t id, struct err *err)
{
	return db_run(s, keyed(s, DB_ASIDE_DROP, folder, side, id),
		      "drop a refusal from", err);
}

int state_asides_drop(struct state *s, int64_t folder, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_ASIDES_DROP];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	return db_run(s, stmt, "drop refusals from", err);
}
