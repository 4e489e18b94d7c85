/* SPDX-License-Identifier: MIT */
/* Opening, locking, transactions and damage, as one process or two see them.
 * What only reads is in test_reader.c. */
#include "tests/daemon/state/fixture.h"

static void test_db__creates_private_files(void **state)
{
	struct fixture *f = *state;
	char *deep = xasprintf("%s/a", f->dir);
	struct state *s;
	struct stat st;

	(void)umask(0);
	must(f, state_open(deep, ACCOUNT, STATE_WRITE, &s, &f->err));
	state_close(s);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	static const char *const names[] = {"work.db", "work.lock"};
	for (size_t i = 0; i < 2; i++) {
		char *path = xasprintf("%s/%s", deep, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(unlink(path), 0);
		free(path);
	}
	/* Nothing else: rmdir would fail. */
	assert_int_equal(rmdir(deep), 0);
	free(deep);
}

static void test_db__the_wal_is_private(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	(void)umask(0);
	(void)fill(f, 1);
	char *wal = path_of(f, ".db-wal");
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	free(wal);
}

static void test_db__has_its_settings(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *sql;
		int64_t value;
	} want[] = {
	    {"PRAGMA synchronous", 2}, /* FULL */
	    {"PRAGMA foreign_keys", 1},
	    {"PRAGMA trusted_schema", 0},
	    {"PRAGMA cell_size_check", 1},
	    {"PRAGMA busy_timeout", DB_BUSY_MS},
	    {"SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1},
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		int64_t have = -1;
		must(f, db_query_int(f->s, want[i].sql, &have, &f->err));
		if (have != want[i].value)
			fail_msg("%s: %lld", want[i].sql, (long long)have);
	}
}

static void test_db__keeps_its_id(void **state)
{
	struct fixture *f = *state;
	char id[STATE_ID];

	memcpy(id, state_id(f->s), sizeof(id));
	assert_int_equal(strlen(id), STATE_ID - 1);
	assert_int_equal(id[14], '4');
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	assert_string_equal(state_id(f->s), id);
}

static void test_db__writes_nothing_at_rest(void **state)
{
	struct fixture *f = *state;

	(void)fill(f, 100);
	close_state(f);
	char *before = dir_print(f->dir);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(count_inbox(f), 100);
	close_state(f);
	char *after = dir_print(f->dir);
	/* The lock file says the same process: it is rewritten, so its time
	 * is not compared. */
	*strstr(before, "work.lock") = '\0';
	*strstr(after, "work.lock") = '\0';
	assert_string_equal(after, before);
	assert_non_null(strstr(after, "work.db 100600 "));
	assert_null(strstr(after, "-wal"));
	assert_null(strstr(after, "-shm"));
	free(before);
	free(after);
}

static void test_db__an_empty_transaction_writes_nothing(void **state)
{
	struct fixture *f = *state;

	(void)fill(f, 1);
	close_state(f);
	char *db = path_of(f, ".db");
	uint64_t before = file_hash(db);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_begin(f->s, &f->err));
	must(f, state_commit(f->s, &f->err));
	close_state(f);
	assert_true(file_hash(db) == before);
	free(db);
}

static void hold(struct fixture *f)
{
	if (open_state(f, STATE_WRITE) < 0)
		_exit(1);
}

static void test_db__refuses_a_second_process(void **state)
{
	struct fixture *f = *state;
	struct peer p = peer_start(f, hold);
	char want[100];

	assert_int_equal(open_state(f, STATE_WRITE), -1);
	assert_int_equal(f->err.code, ERR_TEMP);
	(void)snprintf(want, sizeof(want),
		       "another imapsyncd (pid %ld) is using account 'work'",
		       (long)p.pid);
	assert_string_equal(f->err.text, want);
	assert_true(f->err.hint[0] != '\0');
	peer_end(&p);
	must(f, open_state(f, STATE_WRITE));
}

static void test_db__the_lock_dies_with_its_process(void **state)
{
	struct fixture *f = *state;
	struct peer p = peer_start(f, hold);

	peer_kill(&p);
	must(f, open_state(f, STATE_WRITE));
}

static void test_db__refuses_a_second_opener_in_one_process(void **state)
{
	struct fixture *f = *state;
	struct state *s;

	assert_int_equal(state_open(f->dir, ACCOUNT, STATE_WRITE, &s, &f->err),
			 -1);
	assert_int_equal(f->err.code, ERR_TEMP);
	/* That attempt has not taken the lock away. */
	struct fixture other = *f;
	assert_int_equal(open_state(&other, STATE_WRITE), -1);
}

static void test_db__another_account_is_not_locked(void **state)
{
	struct fixture *f = *state;
	struct state *s;

	must(f, state_open(f->dir, "home", STATE_WRITE, &s, &f->err));
	state_close(s);
}

static void test_db__refuses_names_that_are_paths(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"", ".", "..", ".x", "a/b", "/"};
	struct state *s;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(
		    state_open(f->dir, names[i], STATE_WRITE, &s, &f->err), -1);
		assert_int_equal(f->err.code, ERR_CONFIG);
	}
}

static void begin_and_wait(struct fixture *f)
{
	hold(f);
	if (state_begin(f->s, &f->err) < 0)
		_exit(1);
	/* More than the cache holds: part of it is in the WAL already. */
	add_messages(f, 1, 11, 20000);
}

static void test_db__a_killed_transaction_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fill(f, 10), 1);
	close_state(f);
	struct peer p = peer_start(f, begin_and_wait);
	peer_kill(&p);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(count_inbox(f), 10);
}

static void commit_and_wait(struct fixture *f)
{
	hold(f);
	(void)fill(f, 500);
}

