/* SPDX-License-Identifier: MIT */
/* What a folder's row counts is what counting its messages gives, whatever has
 * happened to them. */
#include "tests/daemon/state/fixture.h"
#include "tests/support/rng.h"

/* Compares all folders with their messages, in an open transaction too. */
static void assert_counts(struct fixture *f)
{
	int64_t wrong = -1;

	must(f, db_count_flush(f->s, &f->err));
	must(f, db_query_int(f->s,
			     "SELECT count(*) FROM folder"
			     " WHERE (messages, there, tombs) <> ("
			     "(SELECT count(*) FROM message"
			     " WHERE folder = folder.id AND fate = 0),"
			     "(SELECT count(*) FROM message"
			     " WHERE folder = folder.id"
			     " AND fate IN (0, 2, 3, 5, 6, 7)),"
			     "(SELECT count(*) FROM message"
			     " WHERE folder = folder.id"
			     " AND fate IN (1, 2, 3, 7)))",
			     &wrong, &f->err));
	assert_int_equal(wrong, 0);
}

static void test_count__each_fate_counts_as_the_header_says(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum fate fate;
		uint32_t messages, there, tombs;
	} table[] = {
	    {FATE_ALIVE, 3, 3, 0},         {FATE_DYING_HERE, 2, 2, 1},
	    {FATE_DYING_THERE, 2, 3, 1},   {FATE_REPLACED, 2, 3, 1},
	    {FATE_LEFT_HERE, 2, 2, 0},     {FATE_LEFT_THERE, 2, 3, 0},
	    {FATE_DELETED_THERE, 2, 3, 0}, {FATE_MOVED_THERE, 2, 3, 1},
	};
	int64_t id = fill(f, 3);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct state_folder folder;
		begin(f);
		if (table[i].fate != FATE_ALIVE)
			must(f, state_message_tombstone(
				    f->s, id, 2, table[i].fate, &f->err));
		commit(f);
		must(f, state_folder_get(f->s, "INBOX", &folder, &f->err));
		assert_int_equal(folder.messages, table[i].messages);
		assert_int_equal(folder.there, table[i].there);
		assert_int_equal(folder.tombs, table[i].tombs);
		state_folder_release(&folder);
		assert_counts(f);
	}
}

static void test_count__nothing_is_counted_twice(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 10);

	assert_int_equal(counted(f, "INBOX"), 10);
	begin(f);
	must(f, state_message_tombstone(f->s, id, 3, FATE_DYING_HERE, &f->err));
	must(f, state_message_tombstone(f->s, id, 3, FATE_DYING_HERE, &f->err));
	/* Also before the commit. */
	assert_int_equal(counted(f, "INBOX"), 9);
	must(f, state_message_drop(f->s, id, 3, &f->err));
	must(f, state_message_drop(f->s, id, 3, &f->err));
	must(f, state_message_drop(f->s, id, 4, &f->err));
	must(f, state_message_tombstone(f->s, id, 5, FATE_DYING_HERE, &f->err));
	commit(f);
	assert_int_equal(counted(f, "INBOX"), 7);
	assert_int_not_equal(row_of(f, id, 5).fate, FATE_ALIVE);
	assert_int_equal(row_of(f, id, 3).uid, 0);
	assert_int_equal(row_of(f, id, 4).uid, 0);
	close_state(f);
	must(f, open_state(f, STATE_WRITE));
	assert_int_equal(counted(f, "INBOX"), 7);
}

static void test_count__folders_are_counted_apart(void **state)
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

#define FOLDERS 3
#define UIDS    12

/* What cannot be done is refused and counts as nothing. */
static void one_change(struct fixture *f, const int64_t *id, struct rng *rng)
{
	int64_t a = id[rng_below(rng, FOLDERS)],
		b = id[rng_below(rng, FOLDERS)];
	uint32_t uid = 1 + rng_below(rng, UIDS), to = 1 + rng_below(rng, UIDS);
	struct state_message m = {.uid = uid, .unique = "x"};
	struct state_move move = {a, uid, b, to, 0};

	switch (rng_below(rng, 14)) {
	default:
		(void)state_message_add(f->s, a, &m, &f->err);
		break;
	case 0:
	case 1:
		must(f, state_message_drop(f->s, a, uid, &f->err));
		break;
	case 2:
		(void)state_message_revive(f->s, a, uid, &f->err);
		break;
	case 3:
	case 4:
	case 5:
		(void)state_message_tombstone(
		    f->s, a, uid, (enum fate)(1 + rng_below(rng, FATES - 1)),
		    &f->err);
		break;
	case 6:
	case 7:
		(void)state_message_move(f->s, &move, &f->err);
		break;
	case 8:
		if (rng_below(rng, 4) == 0)
			must(f, state_folder_reset(f->s, a, 1, &f->err));
	}
}

static void test_count__follows_any_change(void **state)
{
	struct fixture *f = *state;
	int64_t id[FOLDERS] = {add_folder(f, "a"), add_folder(f, "b"),
			       add_folder(f, "c")};
	int64_t rows = 0;
	struct rng rng;

	rng_init(&rng, "count");
	for (int round = 0; round < 300; round++) {
		begin(f);
		for (uint32_t i = rng_below(&rng, 40); i > 0; i--)
			one_change(f, id, &rng);
		if (rng_below(&rng, 2))
			assert_counts(f);
		if (rng_below(&rng, 4))
			commit(f);
		else
			state_rollback(f->s);
		assert_counts(f);
		int64_t n;
		must(f, db_query_int(f->s, "SELECT count(*) FROM message", &n,
				     &f->err));
		rows += n;
	}
	/* The walk did not stay where there is nothing to count. */
	assert_true(rows > 300);
}

/* The time of an open transaction is that of one update. */
static void test_count__a_batch_is_one_update(void **state)
{
	struct fixture *f = *state;
	int64_t id = fill(f, 1);

	begin(f);
	int before = sqlite3_total_changes(f->s->db);
	add_messages(f, id, 2, 101);
	commit(f);
	assert_int_equal(sqlite3_total_changes(f->s->db) - before, 101);
}

#define T(name)                                                         \
	cmocka_unit_test_setup_teardown(test_count__##name, setup_open, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(each_fate_counts_as_the_header_says),
	    T(nothing_is_counted_twice),
	    T(folders_are_counted_apart),
	    T(follows_any_change),
	    T(a_batch_is_one_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
