/* SPDX-License-Identifier: MIT */
/* Opens an account's database for writing, prepares the statements, runs the
 * transactions, words the errors. Knows no table: those who use one do. */
#include "daemon/state/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/base/fs.h"
#include "daemon/base/xalloc.h"
#include "daemon/state/lock.h"
#include "daemon/state/reader.h"
#include "daemon/state/schema.h"

static void hint_damaged(const struct state *s, struct err *err)
{
	bool reader = s->mode == STATE_READ;

	(void)err_hint(err,
		       "%smail is not lost: move '%s*' aside and sync again; "
		       "what is on disk is recognised and not downloaded again",
		       reader ? "try again first, an imapsyncd may just have "
				"been started; "
			      : "",
		       s->path);
}

static enum err_code code_of(int sqlite)
{
	switch (sqlite & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
		return ERR_TEMP;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return ERR_INTERNAL;
	default:
		return ERR_IO;
	}
}

static const char *hint_for(int sqlite, int number)
{
	if (number == ENOSPC || number == EDQUOT)
		sqlite = SQLITE_FULL;
	switch (sqlite & 0xff) {
	case SQLITE_FULL:
		return "make room; nothing is lost, the next sync goes on "
		       "from here";
	case SQLITE_BUSY:
		return "another program has the file open: end it, the next "
		       "sync tries again";
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return "check owner and mode of the file and its directory";
	default:
		return "";
	}
}

int db_fail(struct state *s, struct err *err, const char *what)
{
	int rc = sqlite3_extended_errcode(s->db);
	int basic = rc & 0xff;
	int number = 0;

	/* With any other failure it is that of an older one. */
	if (basic == SQLITE_IOERR || basic == SQLITE_CANTOPEN)
		number = sqlite3_system_errno(s->db);
	(void)err_set(err, code_of(rc), ERR_SCOPE_ACCOUNT,
		      "cannot %s '%s': %s%s%s", what, s->path,
		      sqlite3_errmsg(s->db), number ? ": " : "",
		      number ? strerror(number) : "");
	(void)err_hint(err, "%s", hint_for(rc, number));
	if (basic == SQLITE_CORRUPT || basic == SQLITE_NOTADB)
		hint_damaged(s, err);
	return -1;
}

int db_damaged(struct state *s, struct err *err, const char *why)
{
	(void)err_set(err, ERR_IO, ERR_SCOPE_ACCOUNT, "'%s' is damaged: %s",
		      s->path, why);
	hint_damaged(s, err);
	return -1;
}

int db_none(struct state *s, const char *what, int64_t number, struct err *err)
{
	return err_set(err, ERR_INTERNAL, ERR_SCOPE_ACCOUNT,
		       "'%s' has no %s %lld", s->path, what, (long long)number);
}

int db_exec(struct state *s, const char *text, const char *what,
	    struct err *err)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(s, err, what);
	return 0;
}

int db_query_int(struct state *s, const char *text, int64_t *out,
		 struct err *err)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(s->db, text, -1, &stmt, NULL) != SQLITE_OK)
		return db_fail(s, err, "read");
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	if (row)
		*out = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt); /* repeats the failure of the step */
	return row ? 0 : db_fail(s, err, "read");
}

int db_run(struct state *s, sqlite3_stmt *stmt, const char *what,
	   struct err *err)
{
	/* The reset repeats the failure of the step, if there was one. */
	(void)sqlite3_step(stmt);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, what);
	return 0;
}

int db_rows_load(struct state *s, sqlite3_stmt *stmt, struct db_rows *rows,
		 const char *what, struct err *err)
{
	size_t cap = 0;
	bool sound = true;

	rows->row = NULL;
	rows->n = 0;
	while (sound && sqlite3_step(stmt) == SQLITE_ROW) {
		if (rows->n == cap) {
			cap = cap ? cap * 2 : 16;
			rows->row = xreallocarray(rows->row, cap, rows->size);
		}
		sound = rows->read(stmt,
				   (char *)rows->row + rows->n++ * rows->size);
	}
	if (sqlite3_reset(stmt) != SQLITE_OK)
		return db_fail(s, err, what);
	return sound ? 0 : db_damaged(s, err, "a number in it means nothing");
}

