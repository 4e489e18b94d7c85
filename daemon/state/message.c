/* SPDX-License-Identifier: MIT */
/* The rows of messages: what was last in sync. Read as a whole into a view,
 * changed one by one inside the caller's transaction. */
#include "daemon/state/state.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/state/db.h"

int state_load(struct state *s, int64_t folder, struct base_view *out,
	       struct err *err)
{
	sqlite3_stmt *stmt = s->stmt[DB_MESSAGES];
	struct base_view v = {0};

	(void)sqlite3_bind_int64(stmt, 1, folder);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		if (v.n == v.cap) {
			v.cap = v.cap ? v.cap * 2 : 64;
			v.row = xreallocarray(v.row, v.cap, sizeof(*v.row));
		}
		v.row[v.n++] = (struct base_row){
		    .uid = db_u32(stmt, 0),
		    .tombstone = sqlite3_column_int(stmt, 1) != 0,
		    .flags = db_u64(stmt, 2),
		    .key = db_u64(stmt, 3),
		};
	}
	if (sqlite3_reset(stmt) != SQLITE_OK) {
		base_view_release(&v);
		return db_fail(s, err, "read messages of");
	}
	*out = v;
	return 0;
}

void base_view_release(struct base_view *v)
{
	free(v->row);
	*v = (struct base_view){0};
}

int state_message_add(struct state *s, int64_t folder,
		      const struct state_message *m, struct err *err)
{
	static const unsigned char unknown[sizeof(m->digest)];
	sqlite3_stmt *stmt = s->stmt[DB_MESSAGE_ADD];

	(void)sqlite3_bind_int64(stmt, 1, folder);
	db_bind_u64(stmt, 2, m->uid);
	db_bind_u64(stmt, 3, m->flags);
	db_bind_u64(stmt, 4, m->key);
	db_bind_text(stmt, 5, m->unique);
	db_bind_u64(stmt, 6, m->size);
	db_bind_u64(stmt, 7, m->inode);
	(void)sqlite3_bind_int64(stmt, 8, m->internaldate);
	if (memcmp(m->digest, unknown, sizeof(unknown)) == 0)
		(void)sqlite3_bind_null(stmt, 9);
	else
		(void)sqlite3_bind_blob(stmt, 9, m->digest, sizeof(m->digest),
					SQLITE_STATIC);
	if (db_run(s, stmt, "add a message to", err) < 0)
		return -1;
	return db_count(s, folder, 1, err);
}

static int no_such_row(struct state *s, uint32_t uid, struct err *err)
{
	return err_set(err, ERR_INTERNAL, ERR_SCOPE_ACCOUNT,
		       "'%s' has no message with uid %lu", s->path,
		       (unsigned long)uid);
}

/* The statement, its first two parameters bound to folder and uid. */
static sqlite3_stmt *bound(struct state *s, enum db_stmt which, int64_t folder,
			   uint32_t uid)
{
	(void)sqlite3_bind_int64(s->stmt[which], 1, folder);
	db_bind_u64(s->stmt[which], 2, uid);
	return s->stmt[which];
}

int state_message_flags(struct state *s, int64_t folder, uint32_t uid,
			uint64_t add, uint64_t del, struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_FLAGS, folder, uid);

	db_bind_u64(stmt, 3, add);
	db_bind_u64(stmt, 4, del);
	if (db_run(s, stmt, "change flags in", err) < 0)
		return -1;
	return sqlite3_changes(s->db) ? 0 : no_such_row(s, uid, err);
}

int state_message_tombstone(struct state *s, int64_t folder, uint32_t uid,
			    struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_TOMBSTONE, folder, uid);

	if (db_run(s, stmt, "set a tombstone in", err) < 0)
		return -1;
	if (sqlite3_changes(s->db))
		return db_count(s, folder, -1, err);
	/* It has one already, or it is not there. */
	char *unique = state_message_unique(s, folder, uid, err);
	free(unique);
	return unique ? 0 : -1;
}

int state_message_drop(struct state *s, int64_t folder, uint32_t uid,
		       struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_DROP, folder, uid);
	bool alive = false;

	while (sqlite3_step(stmt) == SQLITE_ROW)
		alive = sqlite3_column_int(stmt, 0) == 0;
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "drop a message from");
	return alive ? db_count(s, folder, -1, err) : 0;
}

char *state_message_unique(struct state *s, int64_t folder, uint32_t uid,
			   struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_UNIQUE, folder, uid);
	char *out = NULL;

	if (sqlite3_step(stmt) == SQLITE_ROW) {
		const unsigned char *text = sqlite3_column_text(stmt, 0);
		out = xstrdup(text ? (const char *)text : "");
	}
	if (sqlite3_reset(stmt) != SQLITE_OK) {
		free(out);
		(void)db_fail(s, err, "read a message of");
		return NULL;
	}
	if (!out)
		(void)no_such_row(s, uid, err);
	return out;
}
