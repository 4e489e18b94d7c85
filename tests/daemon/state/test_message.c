/* SPDX-License-Identifier: MIT */
/* Rows of messages: every bit comes back, flags are added and removed, and the
 * folder's count follows. */
#include "tests/daemon/state/fixture.h"

static void begin(struct fixture *f)
{
	must(f, state_begin(f->s, &f->err));
}

static void commit(struct fixture *f)
{
	must(f, state_commit(f->s, &f->err));
}

/* The row of a uid in INBOX. */
static struct base_row row_of(struct fixture *f, int64_t folder, uint32_t uid)
{
	struct base_row out = {0};
	struct base_view v;

	must(f, state_load(f->s, folder, &v, &f->err));
	for (size_t i = 0; i < v.n; i++) {
		if (v.row[i].uid == uid)
			out = v.row[i];
	}
	base_view_release(&v);
	return out;
}

static uint32_t counted(struct fixture *f, const char *name)
{
	struct state_folder folder;

	must(f, state_folder_get(f->s, name, &folder, &f->err));
	uint32_t n = folder.messages;
	state_folder_release(&folder);
	return n;
}

static void test_message__every_bit_comes_back(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct state_message m = {
	    .uid = UINT32_MAX,
	    .flags = UINT64_MAX,
	    .internaldate = -1,
	    .size = UINT64_MAX,
	    .inode = UINT64_MAX - 1,
	    .unique = "1.2.h\xffst,S=3",
	    .key = UINT64_C(1) << 63,
	    .digest = {0, 0, 9},
	};

	begin(f);
	must(f, state_message_add(f->s, id, &m, &f->err));
	commit(f);
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	struct base_row row = row_of(f, id, UINT32_MAX);
	assert_true(row.uid == UINT32_MAX);
	assert_true(row.flags == UINT64_MAX);
	assert_true(row.key == UINT64_C(1) << 63);
	assert_false(row.tombstone);
	char *unique = state_message_unique(f->s, id, UINT32_MAX, &f->err);
	assert_string_equal(unique, m.unique);
	free(unique);
	static const char *const want[] = {
	    "SELECT size = -1 FROM message",
	    "SELECT inode = -2 FROM message",
	    "SELECT internaldate = -1 FROM message",
	    "SELECT hex(digest) = '000009' || printf('%.58d', 0) FROM message",
	};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		int64_t same = 0;
		must(f, db_query_int(f->s, want[i], &same, &f->err));
		if (same != 1)
			fail_msg("not so: %s", want[i]);
	}
}

static void test_message__an_unknown_digest_is_null(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct state_message m = {.uid = 1, .unique = "a"};
	int64_t null = 0;

	begin(f);
	must(f, state_message_add(f->s, id, &m, &f->err));
	commit(f);
	must(f, db_query_int(f->s, "SELECT digest IS NULL FROM message", &null,
			     &f->err));
	assert_int_equal(null, 1);
}

static void test_message__load_sorts_by_uid(void **state)
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

static void test_message__an_empty_folder_loads_as_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct base_view v;

	must(f, state_load(f->s, id, &v, &f->err));
	assert_int_equal(v.n, 0);
	base_view_release(&v);
}

static void test_message__flags_are_added_and_removed(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint64_t before, add, del, after;
	} table[] = {
	    {0, FLAG_SEEN, 0, FLAG_SEEN},
	    {FLAG_SEEN, 0, FLAG_SEEN, 0},
	    {FLAG_SEEN | FLAG_DRAFT, FLAG_FLAGGED, FLAG_SEEN,
	     FLAG_FLAGGED | FLAG_DRAFT},
	    /* Removed wins: so says the header. */
	    {0, FLAG_SEEN, FLAG_SEEN, 0},
	    {0, KEYWORD_BIT(57), 0, KEYWORD_BIT(57)},
	    {UINT64_MAX, 0, KEYWORD_BIT(57), UINT64_MAX >> 1},
	    {UINT64_MAX, 0, UINT64_MAX, 0},
	    {5, 0, 0, 5},
	};
	int64_t id = add_folder(f, "INBOX");

	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct state_message m = {
		    .uid = i + 1, .flags = table[i].before, .unique = "x"};
		begin(f);
		must(f, state_message_add(f->s, id, &m, &f->err));
		must(f, state_message_flags(f->s, id, i + 1, table[i].add,
					    table[i].del, &f->err));
		commit(f);
		if (row_of(f, id, i + 1).flags != table[i].after)
			fail_msg("row %u", (unsigned)i);
	}
}

