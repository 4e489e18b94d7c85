/* SPDX-License-Identifier: MIT */
/* A copy without a trace. SQLite, told only to read, would still make the
 * files of the WAL where they are missing; so each situation has its own way
 * to open. Takes no lock that a writer could notice. */
#include "daemon/state/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/xalloc.h"
#include "daemon/state/schema.h"
#include "lib/util/ascii.h"
#include "lib/util/buf.h"

#define TRIES 3

#define SETTINGS                                                    \
	"PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;" \
	"PRAGMA temp_store = MEMORY; PRAGMA cache_size = -512;"

/* 1 yes, 0 no, -1 and *err. */
static int exists(const char *path, const char *suffix, struct err *err)
{
	struct stat st;
	char *name = xasprintf("%s%s", path, suffix);
	int rc = 1;

	if (stat(name, &st) < 0) {
		rc = 0;
		if (errno != ENOENT && errno != ENOTDIR)
			rc = err_errno(err, ERR_IO, ERR_SCOPE_ACCOUNT,
				       "cannot read '%s'", name);
	}
	free(name);
	return rc;
}

/* Owned by the caller; NULL: the path is absurdly long. */
static char *make_uri(const char *path, const char *options)
{
	struct buf b;

	buf_init(&b, 16384);
	int rc = buf_adds(&b, "file:");
	for (const char *p = path; *p && rc == 0; p++) {
		bool plain = ascii_alpha(*p) || ascii_digit(*p) || *p == '/';
		rc = buf_addf(&b, plain ? "%c" : "%%%02X",
			      (unsigned)(unsigned char)*p);
	}
	if (rc == 0 && buf_addf(&b, "?%s", options) == 0)
		return b.data;
	buf_release(&b);
	return NULL;
}

/* SQLite's code. The extra SQL comes before all else: most of the settings read
 * the file already. The last statement begins the snapshot. */
static int open_with(struct state *s, const char *options, const char *extra)
{
	char *uri = make_uri(s->path, options);

	if (!uri)
		return SQLITE_CANTOPEN;
	int rc =
	    sqlite3_open_v2(uri, &s->db,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
				SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			    NULL);
	free(uri);
	if (rc != SQLITE_OK)
		return rc;
	(void)sqlite3_busy_timeout(s->db, DB_BUSY_MS);
	/* Closing must not move the WAL's content into the database. */
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
				NULL);
	rc = sqlite3_exec(s->db, extra, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, SETTINGS, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db,
				  "BEGIN; SELECT count(*) FROM sqlite_schema",
				  NULL, NULL, NULL);
	return rc;
}

static void drop_db(struct state *s)
{
	/* No statement exists yet: closing cannot fail. */
	(void)sqlite3_close(s->db);
	s->db = NULL;
}

/* A daemon runs, or one was killed and left its WAL. */
static int open_wal(struct state *s, bool shm)
{
	/* Left without its index by a power cut: SQLite makes one in memory,
	 * but only for a connection that takes the file for its own. */
	if (!shm)
		return open_with(s, "mode=ro&vfs=unix-none",
				 "PRAGMA locking_mode = EXCLUSIVE");
	return open_with(s, "mode=ro&readonly_shm=1", "");
}

static int open_file(struct state *s, struct err *err)
{
	int rc = SQLITE_OK;

	/* The files of the WAL may come and go with a daemon meanwhile. */
	for (int i = 0; i < TRIES; i++) {
		int wal = exists(s->path, "-wal", err);
		int shm = wal < 0 ? -1 : exists(s->path, "-shm", err);
		if (shm < 0)
			return -1;
		if (wal)
			rc = open_wal(s, shm > 0);
		else
			rc = open_with(s, "mode=ro&immutable=1", "");
		if (rc != SQLITE_CANTOPEN && rc != SQLITE_READONLY_CANTINIT &&
		    rc != SQLITE_BUSY_RECOVERY)
			break;
		if (i + 1 < TRIES)
			drop_db(s);
	}
	return rc == SQLITE_OK ? 0 : db_fail(s, err, "read");
}

/* Without a name: in memory, and beyond the size of the cache in a file that is
 * unlinked as soon as it is open. */
static int open_own(sqlite3 **out)
{
	return sqlite3_open_v2("", out,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				   SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			       NULL);
}

static int copy(struct state *s, struct err *err)
{
	sqlite3 *own;

	if (open_own(&own) != SQLITE_OK) {
		(void)sqlite3_close(own);
		return db_fail(s, err, "copy");
	}
	sqlite3_backup *backup =
	    sqlite3_backup_init(own, "main", s->db, "main");
	if (backup) {
		(void)sqlite3_backup_step(backup, -1);
		(void)sqlite3_backup_finish(backup);
	}
	int rc = sqlite3_errcode(own);
	drop_db(s);
	s->db = own;
	return rc == SQLITE_OK ? 0 : db_fail(s, err, "copy");
}

static int set_up(struct state *s, struct err *err)
{
	if (db_exec(s, SETTINGS "PRAGMA foreign_keys = ON", "set up", err) < 0)
		return -1;
	return schema_migrate(s, err);
}

int reader_open(struct state *s, struct err *err)
{
	int there = exists(s->path, "", err);

	if (there < 0)
		return -1;
	if (!there) {
		if (open_own(&s->db) != SQLITE_OK)
			return db_fail(s, err, "read");
		return set_up(s, err);
	}
	if (open_file(s, err) < 0 || schema_check(s, err) < 0 ||
	    copy(s, err) < 0)
		return -1;
	return set_up(s, err);
}
