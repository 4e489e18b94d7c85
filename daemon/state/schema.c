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

/* What makes both directions possible. There is no index on a message's size:
 * it would double or triple the time of the first mirror's rows and of every
 * change of flags, while a look through 100,000 rows takes 10 to 40 ms and
 * serves all files that need it.
 *
 * An intent keeps its folders from being dropped. answer.folder 0 stands for
 * the account, removed.folder for a folder that may be gone by then: neither
 * refers to the table. */
static const char version_2[] =
    "ALTER TABLE account ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN mailboxid TEXT;" /* NULL: not known */
    "ALTER TABLE folder ADD COLUMN set_aside TEXT;" /* the reason */
    "ALTER TABLE message RENAME COLUMN tombstone TO fate;"
    "CREATE TABLE orphan ("
    " id INTEGER PRIMARY KEY,"
    " folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,"
    " uid INTEGER NOT NULL," /* under the old UIDVALIDITY */
    " fate INTEGER NOT NULL,"
    " flags INTEGER NOT NULL,"
    " key INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " size INTEGER NOT NULL,"
    " inode INTEGER NOT NULL,"
    " internaldate INTEGER NOT NULL,"
    " digest BLOB"
    ") STRICT;"
    "CREATE INDEX orphan_folder ON orphan (folder);"
    "CREATE TABLE intent ("
    " id INTEGER PRIMARY KEY,"
    " folder INTEGER NOT NULL REFERENCES folder,"
    " kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " key INTEGER NOT NULL,"
    " size INTEGER NOT NULL,"
    " digest BLOB,"
    " flags INTEGER NOT NULL,"
    " internaldate INTEGER NOT NULL,"
    " uidvalidity INTEGER NOT NULL,"
    " uidnext INTEGER NOT NULL,"
    " source INTEGER REFERENCES folder," /* NULL: not a move */
    " source_uid INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE answer ("
    " folder INTEGER NOT NULL,"
    " kind INTEGER NOT NULL,"
    " created INTEGER NOT NULL,"
    " PRIMARY KEY (folder, kind)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE removed ("
    " id INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " side INTEGER NOT NULL,"
    " folder TEXT NOT NULL,"
    " file TEXT," /* NULL: none was kept */
    " name TEXT NOT NULL,"
    " uid INTEGER NOT NULL,"
    " flags INTEGER NOT NULL,"
    " internaldate INTEGER NOT NULL,"
    " size INTEGER NOT NULL,"
    " digest BLOB"
    ") STRICT;"
    "CREATE INDEX removed_at ON removed (at);";

/* What both directions need to be told apart, held and undone.
 *
 * mtime is read with every row, and yet it may come last: to step over the
 * columns before it costs nothing that could be measured, so the table is not
 * made anew. Nor is there an index on fate, even a partial one that an arriving
 * message does not touch: to find that out would take 8 % of the time of the
 * first mirror's rows, and folder.tombs, a counter like messages, tells where
 * to look. */
static const char version_3[] =
    "ALTER TABLE message ADD COLUMN mtime INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE message ADD COLUMN emailid TEXT;" /* NULL: not known */
    "ALTER TABLE orphan ADD COLUMN mtime INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN hold TEXT;" /* the reason */
    "ALTER TABLE folder ADD COLUMN held_here INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN held_there INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN there INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN tombs INTEGER NOT NULL DEFAULT 0;"
    /* No other fates have been written up to here. */
    "UPDATE folder SET"
    " there = messages + (SELECT count(*) FROM message"
    "  WHERE message.folder = folder.id AND fate = 2),"
    " tombs = (SELECT count(*) FROM message"
    "  WHERE message.folder = folder.id AND fate <> 0);"
    "CREATE INDEX intent_file ON intent (folder, key);"
    "ALTER TABLE answer ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE removed ADD COLUMN mailbox TEXT;" /* NULL: none */
    "ALTER TABLE removed ADD COLUMN mailbox_uidvalidity INTEGER NOT NULL"
    " DEFAULT 0;"
    "ALTER TABLE removed ADD COLUMN mailbox_uid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE removed ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX removed_wanted ON removed (at) WHERE wanted <> 0;"
    "CREATE TABLE aside ("
    " folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,"
    " side INTEGER NOT NULL,"
    " id INTEGER NOT NULL," /* a file's key, or a UID */
    " text TEXT NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " retry INTEGER NOT NULL,"
    " PRIMARY KEY (folder, side, id)"
    ") STRICT, WITHOUT ROWID;";