static void test_message__tombstone_and_drop_are_counted_once(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 10);

	assert_int_equal(counted(f, "INBOX"), 10);
	begin(f);
	must(f, state_message_tombstone(f->s, id, 3, &f->err));
	must(f, state_message_tombstone(f->s, id, 3, &f->err));
	/* Also before the commit. */
	assert_int_equal(counted(f, "INBOX"), 9);
	must(f, state_message_drop(f->s, id, 3, &f->err));
	must(f, state_message_drop(f->s, id, 3, &f->err));
	must(f, state_message_drop(f->s, id, 4, &f->err));
	must(f, state_message_tombstone(f->s, id, 5, &f->err));
	commit(f);
	assert_int_equal(counted(f, "INBOX"), 7);
	assert_true(row_of(f, id, 5).tombstone);
	assert_int_equal(row_of(f, id, 3).uid, 0);
	assert_int_equal(row_of(f, id, 4).uid, 0);
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(counted(f, "INBOX"), 7);
}

static void test_message__folders_are_counted_apart(void **state)
{
	struct fixture *f = *state;
	int64_t a = add_folder(f, "a"), b = add_folder(f, "b");

	begin(f);
	for (uint32_t i = 1; i <= 10; i++) {
		add_messages(f, a, i, i);
		add_messages(f, b, 2 * i, 2 * i + 1);
	}
	must(f, state_message_drop(f->s, a, 1, &f->err));
	commit(f);
	assert_int_equal(counted(f, "a"), 9);
	assert_int_equal(counted(f, "b"), 20);
}

static void test_message__refuses_a_uid_twice(void **state)
{
	struct fixture *f = *state;
	struct state_message m = {.uid = 3, .unique = "x"};
	int64_t id = fill(f, 3);

	begin(f);
	assert_int_equal(state_message_add(f->s, id, &m, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	/* The rest of the transaction stands. */
	add_messages(f, id, 4, 4);
	commit(f);
	assert_int_equal(counted(f, "INBOX"), 4);
}

static void test_message__refuses_a_row_that_is_not_there(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);

	begin(f);
	assert_int_equal(state_message_flags(f->s, id, 9, 1, 0, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(state_message_tombstone(f->s, id, 9, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_null(state_message_unique(f->s, id, 9, &f->err));
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(state_message_drop(f->s, id, 9, &f->err), 0);
	commit(f);
	assert_int_equal(counted(f, "INBOX"), 3);
}

static void test_message__refuses_a_folder_that_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct state_message m = {.uid = 3, .unique = "x"};

	begin(f);
	assert_int_equal(state_message_add(f->s, 99, &m, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	state_rollback(f->s);
}

static void test_message__a_full_file_fails_and_rolls_back(void **state)
{
	struct fixture *f = *state;
	struct state_message m = {.unique = "a.name.of.some.length,S=12345"};
	int64_t id = fill(f, 10);
	int rc = 0;

	must(f, db_exec(f->s, "PRAGMA max_page_count = 12", "test", &f->err));
	begin(f);
	for (m.uid = 11; rc == 0 && m.uid < 5000; m.uid++)
		rc = state_message_add(f->s, id, &m, &f->err);
	assert_int_equal(rc, -1);
	assert_int_equal(f->err.code, ERR_IO);
	assert_non_null(strstr(f->err.hint, "make room"));
	/* Whoever goes on all the same gets nothing half-done. */
	if (sqlite3_get_autocommit(f->s->db))
		assert_int_equal(state_commit(f->s, &f->err), -1);
	state_rollback(f->s);
	assert_int_equal(count_inbox(f), 10);
}

#define T(name)                                                           \
	cmocka_unit_test_setup_teardown(test_message__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(every_bit_comes_back),
	    T(an_unknown_digest_is_null),
	    T(load_sorts_by_uid),
	    T(an_empty_folder_loads_as_nothing),
	    T(flags_are_added_and_removed),
	    T(tombstone_and_drop_are_counted_once),
	    T(folders_are_counted_apart),
	    T(refuses_a_uid_twice),
	    T(refuses_a_row_that_is_not_there),
	    T(refuses_a_folder_that_is_not_there),
	    T(a_full_file_fails_and_rolls_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
