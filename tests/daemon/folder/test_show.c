/* SPDX-License-Identifier: MIT */
/* What a dry run says of one folder: each action that the next sync would take,
 * once, and the same sums. */
#include "tests/daemon/folder/rig.h"

#define CAPS "UIDPLUS MOVE LITERAL+"

static void dry_run(void)
{
	rig_begin(CAPS);
	rig.env.opts = (struct folder_opts){.dry_run = true, .full = true};
}

/* Lines of the plan, with the folder's name before each. */
static void show(const char *want)
{
	rig_sync();
	assert_int_equal(buf_addc(&rig.lines, '\0'), 0);
	assert_string_equal(rig.lines.data, want);
}

/* The message follows its file, and is merged where that is. */
static void test_show__a_move_with_its_flags(void **state)
{
	static const struct move_there moved = {
	    .uid = 1, .to = RIG_TARGET, .key = 900, .flags = FLAG_FLAGGED};

	(void)state;
	dry_run();
	rig_there(1, "\\Seen");
	rig_row(1, FATE_ALIVE, false, 0);
	rig.env.task.moved_there = &moved;
	rig.env.task.nmoved_there = 1;
	show("A move uid=1 to=B there\n"
	     "A flags uid=1 +S here\n"
	     "A flags uid=1 +F there\n");
	assert_int_equal(rig.result.moved_there, 1);
	assert_int_equal(rig.result.flags_here, 1);
	assert_int_equal(rig.result.flags_there, 1);
	/* Its file waits there, in this run too. */
	assert_int_equal(rig.result.nfollow, 1);
	assert_true(rig.result.follow[0] == 900);
	rig_end();
}

/* In one direction only what that one does. */
static void test_show__a_move_that_is_not_pulled(void **state)
{
	static const struct move_there moved = {
	    .uid = 1, .to = RIG_TARGET, .key = 900};

	(void)state;
	dry_run();
	rig_there(1, "\\Seen");
	rig_row(1, FATE_ALIVE, false, 0);
	rig.account.direction = CONFIG_PUSH;
	rig.env.task.moved_there = &moved;
	rig.env.task.nmoved_there = 1;
	show("A move uid=1 to=B there\n");
	rig_end();
}

static void test_show__deletions_that_may_go(void **state)
{
	(void)state;
	for (int reap = 0; reap < 2; reap++) {
		dry_run();
		rig_there(1, "");
		rig_row(1, FATE_ALIVE, false, 0);
		rig_row(2, FATE_ALIVE, true, 0);
		rig_row(3, FATE_DYING_HERE, true, 0);
		rig.uidnext = 4;
		rig.env.task.reap = reap != 0;
		show(reap ? "A delete uid=2 here\n"
			    "A delete uid=1 there\n"
			    "A delete uid=3 here\n"
			  : "A delete uid=2 here\n"
			    "A delete uid=3 here\n");
		assert_int_equal(rig.result.dying_here, 1);
		assert_int_equal(rig.result.deleted_there, reap);
		rig_end();
	}
}

static void test_show__deletions_that_are_held(void **state)
{
	(void)state;
	dry_run();
	rig_there(1, "");
	rig_row(1, FATE_ALIVE, false, 0);
	rig.view.hold = true;
	show("A hold 1 deletion (guard)\n");
	assert_int_equal(rig.result.held_there, 1);
	rig_end();
}

static void test_show__a_folder_that_would_be_made(void **state)
{
	(void)state;
	dry_run();
	rig.view.on_disk = false;
	rig_there(1, "");
	show("A create folder here\n"
	     "A fetch uid=1 size=4\n");
	rig_end();
}

static void test_show__a_file_that_would_be_sent(void **state)
{
	(void)state;
	dry_run();
	rig_file(100);
	rig_sync();
	assert_int_equal(rig.result.uploaded, 1);
	assert_int_equal(rig.n, 0);
	rig_end();
}

/* Another folder has taken it over, by what this run has shown. */
static void test_show__what_was_found_is_not_gone(void **state)
{
	(void)state;
	for (int found = 0; found < 2; found++) {
		dry_run();
		rig_row(3, FATE_ALIVE, true, 0);
		rig.uidnext = 4;
		struct ledger_lost m = {
		    .folder = rig.view.row.id, .uid = 3, .found = found != 0};
		assert_int_equal(ledger_lose(&rig.moves, &m), 0);
		show(found ? "" : "A delete uid=3 here\n");
		assert_int_equal(rig.result.dying_here, !found);
		rig_end();
	}
}

/* Files that a program renames all the time: looked at a few times more, then
 * left alone. */
static void test_show__files_that_do_not_hold_still(void **state)
{
	(void)state;
	dry_run();
	rig_there(1, "");
	rig_row(1, FATE_ALIVE, false, 0);
	rig.view.local.unstable = true;
	rig_sync();
	assert_true(rig.opened > 1);
	assert_int_equal(rig.result.deleted_there, 0);
	rig_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_show__a_move_with_its_flags),
	    cmocka_unit_test(test_show__a_move_that_is_not_pulled),
	    cmocka_unit_test(test_show__deletions_that_may_go),
	    cmocka_unit_test(test_show__deletions_that_are_held),
	    cmocka_unit_test(test_show__a_folder_that_would_be_made),
	    cmocka_unit_test(test_show__a_file_that_would_be_sent),
	    cmocka_unit_test(test_show__what_was_found_is_not_gone),
	    cmocka_unit_test(test_show__files_that_do_not_hold_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
