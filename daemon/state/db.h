/* SPDX-License-Identifier: MIT */
/* What the files of daemon/state share: the connection, its statements, and how
 * SQLite's failures become errors. Private to this directory. */
#ifndef DAEMON_STATE_DB_H
#define DAEMON_STATE_DB_H

#include <sqlite3.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/state/state.h"

/* SQLite's own locks, not ours: held by a reader for an instant. */
#define DB_BUSY_MS 5000

/* Rows read at a time where there may be many. */
#define DB_PAGE 256

enum db_stmt {
	DB_BEGIN,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_GENERATION,
	DB_GENERATION_RAISE,
	DB_UNLIKE,
	DB_SET_UNLIKE,
	DB_BUSY,
	DB_SET_BUSY,
	DB_ACCOUNT,
	DB_ACCOUNT_OWN,
	DB_ACCOUNT_HOLD,
	DB_ACCOUNT_APPROVE,
	DB_FOLDERS,
	DB_FOLDER_GET,
	DB_FOLDER_AT,
	DB_FOLDER_ADD,
	DB_FOLDER_POSITION,
	DB_FOLDER_SET_HORIZON,
	DB_FOLDER_COUNT,
	DB_FOLDER_RENAME,
	DB_FOLDER_DROP,
	DB_FOLDER_RESET,
	DB_FOLDER_MAILBOXID,
	DB_FOLDER_SET_MAILBOXID,
	DB_FOLDER_HOLD,
	DB_FOLDER_SET_HOLD,
	DB_FOLDERS_SET_HOLD,
	DB_FOLDER_SET_INODE,
	DB_FOLDERS_DISOWN,
	DB_FOLDER_SET_HELD,
	DB_FOLDER_HELD,
	DB_FOLDER_SET_PAIRING,
	DB_KEYWORDS,
	DB_KEYWORD_ADD,
	DB_MESSAGES,
	DB_MESSAGES_DROP,
	DB_MESSAGE_ADD,
	DB_MESSAGE_FLAGS,
	DB_MESSAGE_FATE,
	DB_MESSAGE_SET_FATE,
	DB_MESSAGE_SET_FILE,
	DB_MESSAGE_MOVE,
	DB_MESSAGE_DROP,
	DB_RECORD,
	DB_RECORDS,
	DB_RECORDS_FATE,
	DB_INTENTS,
	DB_INTENTS_FILE,
	DB_INTENT_ADD,
	DB_INTENT_ATTEMPT,
	DB_INTENT_ATTEMPTS,
	DB_INTENT_STORED,
	DB_INTENT_RENAME,
	DB_INTENT_DROP,
	DB_INTENT_DROP_FILE,
	DB_INTENT_OF,
	DB_ANSWER,
	DB_ANSWER_PUT,
	DB_ANSWER_DROP,
	DB_ANSWERS_DROP,
	DB_ASIDE,
	DB_ASIDES,
	DB_ASIDE_PUT,
	DB_ASIDE_DROP,
	DB_ASIDES_DROP,
	DB_FLIGHTS,
	DB_FLIGHT_ADD,
	DB_FLIGHTS_DROP,
	DB_AVOIDED,
	DB_AVOID,
	DB_AVOIDED_DROP,
	DB_REMOVED_SINCE,
	DB_REMOVED_BEFORE,
	DB_REMOVED_WANTED,
	DB_REMOVED_ADD,
	DB_REMOVED_WANT,
	DB_REMOVED_DROP,
	DB_STMTS
};

extern const char *const db_sql[DB_STMTS];

/* What this transaction has yet to add to a folder's counts. */
struct db_count {
	int64_t folder;
	int64_t messages, there, tombs;
};

struct state {
	sqlite3 *db;
	char *path;
	int lock; /* -1: none */
	enum state_mode mode;
	char id[STATE_ID];
	sqlite3_stmt *stmt[DB_STMTS];
	struct db_count count;
	struct base_view *view; /* being loaded */
};

/* Turns the connection's last failure into *err: "cannot <what> 'PATH': why".
 * Returns -1. */