/* The WAL's index is shared memory of one machine, and locks over a network
 * fail silently: two hosts would ruin the database. */
static int refuse_network(const char *dir, struct err *err)
{
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				 "cannot read '%s'", dir);
	switch ((uint32_t)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
	case CODA_SUPER_MAGIC:
		(void)err_set(err, ERR_CONFIG, ERR_SCOPE_ACCOUNT,
			      "state_dir '%s' is on a network file system",
			      dir);
		return err_hint(err, "set state_dir in [general] to a "
				     "directory on a local disk");
	default:
		return 0;
	}
}

/* SQLite would make it readable by others; its WAL gets the same mode. Only
 * ever closes a file that it made: closing one that SQLite has open would drop
 * SQLite's locks. */
static int make_file(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		if (errno == EEXIST)
			return 0;
		return err_errno(err, errno == ENOSPC ? ERR_IO : ERR_CREATE,
				 ERR_SCOPE_ACCOUNT, "cannot create '%s'", path);
	}
	(void)close(fd); /* nothing was written */
	return 0;
}

/* The cache is small since rows are read through once; twenty idle accounts
 * would otherwise keep 40 MB. */
static int set_up(struct state *s, struct err *err)
{
	static const char settings[] =
	    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
	    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -512;"
	    "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
	    "PRAGMA journal_mode = WAL";

	(void)sqlite3_busy_timeout(s->db, DB_BUSY_MS);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return db_exec(s, settings, "open", err);
}

/* SQLite removes the WAL when it closes: one that is left tells of a kill or a
 * power cut, and that is when files get damaged. Checking at every start would
 * read the whole database each time. */
static bool was_cut_off(const char *path)
{
	char *wal = xasprintf("%s-wal", path);
	struct stat st;
	bool left = stat(wal, &st) == 0 && st.st_size > 0;

	free(wal);
	return left;
}

static int quick_check(struct state *s, struct err *err)
{
	sqlite3_stmt *stmt;
	char why[200] = "";

	if (sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &stmt,
			       NULL) != SQLITE_OK)
		return db_fail(s, err, "check");
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	const unsigned char *text = row ? sqlite3_column_text(stmt, 0) : NULL;
	if (text)
		(void)snprintf(why, sizeof(why), "%s", (const char *)text);
	(void)sqlite3_finalize(stmt); /* repeats the failure of the step */
	if (!text)
		return db_fail(s, err, "check");
	return strcmp(why, "ok") == 0 ? 0 : db_damaged(s, err, why);
}

static int open_writer(struct state *s, const char *dir, const char *account,
		       struct err *err)
{
	if (fs_make_dirs(AT_FDCWD, dir, true) < 0)
		return err_errno(err, ERR_CREATE, ERR_SCOPE_ACCOUNT,
				 "cannot create '%s'", dir);
	if (refuse_network(dir, err) < 0)
		return -1;
	s->lock = lock_take(dir, account, err);
	if (s->lock < 0)
		return -1;
	bool check = was_cut_off(s->path);
	if (make_file(s->path, err) < 0)
		return -1;
	if (sqlite3_open_v2(s->path, &s->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				SQLITE_OPEN_EXRESCODE,
			    NULL) != SQLITE_OK)
		return db_fail(s, err, "open");
	if (set_up(s, err) < 0 || (check && quick_check(s, err) < 0))
		return -1;
	return schema_migrate(s, err);
}

