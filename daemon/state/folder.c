/* SPDX-License-Identifier: MIT */
/* The folders of an account and their positions. Neither knows what a position
 * means nor when it may be recorded: that is the sync's (W5). */
#include "daemon/state/state.h"

#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/state/db.h"

void state_folder_release(struct state_folder *f)
{
	free(f->name);
	free(f->path);
	*f = (struct state_folder){0};
}

static char *column_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return xstrdup(text ? (const char *)text : "");
}

static void read_row(sqlite3_stmt *stmt, struct state_folder *out)
{
	*out = (struct state_folder){
	    .id = sqlite3_column_int64(stmt, 0),
	    .name = column_text(stmt, 1),
	    .path = column_text(stmt, 2),
	    .uidvalidity = db_u32(stmt, 3),
	    .uidnext = db_u32(stmt, 4),
	    .modseq = db_u64(stmt, 5),
	    .messages = db_u32(stmt, 6),
	};
}

/* All rows at once: fn may then change the table, or come back here. */
static int load(struct state *s, struct state_folder **out, size_t *n,
		struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDERS];
	size_t cap = 0;

	while (sqlite3_step(stmt) == SQLITE_ROW) {
		if (*n == cap) {
			cap = cap ? cap * 2 : 16;
			*out = xreallocarray(*out, cap, sizeof(**out));
		}
		read_row(stmt, &(*out)[(*n)++]);
	}
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read folders of");
	return 0;
}

int state_folders(struct state *s,
		  int (*fn)(void *ctx, const struct state_folder *f), void *ctx,
		  struct err *err)
{
	struct state_folder *all = NULL;
	size_t n = 0;

	int rc = db_count_flush(s, err);
	if (rc == 0)
		rc = load(s, &all, &n, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = fn(ctx, &all[i]);
	for (size_t i = 0; i < n; i++)
		state_folder_release(&all[i]);
	free(all);
	return rc;
}

int state_folder_get(struct state *s, const char *name,
		     struct state_folder *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_GET];

	if (db_count_flush(s, err) < 0)
		return -1;
	db_bind_text(stmt, 1, name);
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	if (row)
		read_row(stmt, out);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read folders of");
	return row ? 0 : 1;
}

int state_folder_add(struct state *s, const char *name, const char *path,
		     struct state_folder *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_ADD];

	db_bind_text(stmt, 1, name);
	db_bind_text(stmt, 2, path);
	if (db_run(s, stmt, "add a folder to", err) < 0)
		return -1;
	*out = (struct state_folder){
	    .id = sqlite3_last_insert_rowid(s->db),
	    .name = xstrdup(name),
	    .path = xstrdup(path),
	};
	return 0;
}

int state_folder_position(struct state *s, int64_t folder, uint32_t uidvalidity,
			  uint32_t uidnext, uint64_t modseq, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_POSITION];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, uidvalidity);
	db_bind_u64(stmt, 3, uidnext);
	db_bind_u64(stmt, 4, modseq);
	return db_run(s, stmt, "record a position in", err);
}
