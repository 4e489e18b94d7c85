/* SPDX-License-Identifier: MIT */
/* What is about to be done on the server and must not be done twice. Does not
 * know how an intent is resolved. */
#include "daemon/state/state.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/state/db.h"

static bool read_row(sqlite3_stmt *stmt, void *row)
{
	struct state_intent *out = row;
	int kind = 0, state = 0;

	*out = (struct state_intent){
	    .id = sqlite3_column_int64(stmt, 0),
	    .folder = sqlite3_column_int64(stmt, 1),
	    .attempts = db_u32(stmt, 4),
	    .unique = db_text(stmt, 5),
	    .key = db_u64(stmt, 6),
	    .size = db_u64(stmt, 7),
	    .flags = db_u64(stmt, 9),
	    .internaldate = sqlite3_column_int64(stmt, 10),
	    .uidvalidity = db_u32(stmt, 11),
	    .uidnext = db_u32(stmt, 12),
	    .source = sqlite3_column_int64(stmt, 13), /* NULL: 0 */
	    .source_uid = db_u32(stmt, 14),
	};
	out->have_digest = db_digest(stmt, 8, out->digest);
	bool known =
	    db_choice(sqlite3_column_int64(stmt, 2), STATE_INTENT_UPLOAD,
		      STATE_INTENT_MOVE, &kind) &&
	    db_choice(sqlite3_column_int64(stmt, 3), STATE_INTENT_PLANNED,
		      STATE_INTENT_STORED, &state);
	out->kind = (enum state_intent_kind)kind;
	out->state = (enum state_intent_state)state;
	return known;
}

/* 0 where there is none. -1 and *err. */
static int attempts_of(struct state *s, int64_t folder, uint64_t key,
		       uint32_t *out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_ATTEMPTS];

	*out = 0;
	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, key);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*out = db_u32(stmt, 0);
	return sqlite3_reset(stmt) == SQLITE_OK
		   ? 0
		   : db_fail(s, err, "read intents of");
}

static int add(struct state *s, const struct state_intent *i, uint32_t attempts,
	       int64_t *id, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_ADD];

	(void)sqlite3_bind_int64(stmt, 1, i->folder);
	(void)sqlite3_bind_int(stmt, 2, (int)i->kind);
	(void)sqlite3_bind_int(stmt, 3, (int)i->state);
	db_bind_u64(stmt, 4, attempts);
	db_bind_text(stmt, 5, i->unique);
	db_bind_u64(stmt, 6, i->key);
	db_bind_u64(stmt, 7, i->size);
	db_bind_digest(stmt, 8, i->digest, i->have_digest);
	db_bind_u64(stmt, 9, i->flags);
	(void)sqlite3_bind_int64(stmt, 10, i->internaldate);
	db_bind_u64(stmt, 11, i->uidvalidity);
	db_bind_u64(stmt, 12, i->uidnext);
	(void)sqlite3_bind_int64(stmt, 13, i->source);
	db_bind_u64(stmt, 14, i->source_uid);
	if (db_run(s, stmt, "add an intent to", err) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int state_intent_replace(struct state *s, const struct state_intent *i,
			 int64_t *id, struct err *err)
{
	uint32_t attempts;

	assert(!sqlite3_get_autocommit(s->db));
	if (attempts_of(s, i->folder, i->key, &attempts, err) < 0 ||
	    state_intent_drop_file(s, i->folder, i->key, err) < 0)
		return -1;
	/* Looked for in vain, and now sent once more. */
	if (attempts == 1)
		attempts = 2;
	return add(s, i, attempts, id, err);
}

/* Of a bound statement. */
static int each(struct state *s, sqlite3_stmt *stmt,
		int (*fn)(void *ctx, const struct state_intent *i), void *ctx,
		struct err *err)
{
	struct db_rows rows = {sizeof(struct state_intent), read_row, NULL, 0};
	int rc = db_rows_load(s, stmt, &rows, "read intents of", err);
	struct state_intent *all = rows.row;
	for (size_t i = 0; i < rows.n; i++) {
		if (rc == 0)
			rc = fn(ctx, &all[i]);
		free((void *)(uintptr_t)all[i].unique);
	}
	free(all);
	return rc;
}

int state_intent_each(struct state *s, int64_t folder,
		      int (*fn)(void *ctx, const struct state_intent *i),
		      void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENTS];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	return each(s, stmt, fn, ctx, err);
}

int state_intent_each_of(struct state *s, int64_t folder, uint64_t key,
			 int (*fn)(void *ctx, const struct state_intent *i),
			 void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENTS_FILE];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, key);
	return each(s, stmt, fn, ctx, err);
}

/* Runs a statement that must change the intent. */
static int change(struct state *s, sqlite3_stmt *stmt, int64_t id,
		  struct err *err)
{
	if (db_run(s, stmt, "change an intent in", err) < 0)
		return -1;
	return sqlite3_changes(s->db) ? 0
				      : db_none(s, "intent with id", id, err);
}

int state_intent_stored(struct state *s, int64_t id, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_STORED];

	(void)sqlite3_bind_int64(stmt, 1, id);
	return change(s, stmt, id, err);
}

int state_intent_rename(struct state *s, int64_t folder, uint64_t key,
			const struct state_file *file, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_RENAME];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, key);
	db_bind_text(stmt, 3, file->unique);
	db_bind_u64(stmt, 4, file->key);
	return db_run(s, stmt, "change intents in", err);
}

int state_intent_attempt(struct state *s, int64_t id,
			 enum state_intent_state state, uint32_t attempts,
			 struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_ATTEMPT];

	(void)sqlite3_bind_int64(stmt, 1, id);
	(void)sqlite3_bind_int(stmt, 2, (int)state);
	db_bind_u64(stmt, 3, attempts);
	return change(s, stmt, id, err);
}

int state_intent_drop(struct state *s, int64_t id, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_DROP];

	(void)sqlite3_bind_int64(stmt, 1, id);
	return db_run(s, stmt, "drop an intent from", err);
}

int state_intent_drop_file(struct state *s, int64_t folder, uint64_t key,
			   struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_DROP_FILE];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, key);
	return db_run(s, stmt, "drop intents from", err);
}
