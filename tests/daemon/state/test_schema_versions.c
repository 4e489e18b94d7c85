/* SPDX-License-Identifier: MIT */
/* The versions of the database that were released: none has changed, and each
 * is brought up with all it holds, killed on the way or not. */
#include "daemon/state/schema.h"

#include "tests/daemon/state/fixture.h"
#include "tests/daemon/state/released.h"

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

static void assert_rows_1(struct fixture *f)
{
	struct state_folder folder;
	struct keyword_table k;
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

static void test_schema_versions__reads_version_1(void **state)
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

static void assert_text(struct fixture *f,
			int (*get)(struct state *s, int64_t folder, char **out,
				   struct err *err),
			const char *want)
{
	char *text;

	must(f, get(f->s, 7, &text, &f->err));
	assert_string_equal(text ? text : "none", want ? want : "none");
	free(text);
}

static void test_schema_versions__brings_version_1_up(void **state)
{
	struct fixture *f = *state;
	uint64_t generation = 99;

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
	assert_text(f, state_folder_mailboxid, NULL);
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

static void test_schema_versions__a_version_1_that_cannot_be_brought_up_stays(
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

static void craft_2(struct fixture *f)
{
	craft(f, version_1);
	craft(f, rows_1);
	craft(f, version_2);
	craft(f, rows_2);
}

static void test_schema_versions__reads_version_2(void **state)
{
	struct fixture *f = *state;
	static const enum state_mode modes[] = {STATE_READ, STATE_WRITE};

	craft_2(f);
	for (size_t i = 0; i < 2; i++) {
		uint64_t generation = 0;
		int64_t created = 0;
		uint32_t bound = 9;
		must(f, open_state(f, modes[i]));
		must(f, state_generation(f->s, &generation, &f->err));
		assert_int_equal(generation, 5);
		assert_text(f, state_folder_mailboxid, "M1");
		struct state_record r;
		must(f, state_message_get(f->s, 7, 4, &r, &f->err));
		assert_int_equal(r.fate, FATE_DYING_THERE);
		assert_false(r.have_digest);
		state_record_release(&r);
		assert_int_equal(state_answer_get(f->s, 7, STATE_APPROVE,
						  &created, &bound, &f->err),
				 0);
		assert_int_equal(created, 1700000000);
		assert_int_equal(bound, 0);
		close_state(f);
	}
}

static void assert_folder(struct fixture *f, const char *name,
			  const struct state_folder *want)
{
	struct state_folder folder;

	assert_int_equal(state_folder_get(f->s, name, &folder, &f->err), 0);
	assert_int_equal(folder.id, want->id);
	assert_int_equal(folder.messages, want->messages);
	assert_int_equal(folder.there, want->there);
	assert_int_equal(folder.tombs, want->tombs);
	state_folder_release(&folder);
}

/* What a version 2 left, as the newest has it. */
static void assert_rows_2(struct fixture *f)
{
	struct state_record r;

	assert_folder(f, "INBOX",
		      &(struct state_folder){
			  .id = 7, .messages = 1, .there = 2, .tombs = 1});
	assert_folder(f, "B",
		      &(struct state_folder){
			  .id = 8, .messages = 2, .there = 4, .tombs = 3});
	assert_int_equal(state_message_get(f->s, 7, 4, &r, &f->err), 0);
	assert_int_equal(r.fate, FATE_DYING_THERE);
	assert_string_equal(r.unique, "d.e.f");
	assert_true(r.mtime_ns == 0);
	assert_false(r.have_digest);
	assert_null(r.emailid);
	state_record_release(&r);
}

static void test_schema_versions__brings_version_2_up(void **state)
{
	struct fixture *f = *state;
	static const enum state_mode modes[] = {STATE_READ, STATE_WRITE,
						STATE_READ, STATE_WRITE};
	/* In memory, then on disk, then there is nothing more to do. */
	static const int64_t versions[] = {2, SCHEMA_NEWEST, SCHEMA_NEWEST,
					   SCHEMA_NEWEST};

	craft_2(f);
	craft(f, more_rows_2);
	for (size_t i = 0; i < 4; i++) {
		must(f, open_state(f, modes[i]));
		assert_rows_2(f);
		close_state(f);
		assert_int_equal(version_on_disk(f), versions[i]);
	}
}

static void test_schema_versions__a_version_2_that_cannot_be_brought_up_stays(
    void **state)
{
	struct fixture *f = *state;

	craft_2(f);
	craft(f, more_rows_2);
	/* The last thing that the step makes is there already. */
	craft(f, "CREATE TABLE aside (at)");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(open_state(f, i ? STATE_READ : STATE_WRITE),
				 -1);
		assert_int_equal(f->err.code, ERR_IO);
		assert_int_equal(version_on_disk(f), 2);
	}
	craft(f, "DROP TABLE aside");
	must(f, open_state(f, STATE_WRITE));
	assert_rows_2(f);
}

/* Enough rows that pages of the open transaction reach the WAL. */
static const char many_rows_2[] =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 6000)"
    "INSERT INTO message SELECT 7, 9 + i, 0, 0, i, 'name.' || i, 5, i, 1,"
    " randomblob(32) FROM n;"
    "UPDATE folder SET messages = messages + 6000 WHERE id = 7;";

/* SQLite calls it every few steps of its machine: the n-th kills. */
static int steps_left;

static int maybe_die(void *unused)
{
	(void)unused;
	if (--steps_left == 0)
		(void)kill(getpid(), SIGKILL);
	return 0;
}

static int watch(sqlite3 *db, const char **message,
		 const struct sqlite3_api_routines *api)
{
	(void)message;
	(void)api;
	sqlite3_progress_handler(db, 20, maybe_die, NULL);
	return SQLITE_OK;
}

/* Brings a database up in a process that is killed at a step of SQLite. True:
 * it was; else it came to the end. */
static bool killed_at(struct fixture *f, int step)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		steps_left = step;
		(void)sqlite3_auto_extension((void (*)(void))watch);
		_exit(open_state(f, STATE_WRITE) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void test_schema_versions__a_kill_while_it_is_brought_up_costs_nothing(
    void **state)
{
	struct fixture *f = *state;
	int kills = 0, step = 1;

	craft_2(f);
	craft(f, more_rows_2);
	craft(f, many_rows_2);
	/* Each goes on from what the one before has left. */
	for (; killed_at(f, step); step += 1 + step / 8, kills++) {
		must(f, open_state(f, STATE_READ));
		assert_folder(
		    f, "INBOX",
		    &(struct state_folder){
			.id = 7, .messages = 6001, .there = 6002, .tombs = 1});
		assert_int_equal(counted(f, "B"), 2);
		close_state(f);
	}
	assert_true(kills > 30);
	assert_int_equal(version_on_disk(f), SCHEMA_NEWEST);
}

static int see_removed(void *ctx, const struct state_removed *r)
{
	assert_string_equal(r->mailbox, "Trash");
	assert_int_equal(r->mailbox_uidvalidity, 90);
	assert_int_equal(r->mailbox_uid, 91);
	++*(int *)ctx;
	return 0;
}

static void craft_3(struct fixture *f)
{
	craft_2(f);
	craft(f, version_3);
	craft(f, rows_3);
}

static void test_schema_versions__reads_version_3(void **state)
{
	struct fixture *f = *state;
	static const enum state_mode modes[] = {STATE_READ, STATE_WRITE};
	static const int64_t versions[] = {3, SCHEMA_NEWEST};
	int wanted = 0;

	craft_3(f);
	for (size_t i = 0; i < 2; i++) {
		struct state_folder folder;
		struct state_record r;
		struct state_aside a;
		int64_t created;
		uint32_t bound;
		must(f, open_state(f, modes[i]));
		must(f, state_folder_get(f->s, "INBOX", &folder, &f->err));
		assert_int_equal(folder.inode, 81);
		assert_int_equal(folder.held_here, 82);
		assert_int_equal(folder.held_there, 83);
		assert_int_equal(folder.there, 84);
		assert_int_equal(folder.tombs, 85);
		assert_int_equal(folder.intents, 1);
		state_folder_release(&folder);
		assert_text(f, state_folder_hold, "old backup");
		must(f, state_message_get(f->s, 7, 4, &r, &f->err));
		assert_true(r.mtime_ns == 86);
		assert_string_equal(r.emailid, "M87");
		state_record_release(&r);
		must(f, state_answer_get(f->s, 7, STATE_APPROVE, &created,
					 &bound, &f->err));
		assert_int_equal(bound, 89);
		must(f,
		     state_removed_wanted(f->s, see_removed, &wanted, &f->err));
		must(f, state_aside_get(f->s, 7, STATE_THERE, 14, &a, &f->err));
		assert_string_equal(a.text, "Too big");
		assert_int_equal(a.attempts, 3);
		state_aside_release(&a);
		close_state(f);
		assert_int_equal(version_on_disk(f), versions[i]);
	}
	assert_int_equal(wanted, 2);
}

static void test_schema_versions__a_version_3_that_cannot_be_brought_up_stays(
    void **state)
{
	struct fixture *f = *state;

	craft_3(f);
	/* Needs the last thing that the step takes away. */
	craft(f, "CREATE VIEW in_the_way AS SELECT set_aside FROM folder");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(open_state(f, i ? STATE_READ : STATE_WRITE),
				 -1);
		assert_int_equal(f->err.code, ERR_IO);
		assert_int_equal(version_on_disk(f), 3);
	}
	craft(f, "SELECT uid FROM orphan; DROP VIEW in_the_way");
	must(f, open_state(f, STATE_WRITE));
	assert_text(f, state_folder_hold, "old backup");
}

static int no_digest(void *ctx, const struct state_intent *i)
{
	assert_false(i->have_digest);
	++*(int *)ctx;
	return 0;
}

/* Digests of a file's bytes say nothing of a message. */
static void test_schema_versions__a_version_4_loses_its_digests(void **state)
{
	struct fixture *f = *state;
	int intents = 0;

	craft_3(f);
	craft(f, version_4);
	craft(f, rows_4);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(
	    number(f->s, "SELECT count(*) FROM message WHERE digest NOT NULL"),
	    0);
	must(f, state_intent_each(f->s, 7, no_digest, &intents, &f->err));
	assert_int_equal(intents, 1);
	assert_int_equal(
	    number(f->s, "SELECT count(*) FROM removed WHERE digest NOT NULL"),
	    0);
}

static void test_schema_versions__brings_version_4_up(void **state)
{
	struct fixture *f = *state;
	static const enum state_mode modes[] = {STATE_READ, STATE_WRITE};

	craft_3(f);
	craft(f, "INSERT INTO folder (id, name, path) VALUES (8, 'B', 'B')");
	craft(f, version_4);
	for (size_t i = 0; i < 2; i++) {
		struct state_account a;
		struct state_folder folder;
		must(f, open_state(f, modes[i]));
		must(f, state_account_get(f->s, &a, &f->err));
		assert_null(a.owner);
		assert_null(a.held);
		assert_null(a.approved);
		/* What was synced was paired; what was not, was not. */
		must(f, state_folder_get(f->s, "INBOX", &folder, &f->err));
		assert_true(folder.pairing.decided);
		assert_int_equal(folder.pairing.held, 0);
		state_folder_release(&folder);
		must(f, state_folder_get(f->s, "B", &folder, &f->err));
		assert_false(folder.pairing.decided);
		state_folder_release(&folder);
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

static void test_schema_versions__released_versions_have_not_changed(
    void **state)
{
	static const char *const released[] = {
	    version_1, version_2,  version_3,  version_4,
	    version_5, version_6,  version_7,  version_8,
	    version_9, version_10, version_11, version_12};
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

#define T(name)                                                       \
	cmocka_unit_test_setup_teardown(test_schema_versions__##name, \
					fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(reads_version_1),
	    T(brings_version_1_up),
	    T(a_version_1_that_cannot_be_brought_up_stays),
	    T(reads_version_2),
	    T(brings_version_2_up),
	    T(a_version_2_that_cannot_be_brought_up_stays),
	    T(a_kill_while_it_is_brought_up_costs_nothing),
	    T(reads_version_3),
	    T(a_version_3_that_cannot_be_brought_up_stays),
	    T(a_version_4_loses_its_digests),
	    T(brings_version_4_up),
	    cmocka_unit_test(
		test_schema_versions__released_versions_have_not_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
