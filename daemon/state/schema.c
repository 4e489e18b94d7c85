/* SPDX-License-Identifier: MIT */
/* Makes and migrates the tables: PRAGMA user_version says which version a
 * database is of, each step is one transaction. Never changes a newer one. */
#include "daemon/state/schema.h"

#include <stdio.h>

#include "daemon/base/rand.h"

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

/* "imsd": tells our databases from others (file(1) shows it too). */
#define APPLICATION_ID 1768780644

/* folder.messages counts the rows without a tombstone: counting them anew at
 * every start would read the whole database, and triggers that count would
 * double the time of the first mirror.
 *
 * The columns that every sync reads come first: SQLite decodes a record only
 * up to the last column asked for. There is no index but the primary keys:
 * rows are looked for by UID, all else is done on a loaded view. */
static const char version_1[] = "PRAGMA application_id = " STRING(
    APPLICATION_ID) ";"
		    "CREATE TABLE account ("
		    " one INTEGER PRIMARY KEY CHECK (one = 1),"
		    " id TEXT NOT NULL"
		    ") STRICT;"
		    "CREATE TABLE folder ("
		    " id INTEGER PRIMARY KEY,"
		    " name TEXT NOT NULL UNIQUE,"
		    " path TEXT NOT NULL UNIQUE,"
		    " uidvalidity INTEGER NOT NULL DEFAULT 0,"
		    " uidnext INTEGER NOT NULL DEFAULT 0,"
		    " modseq INTEGER NOT NULL DEFAULT 0,"
		    " messages INTEGER NOT NULL DEFAULT 0"
		    ") STRICT;"
		    "CREATE TABLE keyword ("
		    " folder INTEGER NOT NULL REFERENCES folder ON DELETE "
		    "CASCADE,"
		    " number INTEGER NOT NULL,"
		    " name TEXT NOT NULL COLLATE NOCASE,"
		    " PRIMARY KEY (folder, number),"
		    " UNIQUE (folder, name)"
		    ") STRICT, WITHOUT ROWID;"
		    "CREATE TABLE message ("
		    " folder INTEGER NOT NULL REFERENCES folder ON DELETE "
		    "CASCADE,"
		    " uid INTEGER NOT NULL,"
		    " tombstone INTEGER NOT NULL DEFAULT 0,"
		    " flags INTEGER NOT NULL,"
		    " key INTEGER NOT NULL,"
		    " name TEXT NOT NULL," /* the unique part of the file's name
					    */
		    " size INTEGER NOT NULL,"
		    " inode INTEGER NOT NULL,"
		    " internaldate INTEGER NOT NULL,"
		    " digest BLOB," /* NULL: not known yet */
		    " PRIMARY KEY (folder, uid)"
		    ") STRICT, WITHOUT ROWID;";

static int make_id(struct state *s, struct err *err)
{
	char id[RAND_UUID];
	char sql[128];

	rand_uuid(id);
	(void)snprintf(sql, sizeof(sql), "INSERT INTO account VALUES (1, '%s')",
		       id);
	return db_exec(s, sql, "initialise", err);
}

static const struct schema_step steps[] = {
    {version_1, make_id},
};

#define NEWEST ((int)(sizeof(steps) / sizeof(steps[0])))

static int read_version(struct state *s, int newest, int64_t *out,
			struct err *err)
{
	int64_t version, application, tables;

	if (db_query_int(s, "PRAGMA user_version", &version, err) < 0 ||
	    db_query_int(s, "PRAGMA application_id", &application, err) < 0 ||
	    db_query_int(s, "SELECT count(*) FROM sqlite_schema", &tables,
			 err) < 0)
		return -1;
	bool empty = version == 0 && application == 0 && tables == 0;
	if (!empty && application != APPLICATION_ID) {
		(void)err_set(err, ERR_IO, ERR_SCOPE_ACCOUNT,
			      "'%s' is not a database of imapsyncd", s->path);
		return err_hint(err, "move it aside, or set another state_dir "
				     "in [general]");
	}
	if (version > newest) {
		(void)err_set(err, ERR_IO, ERR_SCOPE_ACCOUNT,
			      "'%s' is of version %lld, this imapsyncd knows "
			      "only up to %d",
			      s->path, (long long)version, newest);
		return err_hint(err, "run the newer imapsyncd that wrote it, "
				     "or move it aside: it will be made anew "
				     "from server and Maildir");
	}
	if (version < 0 || (version == 0 && !empty))
		return db_damaged(s, err, "its version is missing");
	*out = version;
	return 0;
}

int schema_check(struct state *s, struct err *err)
{
	int64_t version = 0;

	if (read_version(s, NEWEST, &version, err) < 0)
		return -1;
	return version == NEWEST;
}

static int take_step(struct state *s, const struct schema_step *step, int to,
		     struct err *err)
{
	char version[64];

	(void)snprintf(version, sizeof(version), "PRAGMA user_version = %d",
		       to);
	if (db_exec(s, step->sql, "migrate", err) < 0)
		return -1;
	if (step->fill && step->fill(s, err) < 0)
		return -1;
	return db_exec(s, version, "migrate", err);
}

int schema_migrate_by(struct state *s, const struct schema_step *step, int n,
		      struct err *err)
{
	int64_t version = 0;

	if (read_version(s, n, &version, err) < 0)
		return -1;
	for (int at = (int)version; at < n; at++) {
		if (db_exec(s, "BEGIN IMMEDIATE", "migrate", err) < 0)
			return -1;
		if (take_step(s, &step[at], at + 1, err) < 0 ||
		    db_exec(s, "COMMIT", "migrate", err) < 0) {
			/* Some failures have rolled back already. */
			(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
			return -1;
		}
	}
	return 0;
}

int schema_migrate(struct state *s, struct err *err)
{
	return schema_migrate_by(s, steps, NEWEST, err);
}
