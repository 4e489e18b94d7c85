/* SPDX-License-Identifier: MIT */
/* The folders of an account and their positions. Neither knows what a position
 * means nor when it may be recorded: that is the sync's (W5). */
#include "daemon/state/state.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/state/db.h"

void state_folder_release(struct state_folder *f)
{
	free(f->name);
	free(f->path);
	*f = (struct state_folder){0};
}

static bool read_row(sqlite3_stmt *stmt, void *row)
{
	struct state_folder *out = row;

	*out = (struct state_folder){
	    .id = sqlite3_column_int64(stmt, 0),
	    .name = db_text(stmt, 1),
	    .path = db_text(stmt, 2),
	    .uidvalidity = db_u32(stmt, 3),
	    .uidnext = db_u32(stmt, 4),
	    .modseq = db_u64(stmt, 5),
	    .messages = db_u32(stmt, 6),
	    .there = db_u32(stmt, 7),
	    .tombs = db_u32(stmt, 8),
	    .inode = db_u64(stmt, 9),
	    .held_here = db_u32(stmt, 10),
	    .held_there = db_u32(stmt, 11),
	    .intents = db_u32(stmt, 12),
	    .horizon = {.exists = sqlite3_column_int64(stmt, 13),
			.limit = db_u32(stmt, 14),
			.slid = db_u32(stmt, 15),
			.max_size = db_u64(stmt, 16),
			.oldest = sqlite3_column_int64(stmt, 17)},
	    .epoch = db_u32(stmt, 18),
	    .pairing = {.decided = sqlite3_column_int64(stmt, 19) != 0,
			.held = db_u32(stmt, 20),
			.approved = db_u32(stmt, 21)},
	};
	return true;
}

int state_folders(struct state *s,
		  int (*fn)(void *ctx, const struct state_folder *f), void *ctx,
		  struct err *err)
{
	struct db_rows rows = {sizeof(struct state_folder), read_row, NULL, 0};

	int rc = db_count_flush(s, err);
	if (rc == 0)
		rc = db_rows_load(s, s->stmt[DB_FOLDERS], &rows,
				  "read folders of", err);
	struct state_folder *all = rows.row;
	for (size_t i = 0; rc == 0 && i < rows.n; i++)
		rc = fn(ctx, &all[i]);
	for (size_t i = 0; i < rows.n; i++)
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

int state_folder_at(struct state *s, const char *path, int64_t *id,
		    struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_AT];

	db_bind_text(stmt, 1, path);
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	if (row)
		*id = sqlite3_column_int64(stmt, 0);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "find a folder in");
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
	    .horizon = {.exists = -1},
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

int state_folder_set_horizon(struct state *s, int64_t folder,
			     const struct horizon *h, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_SET_HORIZON];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	(void)sqlite3_bind_int64(stmt, 2, h->exists);
	db_bind_u64(stmt, 3, h->limit);
	db_bind_u64(stmt, 4, h->slid);
	db_bind_u64(stmt, 5, h->max_size);
	(void)sqlite3_bind_int64(stmt, 6, h->oldest);
	return db_run(s, stmt, "record a position in", err);
}

static int no_folder(struct state *s, int64_t folder, struct err *err)
{
	return db_none(s, "folder with id", folder, err);
}

int state_folder_rename(struct state *s, int64_t folder, const char *name,
			const char *path, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_RENAME];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_text(stmt, 2, name);
	db_bind_text(stmt, 3, path);
	if (db_run(s, stmt, "rename a folder in", err) < 0)
		return -1;
	return sqlite3_changes(s->db) ? 0 : no_folder(s, folder, err);
}

/* 1 yes, 0 no, -1 and *err. */
static int has_intent(struct state *s, int64_t folder, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_INTENT_OF];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read intents of");
	return row;
}

/* Runs a statement whose first parameter is the folder. */
static int run_for(struct state *s, enum db_stmt which, int64_t folder,
		   const char *what, struct err *err)
{
	(void)sqlite3_bind_int64(s->stmt[which], 1, folder);
	return db_run(s, s->stmt[which], what, err);
}

int state_folder_drop(struct state *s, int64_t folder, struct err *err)
{
	assert(!sqlite3_get_autocommit(s->db));
	int rc = has_intent(s, folder, err);
	if (rc != 0)
		return rc;
	/* The next folder may get this one's id: nothing may wait for it. */
	if (db_count_flush(s, err) < 0 ||
	    run_for(s, DB_ANSWERS_DROP, folder, "drop answers from", err) < 0)
		return -1;
	return run_for(s, DB_FOLDER_DROP, folder, "drop a folder from", err);
}

