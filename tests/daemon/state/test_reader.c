/* SPDX-License-Identifier: MIT */
/* Opening to read only: beside a daemon, after a killed one, without any; and
 * that no file tells of it afterwards. */
#include "tests/daemon/state/fixture.h"

static void assert_untouched(struct fixture *f, const char *before)
{
	char *now = dir_print(f->dir);

	assert_string_equal(now, before);
	free(now);
}

static void test_reader__a_missing_database_is_empty(void **state)
{
	struct fixture *f = *state;
	struct state_folder folder;

	must(f, open_state(f, STATE_READ));
	assert_int_equal(state_folder_get(f->s, "INBOX", &folder, &f->err), 1);
	assert_int_equal(strlen(state_id(f->s)), STATE_ID - 1);
	assert_untouched(f, "");
	close_state(f);
	assert_untouched(f, "");
}

static void test_reader__a_missing_directory_is_empty(void **state)
{
	struct fixture *f = *state;
	char *dir = xasprintf("%s/not/there", f->dir);

	must(f, state_open(dir, ACCOUNT, STATE_READ, &f->s, &f->err));
	close_state(f);
	assert_untouched(f, "");
	free(dir);
}

static void test_reader__leaves_no_trace_at_rest(void **state)
{
	struct fixture *f = *state;
	char id[STATE_ID];

	(void)fill(f, 100);
	memcpy(id, state_id(f->s), sizeof(id));
	close_state(f);
	char *before = dir_print(f->dir);
	must(f, open_state(f, STATE_READ));
	assert_string_equal(state_id(f->s), id);
	assert_int_equal(count_inbox(f), 100);
	assert_untouched(f, before);
	close_state(f);
	assert_untouched(f, before);
	free(before);
}

static void test_reader__works_without_write_permission(void **state)
{
	struct fixture *f = *state;

	(void)fill(f, 3);
	close_state(f);
	char *db = path_of(f, ".db");
	assert_int_equal(chmod(db, 0400), 0);
	assert_int_equal(chmod(f->dir, 0500), 0);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(count_inbox(f), 3);
	assert_int_equal(chmod(f->dir, 0700), 0);
	free(db);
}

static void test_reader__escapes_the_path(void **state)
{
	struct fixture *f = *state;
	static const char name[] = "a ?#%41&=\xc3\xa4";

	must(f, state_open(f->dir, name, STATE_WRITE, &f->s, &f->err));
	(void)fill(f, 2);
	close_state(f);
	must(f, state_open(f->dir, name, STATE_READ, &f->s, &f->err));
	assert_int_equal(count_inbox(f), 2);
}

static void test_reader__forgets_what_is_written(void **state)
{
	struct fixture *f = *state;
	struct state_folder folder;

	/* Without a file first, then with one. */
	for (int i = 0; i < 2; i++) {
		char *before = dir_print(f->dir);
		must(f, open_state(f, STATE_READ));
		must(f, state_begin(f->s, &f->err));
		must(f, state_folder_add(f->s, "x", "x", &folder, &f->err));
		state_folder_release(&folder);
		must(f, state_commit(f->s, &f->err));
		must(f, state_folder_get(f->s, "x", &folder, &f->err));
		state_folder_release(&folder);
		close_state(f);
		assert_untouched(f, before);
		free(before);
		must(f, open_state(f, STATE_READ));
		assert_int_equal(state_folder_get(f->s, "x", &folder, &f->err),
				 1);
		close_state(f);
		must(f, open_state(f, STATE_WRITE));
		close_state(f);
	}
}

/* One commit, and no look at the database since. */
static void commit_once(struct fixture *f)
{
	if (open_state(f, STATE_WRITE) < 0)
		_exit(1);
	must(f, state_begin(f->s, &f->err));
	add_messages(f, 1, 11, 20);
	must(f, state_commit(f->s, &f->err));
}

static void commit_twice(struct fixture *f)
{
	commit_once(f);
	must(f, state_begin(f->s, &f->err));
	add_messages(f, 1, 21, 30);
	must(f, state_commit(f->s, &f->err));
	assert_int_equal(count_inbox(f), 30);
}

static void only_open(struct fixture *f)
{
	if (open_state(f, STATE_WRITE) < 0)
		_exit(1);
}

