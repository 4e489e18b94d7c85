/* SPDX-License-Identifier: MIT */
/* Deleted messages, for undo: what is needed to bring one back. Touches no
 * file: that is for those who are handed the rows. */
#include "daemon/state/state.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/state/db.h"

struct state_removed state_removed_of(const struct state_record *row,
				      uint32_t uid, enum state_side side)
{
	struct state_removed removed = {
	    .side = side,
	    .unique = row->unique,
	    .uid = uid,
	    .flags = row->flags,
	    .internaldate = row->internaldate,
	    .size = row->size,
	    .have_digest = row->have_digest,
	};

	memcpy(removed.digest, row->digest, sizeof(removed.digest));
	return removed;
}

static bool read_row(sqlite3_stmt *stmt, void *row)
{
	struct state_removed *out = row;
	int side = 0;

	*out = (struct state_removed){
	    .id = sqlite3_column_int64(stmt, 0),
	    .at = sqlite3_column_int64(stmt, 1),
	    .folder = db_text(stmt, 3),
	    .file = db_text_or_null(stmt, 4),
	    .unique = db_text(stmt, 5),
	    .uid = db_u32(stmt, 6),
	    .flags = db_u64(stmt, 7),
	    .internaldate = sqlite3_column_int64(stmt, 8),
	    .size = db_u64(stmt, 9),
	    .mailbox = db_text_or_null(stmt, 11),
	    .mailbox_uidvalidity = db_u32(stmt, 12),
	    .mailbox_uid = db_u32(stmt, 13),
	    .wanted = sqlite3_column_int64(stmt, 14) != 0,
	};
	out->have_digest = db_digest(stmt, 10, out->digest);
	bool known = db_choice(sqlite3_column_int64(stmt, 2), STATE_HERE,
			       STATE_THERE, &side);
	out->side = (enum state_side)side;
	return known;
}

static void release(struct state_removed *r)
{
	free((void *)(uintptr_t)r->folder);
	free((void *)(uintptr_t)r->file);
	free((void *)(uintptr_t)r->unique);
	free((void *)(uintptr_t)r->mailbox);
}

int state_removed_add(struct state *s, const struct state_removed *r,
		      int64_t *id, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_REMOVED_ADD];

	(void)sqlite3_bind_int64(stmt, 1, r->at);
	(void)sqlite3_bind_int(stmt, 2, (int)r->side);
	db_bind_text(stmt, 3, r->folder);
	db_bind_text(stmt, 4, r->file);
	db_bind_text(stmt, 5, r->unique);
	db_bind_u64(stmt, 6, r->uid);
	db_bind_u64(stmt, 7, r->flags);
	(void)sqlite3_bind_int64(stmt, 8, r->internaldate);
	db_bind_u64(stmt, 9, r->size);
	db_bind_digest(stmt, 10, r->digest, r->have_digest);
	db_bind_text(stmt, 11, r->mailbox);
	db_bind_u64(stmt, 12, r->mailbox_uidvalidity);
	db_bind_u64(stmt, 13, r->mailbox_uid);
	(void)sqlite3_bind_int(stmt, 14, r->wanted);
	if (db_run(s, stmt, "record a deletion in", err) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

struct walk {
	int (*fn)(void *ctx, const struct state_removed *r);
	void *ctx;
	bool drop;  /* those that fn was content with */
	int64_t at; /* of the last row */
	int64_t id;
	bool more;
};

static int hand_out(struct state *s, struct walk *w,
		    const struct state_removed *r, struct err *err)
{
	int rc = w->fn(w->ctx, r);

	w->at = r->at;
	w->id = r->id;
	if (rc == 0 && w->drop)
		rc = state_removed_drop(s, r->id, err);
	return rc;
}

/* Hands out the rows that the statement gives. 0, what fn returned, or -1. */
static int page(struct state *s, sqlite3_stmt *stmt, struct walk *w,
		struct err *err)
{
	struct db_rows rows = {sizeof(struct state_removed), read_row, NULL, 0};
	int rc = db_rows_load(s, stmt, &rows, "read deletions of", err);
	struct state_removed *all = rows.row;

	for (size_t i = 0; i < rows.n; i++) {
		if (rc == 0)
			rc = hand_out(s, w, &all[i], err);
		release(&all[i]);
	}
	w->more = rows.n == DB_PAGE;
	free(all);
	return rc;
}

/* Those that the statement gives from the mark on. */
static int each(struct state *s, sqlite3_stmt *stmt, struct walk *w,
		struct err *err)
{
	int rc = 0;

	/* Ids begin at 1: what was removed at that very second is in. */
	while (rc == 0 && w->more) {
		(void)sqlite3_bind_int64(stmt, 1, w->at);
		(void)sqlite3_bind_int64(stmt, 2, w->id);
		(void)sqlite3_bind_int(stmt, 3, DB_PAGE);
		rc = page(s, stmt, w, err);
	}
	return rc;
}

int state_removed_each(struct state *s, int64_t since,
		       int (*fn)(void *ctx, const struct state_removed *r),
		       void *ctx, struct err *err)
{
	struct walk w = {.fn = fn, .ctx = ctx, .at = since, .more = true};

	return each(s, s->stmt[DB_REMOVED_SINCE], &w, err);
}

int state_removed_wanted(struct state *s,
			 int (*fn)(void *ctx, const struct state_removed *r),
			 void *ctx, struct err *err)
{
	struct walk w = {.fn = fn, .ctx = ctx, .at = INT64_MIN, .more = true};

	return each(s, s->stmt[DB_REMOVED_WANTED], &w, err);
}

int state_removed_want(struct state *s, int64_t id, bool wanted,
		       struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_REMOVED_WANT];

	(void)sqlite3_bind_int64(stmt, 1, id);
	(void)sqlite3_bind_int(stmt, 2, wanted);
	if (db_run(s, stmt, "change a deletion in", err) < 0)
		return -1;
	return sqlite3_changes(s->db) ? 0
				      : db_none(s, "deletion with id", id, err);
}

int state_removed_drop(struct state *s, int64_t id, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_REMOVED_DROP];

	(void)sqlite3_bind_int64(stmt, 1, id);
	return db_run(s, stmt, "drop a deletion from", err);
}

int state_removed_expire(struct state *s, int64_t before,
			 int (*fn)(void *ctx, const struct state_removed *r),
			 void *ctx, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_REMOVED_BEFORE];
	struct walk w = {.fn = fn, .ctx = ctx, .drop = true, .more = true};
	int rc = 0;

	while (rc == 0 && w.more) {
		(void)sqlite3_bind_int64(stmt, 1, before);
		(void)sqlite3_bind_int(stmt, 2, DB_PAGE);
		rc = page(s, stmt, &w, err);
	}
	return rc;
}