/* Nobody has read them: what lost its row is paired by content, from the file.
 */
static const char version_4[] = "DROP TABLE orphan;"
				"ALTER TABLE folder DROP COLUMN set_aside;";

/* The digests of before are of files' bytes, those from here on of what is the
 * same message (see core/canon.h): they are forgotten, and learnt again
 * whenever a file is read. Until then such a row is told by its file's
 * fingerprint, as ever, but no longer by its content: a file that was copied
 * and got another name is a new one, an edit that keeps the size is not seen
 * where the file was replaced, and what was promised to the server is taken to
 * be as it was.
 *
 * account.unlike counts messages that were the same on both sides and whose
 * sizes differed: a server that often lies is not asked for them. */
static const char version_5[] =
    "UPDATE message SET digest = NULL WHERE digest IS NOT NULL;"
    "UPDATE intent SET digest = NULL;"
    "UPDATE removed SET digest = NULL;"
    "ALTER TABLE account ADD COLUMN unlike INTEGER NOT NULL DEFAULT 0;";

/* A server that is busy is left alone, also by the next run. In milliseconds.
 */
static const char version_6[] =
    "ALTER TABLE account ADD COLUMN busy_until INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN busy_last INTEGER NOT NULL DEFAULT 0;";

/* Whose mailbox it is (core/hold.h), and what is held where that is in doubt;
 * approved: of what was held. NULL: not known, nothing. */
static const char version_7[] = "ALTER TABLE account ADD COLUMN owner TEXT;"
				"ALTER TABLE account ADD COLUMN held TEXT;"
				"ALTER TABLE account ADD COLUMN approved TEXT;";

/* What the last listing was like; see struct horizon. Of folders listed before
 * that is not known. */
static const char version_8[] =
    "ALTER TABLE folder ADD COLUMN listed INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE folder ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN slid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN max_size INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;";

/* The first pairing of a folder: decided; the UIDVALIDITY under which it does
 * not fit; the one for which it is to be merged. What was synced is decided. */
static const char version_9[] =
    "ALTER TABLE folder ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN misfit INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN merge INTEGER NOT NULL DEFAULT 0;"
    "UPDATE folder SET decided = 1 WHERE uidvalidity <> 0;";

/* What the file was that was refused: another content is tried at once. */
static const char version_10[] =
    "ALTER TABLE aside ADD COLUMN print INTEGER NOT NULL DEFAULT 0;";

/* What was on its way when a connection broke, and folders that are set aside,
 * by their names for people: one may be yet to be made. In which sync a message
 * was set aside: a number by chance. */
static const char version_11[] =
    "CREATE TABLE flight ("
    " kind INTEGER NOT NULL,"
    " folder TEXT NOT NULL,"
    " id INTEGER NOT NULL," /* a UID, or a file's key */
    " PRIMARY KEY (kind, folder, id)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE avoided ("
    " folder TEXT PRIMARY KEY NOT NULL,"
    " text TEXT NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " retry INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "ALTER TABLE aside ADD COLUMN sync INTEGER NOT NULL DEFAULT 0;";

/* An answer is about what is held when it is given: the UIDs of that. */
static const char version_12[] = "ALTER TABLE folder ADD COLUMN held TEXT;";

static int make_id(struct state *s, struct err *err)
{
	char id[RAND_UUID];
	char sql[128];

	rand_uuid(id);
	(void)snprintf(sql, sizeof(sql), "INSERT INTO account VALUES (1, '%s')",
		       id);
	return db_exec(s, sql, "initialise", err);
}

const struct schema_step schema_steps[SCHEMA_NEWEST] = {
    {version_1, make_id}, {version_2, NULL},  {version_3, NULL},
    {version_4, NULL},    {version_5, NULL},  {version_6, NULL},
    {version_7, NULL},    {version_8, NULL},  {version_9, NULL},
    {version_10, NULL},   {version_11, NULL}, {version_12, NULL},
};

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

	if (read_version(s, SCHEMA_NEWEST, &version, err) < 0)
		return -1;
	return version == SCHEMA_NEWEST;
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
	return schema_migrate_by(s, schema_steps, SCHEMA_NEWEST, err);
}
