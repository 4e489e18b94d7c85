/* SPDX-License-Identifier: MIT */
/* The text of each version of the database, a second time, since what was
 * released must not change; and rows for it. */
#ifndef TESTS_DAEMON_STATE_RELEASED_H
#define TESTS_DAEMON_STATE_RELEASED_H

#define OURS "PRAGMA application_id = 1768780644;"

/* As released. Never edit it: a change of the schema is a new version. */
static const char version_1[] =
    OURS "CREATE TABLE account ("
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
	 " folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,"
	 " number INTEGER NOT NULL,"
	 " name TEXT NOT NULL COLLATE NOCASE,"
	 " PRIMARY KEY (folder, number),"
	 " UNIQUE (folder, name)"
	 ") STRICT, WITHOUT ROWID;"
	 "CREATE TABLE message ("
	 " folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,"
	 " uid INTEGER NOT NULL,"
	 " tombstone INTEGER NOT NULL DEFAULT 0,"
	 " flags INTEGER NOT NULL,"
	 " key INTEGER NOT NULL,"
	 " name TEXT NOT NULL,"
	 " size INTEGER NOT NULL,"
	 " inode INTEGER NOT NULL,"
	 " internaldate INTEGER NOT NULL,"
	 " digest BLOB,"
	 " PRIMARY KEY (folder, uid)"
	 ") STRICT, WITHOUT ROWID;"
	 "PRAGMA user_version = 1;";

static const char rows_1[] =
    "INSERT INTO account VALUES (1, '01234567-89ab-4cde-8f01-23456789abcd');"
    "INSERT INTO folder VALUES (7, 'INBOX', 'INBOX', 42, 4, 99, 1);"
    "INSERT INTO keyword VALUES (7, 0, '$Work');"
    "INSERT INTO message VALUES"
    " (7, 3, 0, 65, 11, 'a.b.c', 5, 6, 1000000000, NULL);";

static const char version_2[] =
    "ALTER TABLE account ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN mailboxid TEXT;"
    "ALTER TABLE folder ADD COLUMN set_aside TEXT;"
    "ALTER TABLE message RENAME COLUMN tombstone TO fate;"
    "CREATE TABLE orphan ("
    " id INTEGER PRIMARY KEY,"
    " folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,"
    " uid INTEGER NOT NULL,"
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
    " source INTEGER REFERENCES folder,"
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
    " file TEXT,"
    " name TEXT NOT NULL,"
    " uid INTEGER NOT NULL,"
    " flags INTEGER NOT NULL,"
    " internaldate INTEGER NOT NULL,"
    " size INTEGER NOT NULL,"
    " digest BLOB"
    ") STRICT;"
    "CREATE INDEX removed_at ON removed (at);"
    "PRAGMA user_version = 2;";

/* As a version 2 may leave them. */
static const char rows_2[] =
    "UPDATE account SET generation = 5;"
    "UPDATE folder SET mailboxid = 'M1', set_aside = 'why';"
    "INSERT INTO message VALUES"
    " (7, 4, 2, 1, 12, 'd.e.f', 5, 7, 1000000001, zeroblob(32));"
    "INSERT INTO orphan VALUES"
    " (3, 7, 9, 0, 1, 13, 'g', 5, 8, 1000000002, NULL);"
    "INSERT INTO intent VALUES"
    " (4, 7, 1, 1, 2, 'h', 14, 6, NULL, 0, 1, 42, 4, NULL, 0);"
    "INSERT INTO answer VALUES (7, 1, 1700000000);"
    "INSERT INTO removed VALUES"
    " (6, 1700000000, 1, 'INBOX', 'h:2,S', 'h', 2, 1, 1, 6, NULL);";

/* A second folder, with tombstones in it. */
static const char more_rows_2[] =
    "INSERT INTO folder (id, name, path, messages) VALUES (8, 'B', 'B', 2);"
    "INSERT INTO message VALUES"
    " (8, 1, 0, 0, 21, 'a', 5, 6, 1, NULL),"
    " (8, 2, 0, 0, 22, 'b', 5, 6, 1, NULL),"
    " (8, 3, 1, 0, 23, 'c', 5, 6, 1, NULL),"
    " (8, 4, 2, 0, 24, 'd', 5, 6, 1, NULL),"
    " (8, 5, 2, 0, 25, 'e', 5, 6, 1, NULL);";

