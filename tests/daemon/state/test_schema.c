/* SPDX-License-Identifier: MIT */
/* Versions of the database: made, brought up, refused. The text of version 1
 * stands here a second time, since what was released must not change. */
#include "daemon/state/schema.h"

#include "tests/daemon/state/fixture.h"

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
    "UPDATE folder SET mailboxid = 'M1', set_aside = 'why', messages = 2;"
    "INSERT INTO message VALUES"
    " (7, 4, 2, 1, 12, 'd.e.f', 5, 7, 1000000001, zeroblob(32));"
    "INSERT INTO orphan VALUES"
    " (3, 7, 9, 0, 1, 13, 'g', 5, 8, 1000000002, NULL);"
    "INSERT INTO intent VALUES"
    " (4, 7, 1, 1, 2, 'h', 14, 6, NULL, 0, 1, 42, 4, NULL, 0);"
    "INSERT INTO answer VALUES (7, 1, 1700000000);"
    "INSERT INTO removed VALUES"
    " (6, 1700000000, 1, 'INBOX', 'h:2,S', 'h', 2, 1, 1, 6, NULL);";

/* Makes the file with SQL alone. */
static void craft(struct fixture *f, const char *sql)
{
	char *path = path_of(f, ".db");
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(path);
}

/* All that stands in the schema, in the words in which SQLite keeps it. */
static char *schema_text(sqlite3 *db)
{
	char *out = xstrdup("");
	sqlite3_stmt *stmt;

	assert_int_equal(
	    sqlite3_prepare_v2(db,
			       "SELECT sql FROM sqlite_schema WHERE sql NOT "
			       "NULL ORDER BY name",
			       -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		char *more = xasprintf(
		    "%s%s\n", out, (const char *)sqlite3_column_text(stmt, 0));
		free(out);
		out = more;
	}
	(void)sqlite3_finalize(stmt);
	return out;
}

/* A connection in memory behind the handle, as state_open() makes one. */
static struct state *memory(void)
{
	struct state *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup("memory");
	s->lock = -1;
	assert_int_equal(sqlite3_open(":memory:", &s->db), SQLITE_OK);
	return s;
}

static int64_t number(struct state *s, const char *sql)
{
	struct err err;
	int64_t n;

	if (db_query_int(s, sql, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

static void assert_rows_1(struct fixture *f)
{
	struct state_folder folder;
	struct state_keywords k;
	struct base_view v;

	assert_string_equal(state_id(f->s),
			    "01234567-89ab-4cde-8f01-23456789abcd");
	must(f, state_folder_get(f->s, "INBOX", &folder, &f->err));
	assert_int_equal(folder.id, 7);
	assert_int_equal(folder.uidvalidity, 42);
	assert_int_equal(folder.uidnext, 4);
	assert_int_equal(folder.modseq, 99);
	assert_int_equal(folder.messages, 1);
	state_folder_release(&folder);
	must(f, state_keywords_load(f->s, 7, &k, &f->err));
	assert_int_equal(state_keywords_find(&k, "$work"), 0);
	state_keywords_release(&k);
	must(f, state_load(f->s, 7, &v, &f->err));
	assert_int_equal(v.n, 1);
	assert_int_equal(v.row[0].uid, 3);
	assert_int_equal(v.row[0].flags, 65);
	assert_int_equal(v.row[0].key, 11);
	base_view_release(&v);
}

static int64_t version_on_disk(struct fixture *f)
{
	char *path = path_of(f, ".db");
	struct state s = {.path = path};

	assert_int_equal(sqlite3_open(path, &s.db), SQLITE_OK);
	int64_t version = number(&s, "PRAGMA user_version");
	assert_int_equal(sqlite3_close(s.db), SQLITE_OK);
	free(path);
	return version;
}

static void test_schema__reads_version_1(void **state)
{
	struct fixture *f = *state;

	craft(f, version_1);
	craft(f, rows_1);
	must(f, open_state(f, STATE_READ));
	assert_rows_1(f);
	close_state(f);
	assert_int_equal(version_on_disk(f), 1);
	must(f, open_state(f, STATE_WRITE));
	assert_rows_1(f);
}

static void test_schema__brings_version_1_up(void **state)
{
	struct fixture *f = *state;
	uint64_t generation = 99;
	char *text = NULL;

	craft(f, version_1);
	craft(f, rows_1);
	craft(f, "INSERT INTO message VALUES"
		 " (7, 4, 1, 0, 12, 'd.e.f', 5, 6, 1000000001, NULL)");
	must(f, open_state(f, STATE_WRITE));
	struct state_record r;
	assert_int_equal(state_message_get(f->s, 7, 3, &r, &f->err), 0);
	assert_int_equal(r.fate, FATE_ALIVE);
	assert_string_equal(r.unique, "a.b.c");
	state_record_release(&r);
	assert_int_equal(state_message_get(f->s, 7, 4, &r, &f->err), 0);
	assert_int_equal(r.fate, FATE_DYING_HERE);
	state_record_release(&r);
	must(f, state_generation(f->s, &generation, &f->err));
	assert_int_equal(generation, 0);
	must(f, state_folder_mailboxid(f->s, 7, &text, &f->err));
	assert_null(text);
	must(f, state_folder_aside(f->s, 7, &text, &f->err));
	assert_null(text);
	close_state(f);
	assert_int_equal(version_on_disk(f), SCHEMA_NEWEST);
	/* Nothing more to do, nor to write. */
	char *before = dir_print(f->dir);
	must(f, open_state(f, STATE_READ));
	close_state(f);
	char *after = dir_print(f->dir);
	assert_string_equal(after, before);
	free(before);
	free(after);
}

static void test_schema__a_version_1_that_cannot_be_brought_up_stays(
    void **state)
{
	struct fixture *f = *state;

	craft(f, version_1);
	craft(f, rows_1);
	/* The last thing that the step makes is there already. */
	craft(f, "CREATE TABLE in_the_way (at);"
		 "CREATE INDEX removed_at ON in_the_way (at)");
	assert_int_equal(open_state(f, STATE_WRITE), -1);
	assert_int_equal(f->err.code, ERR_IO);
	assert_int_equal(version_on_disk(f), 1);
	craft(f, "DROP TABLE in_the_way");
	craft(f, "UPDATE message SET tombstone = 0");
	must(f, open_state(f, STATE_WRITE));
	assert_rows_1(f);
}

static void test_schema__reads_version_2(void **state)
{
	struct fixture *f = *state;
	static const enum state_mode modes[] = {STATE_READ, STATE_WRITE};

	craft(f, version_1);
	craft(f, rows_1);
	craft(f, version_2);
	craft(f, rows_2);
	for (size_t i = 0; i < 2; i++) {
		uint64_t generation = 0;
		int64_t created = 0;
		char *text;
		must(f, open_state(f, modes[i]));
		must(f, state_generation(f->s, &generation, &f->err));
		assert_int_equal(generation, 5);
		must(f, state_folder_mailboxid(f->s, 7, &text, &f->err));
		assert_string_equal(text, "M1");
		free(text);
		must(f, state_folder_aside(f->s, 7, &text, &f->err));
		assert_string_equal(text, "why");
		free(text);
		struct state_record r;
		must(f, state_message_get(f->s, 7, 4, &r, &f->err));
		assert_int_equal(r.fate, FATE_DYING_THERE);
		assert_true(r.have_digest);
		state_record_release(&r);
		assert_int_equal(
		    state_answer_get(f->s, 7, STATE_APPROVE, &created, &f->err),
		    0);
		assert_int_equal(created, 1700000000);
		close_state(f);
	}
}

/* A database as the steps make it, up to a version. */
static char *made(int version)
{
	struct state *s = memory();
	struct err err;

	if (schema_migrate_by(s, schema_steps, version, &err) < 0)
		fail_msg("%s", err.text);
	char *text = schema_text(s->db);
	state_close(s);
	return text;
}

static void test_schema__released_versions_have_not_changed(void **state)
{
	static const char *const released[] = {version_1, version_2};
	struct state *s = memory();

	(void)state;
	assert_int_equal(sizeof(released) / sizeof(released[0]), SCHEMA_NEWEST);
	for (int i = 0; i < SCHEMA_NEWEST; i++) {
		struct err err;
		if (db_exec(s, released[i], "test", &err) < 0)
			fail_msg("%s", err.text);
		char *want = schema_text(s->db);
		char *have = made(i + 1);
		assert_string_equal(have, want);
		free(have);
		free(want);
	}
	state_close(s);
}

static const struct schema_step old_and_new[] = {
    {OURS "CREATE TABLE t (a INTEGER)", NULL},
    {"ALTER TABLE t ADD COLUMN b INTEGER; UPDATE t SET b = a + 1", NULL},
};

static void test_schema__migrates_the_rows_of_an_older_version(void **state)
{
	struct state *s = memory();
	struct err err;

	(void)state;
	assert_int_equal(schema_migrate_by(s, old_and_new, 1, &err), 0);
	assert_int_equal(db_exec(s, "INSERT INTO t VALUES (41)", "test", &err),
			 0);
	assert_int_equal(number(s, "PRAGMA user_version"), 1);
	assert_int_equal(schema_migrate_by(s, old_and_new, 2, &err), 0);
	assert_int_equal(number(s, "PRAGMA user_version"), 2);
	assert_int_equal(number(s, "SELECT b FROM t WHERE a = 41"), 42);
	/* Once only. */
	assert_int_equal(schema_migrate_by(s, old_and_new, 2, &err), 0);
	assert_int_equal(number(s, "SELECT count(*) FROM t"), 1);
	state_close(s);
}

static int refuse(struct state *s, struct err *err)
{
	(void)s;
	return err_set(err, ERR_IO, ERR_SCOPE_ACCOUNT, "refused");
}

static void test_schema__a_step_that_fails_leaves_the_version_before(
    void **state)
{
	static const struct schema_step bad_sql[] = {
	    {OURS "CREATE TABLE t (a INTEGER)", NULL},
	    {"ALTER TABLE t ADD COLUMN b INTEGER; nonsense", NULL},
	};
	static const struct schema_step bad_code[] = {
	    {OURS "CREATE TABLE t (a INTEGER)", NULL},
	    {"ALTER TABLE t ADD COLUMN b INTEGER", refuse},
	};
	static const struct schema_step *const bad[] = {bad_sql, bad_code};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct state *s = memory();
		struct err err;
		assert_int_equal(schema_migrate_by(s, bad[i], 2, &err), -1);
		assert_int_equal(err.code, ERR_IO);
		assert_int_equal(number(s, "PRAGMA user_version"), 1);
		assert_int_equal(
		    number(s, "SELECT count(*) FROM pragma_table_info('t')"),
		    1);
		assert_true(sqlite3_get_autocommit(s->db));
		state_close(s);
	}
}

static void assert_refused(struct fixture *f, const char *text)
{
	char *path = path_of(f, ".db");

	for (int i = 0; i < 2; i++) {
		uint64_t before = file_hash(path);
		assert_int_equal(
		    open_state(f, i == 0 ? STATE_READ : STATE_WRITE), -1);
		assert_int_equal(f->err.code, ERR_IO);
		assert_non_null(strstr(f->err.text, text));
		assert_true(f->err.hint[0] != '\0');
		/* To write it was switched to WAL at most. */
		if (i == 0)
			assert_true(file_hash(path) == before);
	}
	free(path);
}

static void test_schema__refuses_a_newer_version(void **state)
{
	struct fixture *f = *state;

	must(f, open_state(f, STATE_WRITE));
	close_state(f);
	craft(f, "PRAGMA user_version = 1000");
	char *path = path_of(f, ".db");
	uint64_t before = file_hash(path);
	assert_refused(f, "is of version 1000");
	assert_true(file_hash(path) == before);
	free(path);
}

static void test_schema__refuses_another_programs_database(void **state)
{
	struct fixture *f = *state;

	craft(f, "CREATE TABLE precious (x); PRAGMA user_version = 1");
	assert_refused(f, "is not a database of imapsyncd");
}

static void test_schema__refuses_ours_without_a_version(void **state)
{
	struct fixture *f = *state;

	craft(f, OURS "CREATE TABLE t (x)");
	assert_refused(f, "is damaged: its version is missing");
}

static void test_schema__refuses_a_database_without_an_id(void **state)
{
	struct fixture *f = *state;

	craft(f, version_1);
	assert_refused(f, "is damaged: its id is missing");
}

#define T(name)                                                             \
	cmocka_unit_test_setup_teardown(test_schema__##name, fixture_setup, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(reads_version_1),
	    T(brings_version_1_up),
	    T(a_version_1_that_cannot_be_brought_up_stays),
	    T(reads_version_2),
	    cmocka_unit_test(test_schema__released_versions_have_not_changed),
	    cmocka_unit_test(
		test_schema__migrates_the_rows_of_an_older_version),
	    cmocka_unit_test(
		test_schema__a_step_that_fails_leaves_the_version_before),
	    T(refuses_a_newer_version),
	    T(refuses_another_programs_database),
	    T(refuses_ours_without_a_version),
	    T(refuses_a_database_without_an_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
