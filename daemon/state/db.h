/* SPDX-License-Identifier: MIT */
/* What the files of daemon/state share: the connection, its statements, and how
 * SQLite's failures become errors. Private to this directory. */
#ifndef DAEMON_STATE_DB_H
#define DAEMON_STATE_DB_H

#include <sqlite3.h>

#include "daemon/state/state.h"

/* SQLite's own locks, not ours: held by a reader for an instant. */
#define DB_BUSY_MS 5000

enum db_stmt {
	DB_BEGIN,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_FOLDERS,
	DB_FOLDER_GET,
	DB_FOLDER_ADD,
	DB_FOLDER_POSITION,
	DB_KEYWORDS,
	DB_KEYWORD_ADD,
	DB_FOLDER_COUNT,
	DB_MESSAGES,
	DB_MESSAGE_ADD,
	DB_MESSAGE_FLAGS,
	DB_MESSAGE_TOMBSTONE,
	DB_MESSAGE_DROP,
	DB_MESSAGE_UNIQUE,
	DB_STMTS
};

struct state {
	sqlite3 *db;
	char *path;
	int lock; /* -1: none */
	enum state_mode mode;
	char id[STATE_ID];
	sqlite3_stmt *stmt[DB_STMTS];
	/* What this transaction has yet to add to a folder's count. */
	int64_t count_folder;
	int64_t count;
};

/* Turns the connection's last failure into *err: "cannot <what> 'PATH': why".
 * Returns -1. */
int db_fail(struct state *s, struct err *err, const char *what);
/* The same for damage that SQLite itself does not see. */
int db_damaged(struct state *s, struct err *err, const char *why);

/* Runs SQL that returns no rows. 0 or -1 and *err. */
int db_exec(struct state *s, const char *sql, const char *what,
	    struct err *err);
/* The integer that a query's first row begins with. 0 or -1 and *err. */
int db_query_int(struct state *s, const char *sql, int64_t *out,
		 struct err *err);
/* Steps a bound statement to its end and resets it. 0 or -1 and *err. */
int db_run(struct state *s, sqlite3_stmt *stmt, const char *what,
	   struct err *err);

/* Adds to a folder's count of messages, with the transaction that must be open.
 * 0 or -1 and *err. */
int db_count(struct state *s, int64_t folder, int n, struct err *err);
/* Writes what db_count() has put off. 0 or -1 and *err. */
int db_count_flush(struct state *s, struct err *err);

/* Unsigned 64-bit numbers are stored as the signed one of the same bits. The
 * index is one of the statement's own, so that binding cannot fail. */
static inline void db_bind_u64(sqlite3_stmt *stmt, int index, uint64_t value)
{
	(void)sqlite3_bind_int64(stmt, index, (sqlite3_int64)value);
}

/* Borrows the text until the statement is reset. */
static inline void db_bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
	(void)sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC);
}

static inline uint64_t db_u64(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

/* A column that is no number of 32 bits was not written by us: 0 then. */
static inline uint32_t db_u32(sqlite3_stmt *stmt, int column)
{
	uint64_t value = db_u64(stmt, column);

	return value <= UINT32_MAX ? (uint32_t)value : 0;
}

#endif