static const char version_3[] =
    "ALTER TABLE message ADD COLUMN mtime INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE message ADD COLUMN emailid TEXT;"
    "ALTER TABLE orphan ADD COLUMN mtime INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN hold TEXT;"
    "ALTER TABLE folder ADD COLUMN held_here INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN held_there INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN there INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN tombs INTEGER NOT NULL DEFAULT 0;"

    "UPDATE folder SET"
    " there = messages + (SELECT count(*) FROM message"
    "  WHERE message.folder = folder.id AND fate = 2),"
    " tombs = (SELECT count(*) FROM message"
    "  WHERE message.folder = folder.id AND fate <> 0);"
    "CREATE INDEX intent_file ON intent (folder, key);"
    "ALTER TABLE answer ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE removed ADD COLUMN mailbox TEXT;"
    "ALTER TABLE removed ADD COLUMN mailbox_uidvalidity INTEGER NOT NULL"
    " DEFAULT 0;"
    "ALTER TABLE removed ADD COLUMN mailbox_uid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE removed ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX removed_wanted ON removed (at) WHERE wanted <> 0;"
    "CREATE TABLE aside ("
    " folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,"
    " side INTEGER NOT NULL,"
    " id INTEGER NOT NULL,"
    " text TEXT NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " retry INTEGER NOT NULL,"
    " PRIMARY KEY (folder, side, id)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 3;";

/* As a version 3 may leave them. */
static const char rows_3[] =
    "UPDATE folder SET inode = 81, hold = 'old backup', held_here = 82,"
    " held_there = 83, there = 84, tombs = 85;"
    "UPDATE message SET mtime = 86, emailid = 'M87' WHERE uid = 4;"
    "UPDATE orphan SET mtime = 88;"
    "UPDATE answer SET bound = 89;"
    "UPDATE removed SET mailbox = 'Trash', mailbox_uidvalidity = 90,"
    " mailbox_uid = 91, wanted = 1;"
    "INSERT INTO aside VALUES (7, 2, 14, 'Too big', 3, 1700000099);";

static const char version_4[] = "DROP TABLE orphan;"
				"ALTER TABLE folder DROP COLUMN set_aside;"
				"PRAGMA user_version = 4;";

/* As a version 4 may leave them. */
static const char rows_4[] = "UPDATE intent SET digest = zeroblob(32);"
			     "UPDATE removed SET digest = zeroblob(32);";

static const char version_5[] =
    "UPDATE message SET digest = NULL WHERE digest IS NOT NULL;"
    "UPDATE intent SET digest = NULL;"
    "UPDATE removed SET digest = NULL;"
    "ALTER TABLE account ADD COLUMN unlike INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 5;";

static const char version_6[] =
    "ALTER TABLE account ADD COLUMN busy_until INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN busy_last INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 6;";

static const char version_7[] = "ALTER TABLE account ADD COLUMN owner TEXT;"
				"ALTER TABLE account ADD COLUMN held TEXT;"
				"ALTER TABLE account ADD COLUMN approved TEXT;"
				"PRAGMA user_version = 7;";

static const char version_8[] =
    "ALTER TABLE folder ADD COLUMN listed INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE folder ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN slid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN max_size INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 8;";

static const char version_9[] =
    "ALTER TABLE folder ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN misfit INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE folder ADD COLUMN merge INTEGER NOT NULL DEFAULT 0;"
    "UPDATE folder SET decided = 1 WHERE uidvalidity <> 0;"
    "PRAGMA user_version = 9;";

static const char version_10[] =
    "ALTER TABLE aside ADD COLUMN print INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 10;";

static const char version_11[] =
    "CREATE TABLE flight ("
    " kind INTEGER NOT NULL,"
    " folder TEXT NOT NULL,"
    " id INTEGER NOT NULL,"
    " PRIMARY KEY (kind, folder, id)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE avoided ("
    " folder TEXT PRIMARY KEY NOT NULL,"
    " text TEXT NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " retry INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "ALTER TABLE aside ADD COLUMN sync INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 11;";

static const char version_12[] = "ALTER TABLE folder ADD COLUMN held TEXT;"
				 "PRAGMA user_version = 12;";

#endif