int state_folder_reset(struct state *s, int64_t folder, uint32_t uidvalidity,
		       struct err *err)
{
	assert(!sqlite3_get_autocommit(s->db));
	if (db_count_flush(s, err) < 0 ||
	    run_for(s, DB_MESSAGES_DROP, folder, "drop messages from", err) <
		0 ||
	    /* Those by UID mean nothing now, those by key cost one attempt. */
	    state_asides_drop(s, folder, err) < 0)
		return -1;
	db_bind_u64(s->stmt[DB_FOLDER_RESET], 2, uidvalidity);
	if (run_for(s, DB_FOLDER_RESET, folder, "reset a folder in", err) < 0)
		return -1;
	return sqlite3_changes(s->db) ? 0 : no_folder(s, folder, err);
}

static int get_text(struct state *s, enum db_stmt which, int64_t folder,
		    char **out, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[which];

	*out = NULL;
	(void)sqlite3_bind_int64(stmt, 1, folder);
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	if (row)
		*out = db_text_or_null(stmt, 0);
	if (sqlite3_reset(stmt) != SQLITE_OK) {
		free(*out);
		*out = NULL;
		return db_fail(s, err, "read folders of");
	}
	return row ? 0 : no_folder(s, folder, err);
}

static int set_text(struct state *s, enum db_stmt set, int64_t folder,
		    const char *text, struct err *err)
{
	db_bind_text(s->stmt[set], 2, text);
	return run_for(s, set, folder, "change a folder in", err);
}

int state_folder_mailboxid(struct state *s, int64_t folder, char **out,
			   struct err *err)
{
	return get_text(s, DB_FOLDER_MAILBOXID, folder, out, err);
}

int state_folder_set_mailboxid(struct state *s, int64_t folder,
			       const char *mailboxid, struct err *err)
{
	return set_text(s, DB_FOLDER_SET_MAILBOXID, folder, mailboxid, err);
}

int state_folder_hold(struct state *s, int64_t folder, char **out,
		      struct err *err)
{
	return get_text(s, DB_FOLDER_HOLD, folder, out, err);
}

int state_folder_set_hold(struct state *s, int64_t folder, const char *reason,
			  struct err *err)
{
	return set_text(s, DB_FOLDER_SET_HOLD, folder, reason, err);
}

int state_folders_set_hold(struct state *s, const char *reason, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDERS_SET_HOLD];

	db_bind_text(stmt, 1, reason);
	return db_run(s, stmt, "change folders in", err);
}

int state_folder_set_inode(struct state *s, int64_t folder, uint64_t inode,
			   struct err *err)
{
	db_bind_u64(s->stmt[DB_FOLDER_SET_INODE], 2, inode);
	return run_for(s, DB_FOLDER_SET_INODE, folder, "change a folder in",
		       err);
}

int state_folders_disown(struct state *s, int64_t folder, const char *mailboxid,
			 uint64_t inode, struct err *err)
{
	db_bind_text(s->stmt[DB_FOLDERS_DISOWN], 2, mailboxid);
	db_bind_u64(s->stmt[DB_FOLDERS_DISOWN], 3, inode);
	return run_for(s, DB_FOLDERS_DISOWN, folder, "change folders in", err);
}

int state_folder_set_held(struct state *s, int64_t folder, uint32_t here,
			  uint32_t there, const char *uids, struct err *err)
{
	db_bind_u64(s->stmt[DB_FOLDER_SET_HELD], 2, here);
	db_bind_u64(s->stmt[DB_FOLDER_SET_HELD], 3, there);
	db_bind_text(s->stmt[DB_FOLDER_SET_HELD], 4, uids);
	return run_for(s, DB_FOLDER_SET_HELD, folder, "change a folder in",
		       err);
}

int state_folder_held(struct state *s, int64_t folder, char **out,
		      struct err *err)
{
	return get_text(s, DB_FOLDER_HELD, folder, out, err);
}

int state_folder_set_pairing(struct state *s, int64_t folder,
			     const struct state_pairing *p, struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_FOLDER_SET_PAIRING];

	(void)sqlite3_bind_int(stmt, 2, p->decided);
	db_bind_u64(stmt, 3, p->held);
	db_bind_u64(stmt, 4, p->approved);
	return run_for(s, DB_FOLDER_SET_PAIRING, folder, "change a folder in",
		       err);
}