static void test_db__a_commit_survives_a_kill(void **state)
{
	struct fixture *f = *state;
	struct peer p = peer_start(f, commit_and_wait);

	peer_kill(&p);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(count_inbox(f), 500);
}

static void test_db__rollback_forgets(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 10);

	must(f, state_begin(f->s, &f->err));
	add_messages(f, id, 11, 20);
	must(f, state_message_drop(f->s, id, 1, &f->err));
	state_rollback(f->s);
	assert_int_equal(count_inbox(f), 10);
	/* Nor does the next transaction count what is gone. */
	must(f, state_begin(f->s, &f->err));
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(count_inbox(f), 10);
	state_rollback(f->s);
}

static void test_db__closing_rolls_back(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 10);

	must(f, state_begin(f->s, &f->err));
	add_messages(f, id, 11, 20);
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(count_inbox(f), 10);
}

static void overwrite(const char *path, off_t at, size_t n, int byte)
{
	char junk[8192];

	memset(junk, byte, sizeof(junk));
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, n, at), n);
	(void)close(fd);
}

static void assert_damaged(struct fixture *f)
{
	assert_int_equal(f->err.code, ERR_IO);
	assert_int_equal(f->err.scope, ERR_SCOPE_ACCOUNT);
	assert_non_null(strstr(f->err.hint, "mail is not lost"));
	assert_non_null(strstr(f->err.hint, f->dir));
	assert_non_null(strstr(f->err.text, f->dir));
}

static void test_db__refuses_what_is_no_database(void **state)
{
	struct fixture *f = *state;
	char *db = path_of(f, ".db");

	overwrite(db, 0, 8192, 'x');
	uint64_t before = file_hash(db);
	assert_int_equal(open_state(f, STATE_WRITE), -1);
	assert_damaged(f);
	assert_true(file_hash(db) == before);
	/* The lock is free again. */
	assert_int_equal(unlink(db), 0);
	must(f, open_state(f, STATE_WRITE));
	free(db);
}

static void test_db__reports_a_damaged_page_when_it_is_read(void **state)
{
	struct fixture *f = *state;
	struct base_view v;
	char *db = path_of(f, ".db");

	int64_t id = fill(f, 5000);
	close_state(f);
	for (int page = 20; page < 30; page++)
		overwrite(db, page * 4096, 4096, 0xff);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(state_load(f->s, id, &v, &f->err), -1);
	assert_damaged(f);
	free(db);
}

static void test_db__checks_all_after_a_cut(void **state)
{
	struct fixture *f = *state;
	char *db = path_of(f, ".db");

	(void)fill(f, 5000);
	close_state(f);
	for (int page = 20; page < 30; page++)
		overwrite(db, page * 4096, 4096, 0xff);
	struct peer p = peer_start(f, hold);
	/* Something for the WAL, which the kill then leaves. */
	peer_kill(&p);
	char *wal = path_of(f, ".db-wal");
	overwrite(wal, 0, 32, 0);
	assert_int_equal(open_state(f, STATE_WRITE), -1);
	assert_damaged(f);
	free(wal);
	free(db);
}

static void test_db__reports_a_truncated_file(void **state)
{
	struct fixture *f = *state;
	struct base_view v;
	char *db = path_of(f, ".db");

	int64_t id = fill(f, 5000);
	close_state(f);
	assert_int_equal(truncate(db, 10 * 4096), 0);
	if (open_state(f, STATE_WRITE) == 0)
		assert_int_equal(state_load(f->s, id, &v, &f->err), -1);
	assert_damaged(f);
	free(db);
}

static void test_db__refuses_a_missing_table(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;

	(void)fill(f, 1);
	close_state(f);
	char *path = path_of(f, ".db");
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "DROP TABLE keyword", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(open_state(f, STATE_WRITE), -1);
	assert_damaged(f);
	free(path);
}

static void test_db__refuses_a_directory_that_cannot_be(void **state)
{
	struct fixture *f = *state;
	struct state *s;
	char *file = path_of(f, ".file");
	char *below = xasprintf("%s/x", file);

	overwrite(file, 0, 1, 'x');
	assert_int_equal(state_open(below, ACCOUNT, STATE_WRITE, &s, &f->err),
			 -1);
	assert_int_equal(f->err.code, ERR_CREATE);
	free(below);
	free(file);
}

#define T(name)                                                         \
	cmocka_unit_test_setup_teardown(test_db__##name, fixture_setup, \
					fixture_teardown)
#define T_OPEN(name)                                                 \
	cmocka_unit_test_setup_teardown(test_db__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(creates_private_files),
	    T_OPEN(the_wal_is_private),
	    T_OPEN(has_its_settings),
	    T_OPEN(keeps_its_id),
	    T_OPEN(writes_nothing_at_rest),
	    T_OPEN(an_empty_transaction_writes_nothing),
	    T(refuses_a_second_process),
	    T(the_lock_dies_with_its_process),
	    T_OPEN(refuses_a_second_opener_in_one_process),
	    T_OPEN(another_account_is_not_locked),
	    T(refuses_names_that_are_paths),
	    T_OPEN(a_killed_transaction_leaves_nothing),
	    T(a_commit_survives_a_kill),
	    T_OPEN(rollback_forgets),
	    T_OPEN(closing_rolls_back),
	    T(refuses_what_is_no_database),
	    T_OPEN(reports_a_damaged_page_when_it_is_read),
	    T_OPEN(checks_all_after_a_cut),
	    T_OPEN(reports_a_truncated_file),
	    T_OPEN(refuses_a_missing_table),
	    T(refuses_a_directory_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
