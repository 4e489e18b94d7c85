/* SPDX-License-Identifier: MIT */
/* The rows of messages: what was last in sync. Changed one by one inside the
 * caller's transaction; view.c and record.c read them. */
#include "daemon/state/state.h"

#include <assert.h>
#include <string.h>

#include "daemon/state/db.h"

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
	db_bind_digest(stmt, 9, m->digest,
		       memcmp(m->digest, unknown, sizeof(unknown)) != 0);
	(void)sqlite3_bind_int64(stmt, 10, m->mtime_ns);
	db_bind_text(stmt, 11, m->emailid);
	if (db_run(s, stmt, "add a message to", err) < 0)
		return -1;
	return db_count(s, folder, FATE_ALIVE, 1, err);
}

static int no_such_row(struct state *s, uint32_t uid, struct err *err)
{
	return db_none(s, "message with uid", uid, err);
}

/* The statement, its first two parameters bound to folder and uid. */
static sqlite3_stmt *bound(struct state *s, enum db_stmt which, int64_t folder,
			   uint32_t uid)
{
	(void)sqlite3_bind_int64(s->stmt[which], 1, folder);
	db_bind_u64(s->stmt[which], 2, uid);
	return s->stmt[which];
}

/* Runs such a statement, which must find its row. */
static int change(struct state *s, sqlite3_stmt *stmt, uint32_t uid,
		  const char *what, struct err *err)
{
	if (db_run(s, stmt, what, err) < 0)
		return -1;
	return sqlite3_changes(s->db) ? 0 : no_such_row(s, uid, err);
}

int state_message_flags(struct state *s, int64_t folder, uint32_t uid,
			uint64_t add, uint64_t del, struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_FLAGS, folder, uid);

	db_bind_u64(stmt, 3, add);
	db_bind_u64(stmt, 4, del);
	return change(s, stmt, uid, "change flags in", err);
}

static int unknown_fate(struct state *s, struct err *err)
{
	return db_damaged(s, err, "a message has an unknown fate");
}

/* The fate of a row that must be there. 0 and *out, or -1 and *err. */
static int fate_of(struct state *s, int64_t folder, uint32_t uid,
		   enum fate *out, struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_FATE, folder, uid);

	*out = FATE_ALIVE;
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	bool known = !row || db_fate(sqlite3_column_int64(stmt, 0), out);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "read a message of");
	if (!known)
		return unknown_fate(s, err);
	return row ? 0 : no_such_row(s, uid, err);
}

static int set_fate(struct state *s, int64_t folder, uint32_t uid,
		    enum fate fate, struct err *err)
{
	enum fate old;

	if (fate_of(s, folder, uid, &old, err) < 0)
		return -1;
	if (old == fate)
		return 0;
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_SET_FATE, folder, uid);
	(void)sqlite3_bind_int(stmt, 3, (int)fate);
	if (db_run(s, stmt, "set a tombstone in", err) < 0)
		return -1;
	if (db_count(s, folder, old, -1, err) < 0)
		return -1;
	return db_count(s, folder, fate, 1, err);
}

int state_message_tombstone(struct state *s, int64_t folder, uint32_t uid,
			    enum fate fate, struct err *err)
{
	assert(fate != FATE_ALIVE);
	return set_fate(s, folder, uid, fate, err);
}

int state_message_revive(struct state *s, int64_t folder, uint32_t uid,
			 struct err *err)
{
	return set_fate(s, folder, uid, FATE_ALIVE, err);
}

int state_message_set_file(struct state *s, int64_t folder, uint32_t uid,
			   const struct state_file *file, struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_SET_FILE, folder, uid);

	db_bind_text(stmt, 3, file->unique);
	db_bind_u64(stmt, 4, file->key);
	db_bind_u64(stmt, 5, file->inode);
	db_bind_u64(stmt, 6, file->size);
	(void)sqlite3_bind_int64(stmt, 7, file->mtime_ns);
	db_bind_digest(stmt, 8, file->digest, file->digest != NULL);
	return change(s, stmt, uid, "record a file in", err);
}

int state_message_move(struct state *s, const struct state_move *m,
		       struct err *err)
{
	enum fate old;

	if (fate_of(s, m->from, m->uid, &old, err) < 0)
		return -1;
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_MOVE, m->from, m->uid);
	(void)sqlite3_bind_int64(stmt, 3, m->to);
	db_bind_u64(stmt, 4, m->new_uid);
	db_bind_u64(stmt, 5, m->flags);
	if (db_run(s, stmt, "move a message in", err) < 0 ||
	    db_count(s, m->from, old, -1, err) < 0)
		return -1;
	return db_count(s, m->to, FATE_ALIVE, 1, err);
}

int state_message_drop(struct state *s, int64_t folder, uint32_t uid,
		       struct err *err)
{
	sqlite3_stmt *stmt = bound(s, DB_MESSAGE_DROP, folder, uid);
	enum fate fate = FATE_ALIVE;

	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	bool known = !row || db_fate(sqlite3_column_int64(stmt, 0), &fate);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, "drop a message from");
	if (!known)
		return unknown_fate(s, err);
	return row ? db_count(s, folder, fate, -1, err) : 0;
}