static void test_reader__reads_beside_a_daemon(void **state)
{
	struct fixture *f = *state;
	static const struct {
		void (*fn)(struct fixture *f);
		long rows;
	} daemons[] = {
	    {only_open, 10},
	    {commit_once, 20},
	    {commit_twice, 30},
	};

	assert_int_equal(fill(f, 10), 1);
	close_state(f);
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		struct peer p = peer_start(f, daemons[i].fn);
		must(f, open_state(f, STATE_READ));
		assert_int_equal(count_inbox(f), daemons[i].rows);
		close_state(f);
		peer_end(&p);
		/* Back to ten rows. */
		must(f, open_state(f, STATE_WRITE));
		must(f, state_begin(f->s, &f->err));
		for (uint32_t uid = 11; uid <= 30; uid++)
			must(f, state_message_drop(f->s, 1, uid, &f->err));
		must(f, state_commit(f->s, &f->err));
		close_state(f);
	}
}

static void test_reader__keeps_its_snapshot(void **state)
{
	struct fixture *f = *state;
	struct fixture writer = *f;

	/* SQLite in one process knows of both connections; the locks of a
	 * second process are in the test above. */
	must(&writer, open_state(&writer, STATE_WRITE));
	assert_int_equal(fill(&writer, 10), 1);
	must(f, open_state(f, STATE_READ));
	must(&writer, state_begin(writer.s, &writer.err));
	add_messages(&writer, 1, 11, 5000);
	must(&writer, state_commit(writer.s, &writer.err));
	assert_int_equal(count_inbox(f), 10);
	close_state(f);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(count_inbox(f), 5000);
	close_state(&writer);
	assert_int_equal(count_inbox(f), 5000);
}

static void test_reader__reads_what_a_killed_daemon_committed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fill(f, 10), 1);
	close_state(f);
	struct peer p = peer_start(f, commit_twice);
	peer_kill(&p);
	char *before = dir_print(f->dir);
	assert_non_null(strstr(before, "work.db-wal"));
	must(f, open_state(f, STATE_READ));
	assert_int_equal(count_inbox(f), 30);
	close_state(f);
	assert_untouched(f, before);
	free(before);
}

static void test_reader__reads_a_wal_whose_index_is_lost(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fill(f, 10), 1);
	close_state(f);
	struct peer p = peer_start(f, commit_twice);
	peer_kill(&p);
	char *shm = path_of(f, ".db-shm");
	assert_int_equal(unlink(shm), 0);
	char *before = dir_print(f->dir);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(count_inbox(f), 30);
	close_state(f);
	assert_untouched(f, before);
	free(before);
	free(shm);
}

static void make_empty(struct fixture *f)
{
	char *db = path_of(f, ".db");
	int fd = open(db, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	(void)close(fd);
	free(db);
}

static void test_reader__migrates_in_memory(void **state)
{
	struct fixture *f = *state;

	/* What a crash right after the creation leaves. */
	make_empty(f);
	char *before = dir_print(f->dir);
	must(f, open_state(f, STATE_READ));
	assert_int_equal(count_inbox(f), -1);
	close_state(f);
	assert_untouched(f, before);
	free(before);
}

static void test_reader__refuses_damage(void **state)
{
	struct fixture *f = *state;
	char *db = path_of(f, ".db");
	FILE *out = fopen(db, "we");

	assert_non_null(out);
	for (int i = 0; i < 5000; i++)
		(void)fputc('x', out);
	(void)fclose(out);
	char *before = dir_print(f->dir);
	assert_int_equal(open_state(f, STATE_READ), -1);
	assert_int_equal(f->err.code, ERR_IO);
	assert_non_null(strstr(f->err.hint, "mail is not lost"));
	assert_untouched(f, before);
	free(before);
	free(db);
}

#define T(name)                                                             \
	cmocka_unit_test_setup_teardown(test_reader__##name, fixture_setup, \
					fixture_teardown)
#define T_OPEN(name)                                                     \
	cmocka_unit_test_setup_teardown(test_reader__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_missing_database_is_empty),
	    T(a_missing_directory_is_empty),
	    T_OPEN(leaves_no_trace_at_rest),
	    T_OPEN(works_without_write_permission),
	    T(escapes_the_path),
	    T(forgets_what_is_written),
	    T_OPEN(reads_beside_a_daemon),
	    T(keeps_its_snapshot),
	    T_OPEN(reads_what_a_killed_daemon_committed),
	    T_OPEN(reads_a_wal_whose_index_is_lost),
	    T(migrates_in_memory),
	    T(refuses_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
