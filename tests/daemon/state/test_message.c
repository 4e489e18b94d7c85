/* SPDX-License-Identifier: MIT */
/* Rows of messages: every bit comes back, flags are added and removed, fates
 * come and go, rows move. */
#include "tests/daemon/state/fixture.h"

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
	    .mtime_ns = INT64_MIN,
	    .unique = "1.2.h\xffst,S=3",
	    .key = UINT64_C(1) << 63,
	    .digest = {0, 0, 9},
	    .emailid = "M6d99ac\xff",
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
	assert_int_equal(row.fate, FATE_ALIVE);
	static const char *const want[] = {
	    "SELECT hex(name) = '312E322E68FF73742C533D33' FROM message",
	    "SELECT size = -1 FROM message",
	    "SELECT inode = -2 FROM message",
	    "SELECT internaldate = -1 FROM message",
	    "SELECT mtime + 1 = -9223372036854775807 FROM message",
	    "SELECT hex(emailid) = '4D366439396163FF' FROM message",
	    "SELECT hex(digest) = '000009' || printf('%.58d', 0) FROM message",
	};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		int64_t same = 0;
		must(f, db_query_int(f->s, want[i], &same, &f->err));
		if (same != 1)
			fail_msg("not so: %s", want[i]);
	}
}

static void test_message__what_is_not_known_is_null(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_folder(f, "INBOX");
	struct state_message m = {.uid = 1, .unique = "a"};
	int64_t null = 0;

	begin(f);
	must(f, state_message_add(f->s, id, &m, &f->err));
	commit(f);
	must(f, db_query_int(f->s,
			     "SELECT digest IS NULL AND emailid IS NULL"
			     " FROM message",
			     &null, &f->err));
	assert_int_equal(null, 1);
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

static void test_message__a_fate_can_change_and_end(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 4);
	static const struct {
		enum fate fate;
		uint32_t alive;
	} steps[] = {
	    {FATE_DYING_HERE, 3},    {FATE_DYING_THERE, 3},
	    {FATE_DYING_THERE, 3},   {FATE_ALIVE, 4},
	    {FATE_ALIVE, 4},         {FATE_DYING_THERE, 3},
	    {FATE_ALIVE, 4},         {FATE_REPLACED, 3},
	    {FATE_LEFT_HERE, 3},     {FATE_LEFT_THERE, 3},
	    {FATE_DELETED_THERE, 3}, {FATE_ALIVE, 4},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		begin(f);
		if (steps[i].fate == FATE_ALIVE)
			must(f, state_message_revive(f->s, id, 2, &f->err));
		else
			must(f, state_message_tombstone(
				    f->s, id, 2, steps[i].fate, &f->err));
		assert_int_equal(counted(f, "INBOX"), steps[i].alive);
		commit(f);
		struct base_row row = row_of(f, id, 2);
		assert_int_equal(row.fate, steps[i].fate);
		assert_int_equal(counted(f, "INBOX"), steps[i].alive);
	}
}

static void test_message__the_file_can_change(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);
	static const unsigned char digest[STATE_DIGEST] = {0, 7};
	struct state_file file = {.unique = "other.name",
				  .key = UINT64_MAX,
				  .inode = 77,
				  .size = UINT64_MAX - 1,
				  .mtime_ns = -5};
	struct state_record before, r;

	must(f, state_message_get(f->s, id, 2, &before, &f->err));
	/* Without a digest the content is that of before; then it is not. */
	for (int i = 0; i < 2; i++) {
		file.digest = i ? digest : NULL;
		begin(f);
		must(f, state_message_set_file(f->s, id, 2, &file, &f->err));
		commit(f);
		assert_true(row_of(f, id, 1).key != UINT64_MAX);
		must(f, state_message_get(f->s, id, 2, &r, &f->err));
		assert_string_equal(r.unique, "other.name");
		assert_true(r.key == UINT64_MAX);
		assert_true(r.inode == 77);
		assert_true(r.size == UINT64_MAX - 1);
		assert_true(r.mtime_ns == -5);
		assert_true(r.have_digest);
		assert_memory_equal(r.digest, i ? digest : before.digest,
				    STATE_DIGEST);
		assert_int_equal(r.flags, FLAG_SEEN);
		assert_string_equal(r.emailid, before.emailid);
		state_record_release(&r);
	}
	state_record_release(&before);
}

static void test_message__an_unknown_fate_is_damage(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 2);

	must(f, db_exec(f->s, "UPDATE message SET fate = 9", "test", &f->err));
	begin(f);
	assert_int_equal(state_message_drop(f->s, id, 1, &f->err), -1);
	assert_is_damage(f);
	assert_int_equal(state_message_revive(f->s, id, 2, &f->err), -1);
	assert_is_damage(f);
	assert_int_equal(
	    state_message_tombstone(f->s, id, 2, FATE_DYING_HERE, &f->err), -1);
	assert_is_damage(f);
	assert_int_equal(
	    state_message_move(f->s, &(struct state_move){id, 2, id, 9, 0},
			       &f->err),
	    -1);
	assert_is_damage(f);
	state_rollback(f->s);
}

