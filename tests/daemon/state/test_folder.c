/* SPDX-License-Identifier: MIT */
/* Rows of folders: their names as bytes, their order, their positions, and
 * that a position that is not new costs no write. */
#include "tests/daemon/state/fixture.h"

static void test_folder__get_of_an_unknown_name_is_1(void **state)
{
	struct fixture *f = *state;
	struct state_folder folder;

	assert_int_equal(state_folder_get(f->s, "x", &folder, &f->err), 1);
}

static void test_folder__names_are_bytes(void **state)
{
	struct fixture *f = *state;
	/* Some servers send Latin-1 where modified UTF-7 belongs. */
	static const char *const names[] = {
	    "INBOX", "inbox", "Entw&APw-rfe", "\xfcml\xe4ut", "a'b\"c;--", ""};
	size_t n = sizeof(names) / sizeof(names[0]);
	struct state_folder folder;

	for (size_t i = 0; i < n; i++)
		(void)add_folder(f, names[i]);
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(
		    state_folder_get(f->s, names[i], &folder, &f->err), 0);
		assert_string_equal(folder.name, names[i]);
		assert_string_equal(folder.path, names[i]);
		assert_int_equal(folder.id, i + 1);
		state_folder_release(&folder);
	}
}

static void test_folder__add_returns_the_row(void **state)
{
	struct fixture *f = *state;
	struct state_folder a;

	must(f, state_folder_add(f->s, "A.B", "A/B", &a, &f->err));
	assert_string_equal(a.name, "A.B");
	assert_string_equal(a.path, "A/B");
	assert_int_equal(a.uidvalidity, 0);
	assert_int_equal(a.uidnext, 0);
	assert_int_equal(a.modseq, 0);
	assert_int_equal(a.messages, 0);
	state_folder_release(&a);
}

static void test_folder__refuses_a_second_of_that_name_or_path(void **state)
{
	struct fixture *f = *state;
	struct state_folder a;

	(void)add_folder(f, "A");
	assert_int_equal(state_folder_add(f->s, "A", "B", &a, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(state_folder_add(f->s, "B", "A", &a, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_non_null(strstr(f->err.text, "folder.path"));
}

static void test_folder__keeps_a_position_of_any_size(void **state)
{
	struct fixture *f = *state;
	struct state_folder a;
	int64_t id = add_folder(f, "A");

	must(f, state_folder_position(f->s, id, UINT32_MAX, UINT32_MAX,
				      UINT64_MAX, &f->err));
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	must(f, state_folder_get(f->s, "A", &a, &f->err));
	assert_true(a.uidvalidity == UINT32_MAX);
	assert_true(a.uidnext == UINT32_MAX);
	assert_true(a.modseq == UINT64_MAX);
	state_folder_release(&a);
}

static void test_folder__an_old_position_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;
	char *wal = path_of(f, ".db-wal");
	int64_t id = add_folder(f, "A");

	must(f, state_folder_position(f->s, id, 1, 2, 3, &f->err));
	assert_int_equal(stat(wal, &before), 0);
	must(f, state_folder_position(f->s, id, 1, 2, 3, &f->err));
	assert_int_equal(stat(wal, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	must(f, state_folder_position(f->s, id, 1, 2, 4, &f->err));
	assert_int_equal(stat(wal, &after), 0);
	assert_true(after.st_size > before.st_size);
	free(wal);
}

struct visit {
	struct fixture *f;
	char names[100];
	int calls;
	int answer;
};

static int visit(void *ctx, const struct state_folder *folder)
{
	struct visit *v = ctx;
	size_t len = strlen(v->names);
	struct state_folder again;

	(void)snprintf(v->names + len, sizeof(v->names) - len, "%s ",
		       folder->name);
	v->calls++;
	/* A callback may read and write. */
	must(v->f, state_folder_get(v->f->s, folder->name, &again, &v->f->err));
	state_folder_release(&again);
	must(v->f,
	     state_folder_position(v->f->s, folder->id, 1, 1, 1, &v->f->err));
	return v->answer;
}

static void test_folder__all_come_by_name(void **state)
{
	struct fixture *f = *state;
	struct visit v = {.f = f};
	static const char *const names[] = {"b", "INBOX", "a", "Z", "a.b"};

	for (size_t i = 0; i < 5; i++)
		(void)add_folder(f, names[i]);
	assert_int_equal(state_folders(f->s, visit, &v, &f->err), 0);
	assert_string_equal(v.names, "INBOX Z a a.b b ");
}

static void test_folder__a_result_ends_the_walk(void **state)
{
	struct fixture *f = *state;
	struct visit v = {.f = f, .answer = 5};

	(void)add_folder(f, "a");
	(void)add_folder(f, "b");
	assert_int_equal(state_folders(f->s, visit, &v, &f->err), 5);
	assert_int_equal(v.calls, 1);
}

#define T(name)                                                          \
	cmocka_unit_test_setup_teardown(test_folder__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(get_of_an_unknown_name_is_1),
	    T(names_are_bytes),
	    T(add_returns_the_row),
	    T(refuses_a_second_of_that_name_or_path),
	    T(keeps_a_position_of_any_size),
	    T(an_old_position_writes_nothing),
	    T(all_come_by_name),
	    T(a_result_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