static int open_shared(struct state *s, struct err *err)
{
	int rc = sqlite3_open_v2(s->path, &s->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				     SQLITE_OPEN_EXRESCODE,
				 NULL);
	if (rc == SQLITE_CANTOPEN) {
		(void)err_set(err, ERR_HELD, ERR_SCOPE_ACCOUNT,
			      "it was never synced");
		return err_hint(err, "imapsyncd --once");
	}
	if (rc != SQLITE_OK)
		return db_fail(s, err, "open");
	if (set_up(s, err) < 0)
		return -1;
	int newest = schema_check(s, err);
	if (newest != 0)
		return newest < 0 ? -1 : 0;
	(void)err_set(err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
		      "'%s' is of an older version", s->path);
	return err_hint(err, "sync once with this version: imapsyncd --once");
}

/* Also proves that every table and column is there. */
static int prepare(struct state *s, struct err *err)
{
	if (db_add_take_row(s, err) < 0)
		return -1;
	for (int i = 0; i < DB_STMTS; i++) {
		if (sqlite3_prepare_v3(s->db, db_sql[i], -1,
				       SQLITE_PREPARE_PERSISTENT, &s->stmt[i],
				       NULL) == SQLITE_OK)
			continue;
		/* A missing column is damage, and SQLite calls it an error. */
		if (sqlite3_errcode(s->db) == SQLITE_ERROR)
			return db_damaged(s, err, sqlite3_errmsg(s->db));
		return db_fail(s, err, "open");
	}
	return 0;
}

static int read_id(struct state *s, struct err *err)
{
	sqlite3_stmt *stmt;
	int rc = -1;

	if (sqlite3_prepare_v2(s->db, "SELECT id FROM account", -1, &stmt,
			       NULL) != SQLITE_OK)
		return db_fail(s, err, "open");
	int step = sqlite3_step(stmt);
	if (step == SQLITE_ROW &&
	    sqlite3_column_bytes(stmt, 0) == STATE_ID - 1) {
		memcpy(s->id, sqlite3_column_text(stmt, 0), STATE_ID);
		rc = 0;
	} else if (step == SQLITE_ROW || step == SQLITE_DONE) {
		rc = db_damaged(s, err, "its id is missing");
	} else {
		rc = db_fail(s, err, "open");
	}
	(void)sqlite3_finalize(stmt); /* repeats the failure of the step */
	return rc;
}

int state_open(const char *dir, const char *account, enum state_mode mode,
	       struct state **out, struct err *err)
{
	if (account[0] == '\0' || account[0] == '.' || strchr(account, '/'))
		return err_set(err, ERR_CONFIG, ERR_SCOPE_ACCOUNT,
			       "'%s' cannot be the name of an account",
			       account);
	struct state *s = xcalloc(1, sizeof(*s));
	s->path = xasprintf("%s/%s.db", dir, account);
	s->lock = -1;
	s->mode = mode;
	int rc = mode == STATE_READ    ? reader_open(s, err)
		 : mode == STATE_SHARE ? open_shared(s, err)
				       : open_writer(s, dir, account, err);
	if (rc < 0 || prepare(s, err) < 0 || read_id(s, err) < 0) {
		state_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	for (int i = 0; i < DB_STMTS; i++)
		(void)sqlite3_finalize(s->stmt[i]); /* old news */
	/* Without statements it cannot fail; what was not committed is gone.
	 * Only then may somebody else have it. */
	(void)sqlite3_close(s->db);
	if (s->lock >= 0)
		(void)close(s->lock);
	free(s->path);
	free(s);
}

const char *state_id(const struct state *s)
{
	return s->id;
}

int state_begin(struct state *s, struct err *err)
{
	assert(sqlite3_get_autocommit(s->db));
	return db_run(s, s->stmt[DB_BEGIN], "begin a transaction in", err);
}

int state_commit(struct state *s, struct err *err)
{
	if (db_count_flush(s, err) == 0 &&
	    db_run(s, s->stmt[DB_COMMIT], "commit to", err) == 0)
		return 0;
	state_rollback(s);
	return -1;
}

void state_rollback(struct state *s)
{
	struct err ignored;

	db_count_forget(s);
	/* After some failures SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(s->db))
		(void)db_run(s, s->stmt[DB_ROLLBACK], "roll back", &ignored);
}