static void test_message__moves_with_its_file(void **state)
{
	struct fixture *f = *state;
	int64_t from = fill(f, 5), to = add_folder(f, "Archive");
	struct state_record before, after;
	struct state_move m = {.from = from,
			       .uid = 3,
			       .to = to,
			       .new_uid = 9,
			       .flags = FLAG_DRAFT | KEYWORD_BIT(4)};

	assert_int_equal(state_message_get(f->s, from, 3, &before, &f->err), 0);
	begin(f);
	must(f, state_message_move(f->s, &m, &f->err));
	commit(f);
	assert_int_equal(counted(f, "INBOX"), 4);
	assert_int_equal(counted(f, "Archive"), 1);
	assert_int_equal(state_message_get(f->s, from, 3, &after, &f->err), 1);
	assert_int_equal(state_message_get(f->s, to, 9, &after, &f->err), 0);
	assert_true(after.flags == (FLAG_DRAFT | KEYWORD_BIT(4)));
	assert_string_equal(after.unique, before.unique);
	assert_true(after.key == before.key);
	assert_memory_equal(after.digest, before.digest, STATE_DIGEST);
	assert_true(after.mtime_ns == before.mtime_ns);
	assert_string_equal(after.emailid, before.emailid);
	state_record_release(&before);
	state_record_release(&after);
}

static void test_message__is_alive_after_a_move(void **state)
{
	struct fixture *f = *state;
	int64_t from = fill(f, 5), to = add_folder(f, "Archive");
	struct state_move m = {from, 3, to, 9, 0};

	begin(f);
	must(f,
	     state_message_tombstone(f->s, from, 3, FATE_DYING_THERE, &f->err));
	must(f, state_message_move(f->s, &m, &f->err));
	commit(f);
	assert_int_equal(row_of(f, to, 9).fate, FATE_ALIVE);
	assert_int_equal(counted(f, "INBOX"), 4);
	assert_int_equal(counted(f, "Archive"), 1);
}

static void test_message__a_move_can_stay_in_its_folder(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 3);
	struct state_move m = {id, 2, id, 8, FLAG_SEEN};

	begin(f);
	must(f, state_message_move(f->s, &m, &f->err));
	commit(f);
	assert_int_equal(counted(f, "INBOX"), 3);
	assert_int_equal(row_of(f, id, 8).uid, 8);
	assert_int_equal(row_of(f, id, 2).uid, 0);
}

static void test_message__refuses_a_move_that_cannot_be(void **state)
{
	struct fixture *f = *state;
	int64_t from = fill(f, 3), to = add_folder(f, "Archive");
	const struct state_move bad[] = {
	    {from, 1, to, 5, 0},   /* that UID is taken */
	    {from, 1, from, 2, 0}, /* here too */
	    {from, 7, to, 6, 0},   /* no such message */
	    {to, 1, from, 9, 0},   {99, 1, to, 9, 0}, {from, 1, 99, 1, 0},
	};

	begin(f);
	add_messages(f, to, 5, 5);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (state_message_move(f->s, &bad[i], &f->err) != -1)
			fail_msg("move %zu", i);
		assert_int_equal(f->err.code, ERR_INTERNAL);
	}
	/* The rest of the transaction stands. */
	commit(f);
	assert_int_equal(counted(f, "INBOX"), 3);
	assert_int_equal(counted(f, "Archive"), 1);
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
	assert_int_equal(
	    state_message_tombstone(f->s, id, 9, FATE_DYING_HERE, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_int_equal(state_message_revive(f->s, id, 9, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_non_null(strstr(f->err.text, "has no message with uid 9"));
	struct state_file file = {.unique = "x"};
	assert_int_equal(state_message_set_file(f->s, id, 9, &file, &f->err),
			 -1);
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
	    T(what_is_not_known_is_null),
	    T(flags_are_added_and_removed),
	    T(a_fate_can_change_and_end),
	    T(the_file_can_change),
	    T(an_unknown_fate_is_damage),
	    T(moves_with_its_file),
	    T(is_alive_after_a_move),
	    T(a_move_can_stay_in_its_folder),
	    T(refuses_a_move_that_cannot_be),
	    T(refuses_a_uid_twice),
	    T(refuses_a_row_that_is_not_there),
	    T(refuses_a_folder_that_is_not_there),
	    T(a_full_file_fails_and_rolls_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