int db_fail(struct state *s, struct err *err, const char *what);
/* The same for damage that SQLite itself does not see. */
int db_damaged(struct state *s, struct err *err, const char *why);

/* "PATH has no WHAT NUMBER", ERR_INTERNAL. Returns -1. */
int db_none(struct state *s, const char *what, int64_t number, struct err *err);

/* Runs SQL that returns no rows. 0 or -1 and *err. */
int db_exec(struct state *s, const char *sql, const char *what,
	    struct err *err);
/* The integer that a query's first row begins with. 0 or -1 and *err. */
int db_query_int(struct state *s, const char *sql, int64_t *out,
		 struct err *err);
/* Steps a bound statement to its end and resets it. 0 or -1 and *err. */
int db_run(struct state *s, sqlite3_stmt *stmt, const char *what,
	   struct err *err);

/* Rows read at once, so that whoever is handed one may use the database, that
 * statement too. */
struct db_rows {
	size_t size; /* of one */
	/* Sets all of *row; false: it is damaged. */
	bool (*read)(sqlite3_stmt *stmt, void *row);
	void *row; /* n of them, each to be released; then to be freed */
	size_t n;
};
/* Reads all rows of a bound statement and resets it. 0 or -1 and *err: *rows is
 * to be released in both cases. */
int db_rows_load(struct state *s, sqlite3_stmt *stmt, struct db_rows *rows,
		 const char *what, struct err *err);

/* n messages of that fate more (or fewer), with the transaction that must be
 * open. 0 or -1 and *err. */
int db_count(struct state *s, int64_t folder, enum fate fate, int n,
	     struct err *err);
/* Writes what db_count() has put off. 0 or -1 and *err. */
int db_count_flush(struct state *s, struct err *err);
/* For a rollback. */
void db_count_forget(struct state *s);

/* Gives the connection the SQL function of DB_MESSAGES: for 100,000 rows it is
 * a quarter faster than to leave the statement at each. 0 or -1 and *err. */
int db_add_take_row(struct state *s, struct err *err);

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

/* NULL for what is not known. Borrows the digest too. */
static inline void db_bind_digest(sqlite3_stmt *stmt, int index,
				  const unsigned char *digest, bool have)
{
	if (have)
		(void)sqlite3_bind_blob(stmt, index, digest, STATE_DIGEST,
					SQLITE_STATIC);
	else
		(void)sqlite3_bind_null(stmt, index);
}

/* Is it known? Else out is all zero. */
static inline bool db_digest(sqlite3_stmt *stmt, int column,
			     unsigned char out[STATE_DIGEST])
{
	const void *blob = sqlite3_column_blob(stmt, column);
	bool have = blob && sqlite3_column_bytes(stmt, column) == STATE_DIGEST;

	if (have)
		memcpy(out, blob, STATE_DIGEST);
	else
		memset(out, 0, STATE_DIGEST);
	return have;
}

/* NULL for NULL; owned by the caller. */
static inline char *db_text_or_null(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text ? xstrdup((const char *)text) : NULL;
}

/* "" for NULL; owned by the caller. */
static inline char *db_text(sqlite3_stmt *stmt, int column)
{
	char *text = db_text_or_null(stmt, column);

	return text ? text : xstrdup("");
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

_Static_assert(FATE_ALIVE == 0 && FATE_DYING_HERE == 1 &&
		   FATE_DYING_THERE == 2 && FATE_REPLACED == 3 &&
		   FATE_LEFT_HERE == 4 && FATE_LEFT_THERE == 5 &&
		   FATE_DELETED_THERE == 6 && FATE_MOVED_THERE == 7 &&
		   FATE_CLAIMED == 8 && FATES == 9,
	       "these numbers are in databases");

/* False: the number is none of first..last, so not one that we wrote, and
 * nothing may be done on its word. */
static inline bool db_choice(int64_t number, int first, int last, int *out)
{
	if (number < first || number > last)
		return false;
	*out = (int)number;
	return true;
}

static inline bool db_fate(int64_t number, enum fate *out)
{
	int fate = FATE_ALIVE;
	bool known = db_choice(number, 0, FATES - 1, &fate);

	*out = (enum fate)fate;
	return known;
}

#endif
