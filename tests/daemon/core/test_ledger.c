/* SPDX-License-Identifier: MIT */
#include "daemon/core/ledger.h"

#include "tests/support/t.h"

#define INBOX  0
#define WORK   1
#define OTHER  2
#define ROW(i) (10 + (i))

/* Two files of INBOX are in WORK now, and one of another folder. */
struct bed {
	struct move_there moved[2];
	uint64_t expected[3];
	struct ledger_folder folder[3];
	struct ledger l;
	struct agenda_folder todo[3];
	struct agenda agenda;
};

static void bed_init(struct bed *b)
{
	*b = (struct bed){
	    .moved = {{.uid = 1, .key = 100, .to = ROW(WORK)},
		      {.uid = 2, .key = 200, .to = ROW(WORK)}},
	    .expected = {100, 150, 200},
	    .folder = {{.row = ROW(INBOX), .nmoved = 2},
		       {.row = ROW(WORK), .nexpected = 3},
		       {.row = ROW(OTHER)}},
	};
	b->folder[INBOX].moved = b->moved;
	b->folder[WORK].expected = b->expected;
	b->l = (struct ledger){.folder = b->folder, .n = 3};
	agenda_init(&b->agenda, b->todo, 3);
}

static void test_ledger__waits_for_what_has_not_followed(void **state)
{
	struct ledger_end end = {.all = false};
	struct bed b;

	(void)state;
	bed_init(&b);
	assert_int_equal(ledger_settle(&b.l, INBOX, &end, &b.agenda), 0);
	assert_int_equal(b.folder[WORK].nexpected, 3);
	assert_false(b.todo[WORK].dirty);
}

static void test_ledger__ends_what_a_pass_has_done(void **state)
{
	struct ledger_end end = {.all = true};
	struct bed b;

	(void)state;
	bed_init(&b);
	assert_int_equal(ledger_settle(&b.l, INBOX, &end, &b.agenda), 0);
	assert_int_equal(b.folder[WORK].nexpected, 1);
	assert_int_equal(b.expected[0], 150);
	assert_true(b.todo[WORK].dirty);
	assert_false(b.todo[INBOX].dirty);
	assert_false(b.todo[OTHER].dirty);
}

/* A message that is gone there cannot follow its file. */
static void test_ledger__ends_what_cannot_follow(void **state)
{
	const struct ledger_lost lost[] = {{.folder = ROW(INBOX), .uid = 7},
					   {.folder = ROW(OTHER), .uid = 1},
					   {.folder = ROW(INBOX), .uid = 2}};
	struct ledger_end end = {.all = false};
	struct bed b;

	(void)state;
	bed_init(&b);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ledger_lose(&b.l, &lost[i]), 0);
	assert_int_equal(ledger_settle(&b.l, INBOX, &end, &b.agenda), 0);
	assert_int_equal(b.folder[WORK].nexpected, 2);
	assert_int_equal(b.expected[0], 100);
	assert_int_equal(b.expected[1], 150);
	assert_true(b.todo[WORK].dirty);
	ledger_release_lost(&b.l);
}

static void test_ledger__keeps_all_that_is_lost(void **state)
{
	struct ledger l = {.n = 0};

	(void)state;
	for (uint32_t i = 1; i <= 1000; i++) {
		struct ledger_lost m = {.folder = 7, .uid = i, .key = i + 1};
		assert_int_equal(ledger_lose(&l, &m), 0);
	}
	assert_int_equal(l.nlost, 1000);
	for (uint32_t i = 1; i <= 1000; i++) {
		assert_int_equal(l.lost[i - 1].uid, i);
		assert_true(l.lost[i - 1].key == i + 1);
	}
	ledger_release_lost(&l);
	assert_int_equal(l.nlost, 0);
	ledger_release_lost(&l);
}

static void test_ledger__waits_in_a_dry_run_for_what_would_follow(void **state)
{
	const uint64_t follow[] = {100};
	struct ledger_end end = {.all = true, .follow = follow, .nfollow = 1};
	struct bed b;

	(void)state;
	bed_init(&b);
	assert_int_equal(ledger_settle(&b.l, INBOX, &end, &b.agenda), 0);
	assert_int_equal(b.folder[WORK].nexpected, 2);
	assert_int_equal(b.expected[0], 100);
	assert_int_equal(b.expected[1], 150);
}

static void test_ledger__leaves_alone_what_nobody_has_seen(void **state)
{
	struct ledger_end end = {.all = true};
	struct bed b;

	(void)state;
	bed_init(&b);
	b.folder[WORK].unseen = true;
	assert_int_equal(ledger_settle(&b.l, INBOX, &end, &b.agenda), 0);
	ledger_stir(&b.l, ROW(WORK));
	ledger_tell(&b.l, &b.agenda);
	assert_int_equal(b.folder[WORK].nexpected, 3);
	assert_false(b.todo[WORK].dirty);
}

static void test_ledger__stirs_the_folder_of_a_row(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b);
	ledger_stir(&b.l, ROW(OTHER));
	ledger_stir(&b.l, 99);
	assert_false(b.todo[OTHER].dirty);
	ledger_tell(&b.l, &b.agenda);
	assert_true(b.todo[OTHER].dirty);
	assert_false(b.todo[INBOX].dirty);
	assert_false(b.todo[WORK].dirty);
	/* Once. */
	b.todo[OTHER].dirty = false;
	ledger_tell(&b.l, &b.agenda);
	assert_false(b.todo[OTHER].dirty);
}

/* To a folder that is not synced: nobody waits for it. */
static void test_ledger__passes_by_folders_that_are_not_synced(void **state)
{
	struct ledger_end end = {.all = true};
	struct bed b;

	(void)state;
	bed_init(&b);
	b.moved[0].to = b.moved[1].to = 99;
	assert_int_equal(ledger_settle(&b.l, INBOX, &end, &b.agenda), 0);
	assert_int_equal(b.folder[WORK].nexpected, 3);
	assert_false(b.todo[WORK].dirty);
}

/* What was told to follow may be what is new there. */
static void test_ledger__marks_what_waits_for_its_message(void **state)
{
	struct local_row row[] = {{.key = 100}, {.key = 150}, {.key = 200}};
	struct local_view local = {.row = row, .n = 3};
	const uint64_t expected[] = {100, 200, 300}, promised[] = {200};

	(void)state;
	ledger_mark(&local, expected, 3, promised, 1);
	assert_int_equal(row[0].wait, WAIT_MOVE);
	assert_int_equal(row[1].wait, WAIT_NOT);
	assert_int_equal(row[2].wait, WAIT_NOT);
	ledger_mark(&local, expected, 3, NULL, 0);
	assert_int_equal(row[2].wait, WAIT_MOVE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger__waits_for_what_has_not_followed),
	    cmocka_unit_test(test_ledger__ends_what_a_pass_has_done),
	    cmocka_unit_test(test_ledger__ends_what_cannot_follow),
	    cmocka_unit_test(test_ledger__keeps_all_that_is_lost),
	    cmocka_unit_test(
		test_ledger__waits_in_a_dry_run_for_what_would_follow),
	    cmocka_unit_test(test_ledger__marks_what_waits_for_its_message),
	    cmocka_unit_test(test_ledger__leaves_alone_what_nobody_has_seen),
	    cmocka_unit_test(test_ledger__stirs_the_folder_of_a_row),
	    cmocka_unit_test(
		test_ledger__passes_by_folders_that_are_not_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
