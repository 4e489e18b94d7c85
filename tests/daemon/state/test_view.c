/* SPDX-License-Identifier: MIT */
/* A folder's rows at once: in order, with a fingerprint where the file is
 * known, and nothing of what cannot be. */
#include "daemon/core/content/print.h"

#include "tests/daemon/state/fixture.h"

static void test_view__rows_come_by_uid(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	int64_t other = add_folder(f, "other");
	struct base_view v;
	static const uint32_t uids[] = {7, 4000000000, 1, 300, 2};
	static const uint32_t sorted[] = {1, 2, 7, 300, 4000000000};

	begin(f);
	for (size_t i = 0; i < 5; i++)
		add_messages(f, id, uids[i], uids[i]);
	add_messages(f, other, 1, 3);
	commit(f);
	must(f, state_load(f->s, id, &v, &f->err));
	assert_int_equal(v.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(v.row[i].uid == sorted[i]);
	base_view_release(&v);
	assert_int_equal(v.n, 0);
	assert_null(v.row);
}

static void test_view__of_an_empty_folder_is_empty(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct base_view v;

	must(f, state_load(f->s, id, &v, &f->err));
	assert_int_equal(v.n, 0);
	base_view_release(&v);
}

static void test_view__every_bit_comes_back(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct state_message m = {
	    .uid = UINT32_MAX,
	    .flags = UINT64_MAX,
	    .size = UINT64_MAX,
	    .inode = UINT64_MAX - 1,
	    .mtime_ns = INT64_MIN,
	    .unique = "u",
	    .key = UINT64_C(1) << 63,
	};

	for (int i = 0; i < FATES; i++, m.uid--) {
		begin(f);
		must(f, state_message_add(f->s, id, &m, &f->err));
		if (i != FATE_ALIVE)
			must(f, state_message_tombstone(f->s, id, m.uid,
							(enum fate)i, &f->err));
		commit(f);
		struct base_row row = row_of(f, id, m.uid);
		assert_true(row.uid == m.uid);
		assert_int_equal(row.fate, i);
		assert_true(row.flags == m.flags);
		assert_true(row.key == m.key);
		assert_true(row.print == print_of(m.inode, m.size, m.mtime_ns));
	}
}

static void test_view__a_file_without_its_time_has_no_print(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct state_message m = {
	    .uid = 1, .size = 5, .inode = 6, .unique = "u"};
	struct state_file file = {
	    .unique = "u", .size = 5, .inode = 6, .mtime_ns = 7};

	begin(f);
	must(f, state_message_add(f->s, id, &m, &f->err));
	assert_true(row_of(f, id, 1).print == 0);
	must(f, state_message_set_file(f->s, id, 1, &file, &f->err));
	assert_true(row_of(f, id, 1).print == print_of(6, 5, 7));
	commit(f);
}

static void test_view__refuses_what_cannot_be(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);
	static const struct {
		const char *sql, *text;
	} table[] = {
	    {"UPDATE message SET fate = 9 WHERE uid = 2", "unknown fate"},
	    {"UPDATE message SET fate = -1 WHERE uid = 2", "unknown fate"},
	    {"UPDATE message SET fate = 1 << 32 WHERE uid = 2", "unknown fate"},
	    {"UPDATE message SET uid = 0 WHERE uid = 2", "UIDs"},
	    {"UPDATE message SET uid = -4 WHERE uid = 2", "UIDs"},
	    {"UPDATE message SET uid = 1 << 32 WHERE uid = 2", "UIDs"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct base_view v;
		begin(f);
		must(f, db_exec(f->s, table[i].sql, "test", &f->err));
		assert_int_equal(state_load(f->s, id, &v, &f->err), -1);
		assert_is_damage(f);
		assert_non_null(strstr(f->err.text, table[i].text));
		state_rollback(f->s);
		must(f, state_load(f->s, id, &v, &f->err));
		assert_int_equal(v.n, 3);
		base_view_release(&v);
	}
}

#define T(name)                                                        \
	cmocka_unit_test_setup_teardown(test_view__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(rows_come_by_uid),       T(of_an_empty_folder_is_empty),
	    T(every_bit_comes_back),   T(a_file_without_its_time_has_no_print),
	    T(refuses_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
