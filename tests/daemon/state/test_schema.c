/* SPDX-License-Identifier: MIT */
/* How a database is brought from version to version, whatever they hold; and
 * what is refused. */
#include "daemon/state/schema.h"

#include "tests/daemon/state/fixture.h"

#define OURS "PRAGMA application_id = 1768780644;"

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

	must(f, open_state(f, STATE_WRITE));
	close_state(f);
	craft(f, "DELETE FROM account");
	assert_refused(f, "is damaged: its id is missing");
}

#define T(name)                                                             \
	cmocka_unit_test_setup_teardown(test_schema__##name, fixture_setup, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
