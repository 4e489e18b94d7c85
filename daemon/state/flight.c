/* SPDX-License-Identifier: MIT */
/* What was on its way when a connection broke, and the folders that are left
 * alone for what came of asking for them. What follows from it is not said
 * here. */
#include "daemon/state/state.h"

#include <stdlib.h>

#include "daemon/state/db.h"

static bool read_flight(sqlite3_stmt *stmt, void *row)
{
	struct state_flight *out = row;

	*out = (struct state_flight){
	    .kind = db_u32(stmt, 0),
	    .folder = db_text(stmt, 1),
	    .id = db_u64(stmt, 2),
	};
	return true;
}

int state_flight_add(struct state *s, const struct state_flight *f,
		     struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FLIGHT_ADD];

	db_bind_u64(stmt, 1, f->kind);
	db_bind_text(stmt, 2, f->folder);
	db_bind_u64(stmt, 3, f->id);
	return db_run(s, stmt, "record what was asked in", err);
}

int state_flights_drop(struct state *s, struct err *err)
{
	return db_run(s, s->stmt[DB_FLIGHTS_DROP], "forget what was asked in",
		      err);
}

int state_flight_each(struct state *s,
		      int (*fn)(void *ctx, const struct state_flight *f),
		      void *ctx, struct err *err)
{
	struct db_rows rows = {sizeof(struct state_flight), read_flight, NULL,
			       0};
	int rc = db_rows_load(s, s->stmt[DB_FLIGHTS], &rows,
			      "read what was asked from", err);
	struct state_flight *all = rows.row;

	for (size_t i = 0; i < rows.n; i++) {
		if (rc == 0)
			rc = fn(ctx, &all[i]);
		free((void *)(uintptr_t)all[i].folder);
	}
	free(all);
	return rc;
}

static bool read_avoided(sqlite3_stmt *stmt, void *row)
{
	struct state_avoided *out = row;

	*out = (struct state_avoided){
	    .folder = db_text(stmt, 0),
	    .text = db_text(stmt, 1),
	    .attempts = db_u32(stmt, 2),
	    .retry = sqlite3_column_int64(stmt, 3),
	};
	return true;
}

int state_avoid(struct state *s, const struct state_avoided *a, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_AVOID];

	db_bind_text(stmt, 1, a->folder);
	db_bind_text(stmt, 2, a->text);
	db_bind_u64(stmt, 3, a->attempts);
	(void)sqlite3_bind_int64(stmt, 4, a->retry);
	return db_run(s, stmt, "set a folder aside in", err);
}

int state_avoided_drop(struct state *s, const char *folder, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_AVOIDED_DROP];

	db_bind_text(stmt, 1, folder);
	return db_run(s, stmt, "no longer set a folder aside in", err);
}

int state_avoided_each(struct state *s,
		       int (*fn)(void *ctx, const struct state_avoided *a),
		       void *ctx, struct err *err)
{
	struct db_rows rows = {sizeof(struct state_avoided), read_avoided, NULL,
			       0};
	int rc = db_rows_load(s, s->stmt[DB_AVOIDED], &rows,
			      "read which folders are set aside from", err);
	struct state_avoided *all = rows.row;

	for (size_t i = 0; i < rows.n; i++) {
		if (rc == 0)
			rc = fn(ctx, &all[i]);
		free((void *)(uintptr_t)all[i].folder);
		free((void *)(uintptr_t)all[i].text);
	}
	free(all);
	return rc;
}
