/* SPDX-License-Identifier: MIT */
/* Files that move while a sync runs: what the scan did not see. */
#include "tests/daemon/core/plan.h"

static struct views v;

static int setup(void **state)
{
	(void)state;
	views_init(&v);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_release(&v.plan);
	return 0;
}

/* Its file was on its way to another folder when a pass missed it. */
static void test_plan_late__a_late_move_takes_the_deletion_back(void **state)
{
	(void)state;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, FLAG_FLAGGED);
	v.base_row[0].fate = FATE_DYING_THERE;
	v.policy.reap = true;
	v.moved_there[v.nmoved_there++] =
	    (struct move_there){.uid = 5, .to = 3, .key = 33};
	const struct action *move = views_only(&v, ACTION_MOVE_THERE);
	assert_int_equal(move->other, 3);
	assert_int_equal(move->key, 33);
	v.moved_there[0].pending = true;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.deferred, 1);
}

/* A file that came since the scan may be another folder's, and one that went
 * may be in another folder: neither is acted upon before the next scan. */
static void test_plan_late__late_files_wait_for_a_scan(void **state)
{
	(void)state;
	views_local(&v, (struct local_row){.key = 70});
	v.scanned = true;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.late, 1);
	/* The row that it had here went to another folder, and it came back. */
	v.loose_row[v.loose.nrows++] = 70;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.late, 1);
	v.loose_file[v.loose.nfiles++] = 70;
	(void)views_only(&v, ACTION_UPLOAD);
	assert_int_equal(v.plan.late, 0);
}

static void test_plan_late__late_gone_is_not_brought_back(void **state)
{
	static const enum fate fate[] = {FATE_ALIVE, FATE_DYING_THERE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		views_base(&v, 5, 0, 50);
		views_remote(&v, 5, FLAG_FLAGGED);
		v.base_row[0].fate = (uint8_t)fate[i];
		v.scanned = true;
		views_plan(&v);
		assert_int_equal(v.plan.n, 0);
		assert_int_equal(v.plan.late, 1);
		/* The position waits: a delta does not repeat the mark. */
		assert_int_equal(v.plan.deferred, 1);
		v.loose_file[v.loose.nfiles++] = 50;
		views_plan(&v);
		assert_int_equal(v.plan.late, 1);
		v.loose_row[v.loose.nrows++] = 50;
		assert_int_equal(views_only(&v, ACTION_FORGET)->flags, 1);
		assert_int_equal(v.plan.kept_there, 1);
		views_init(&v);
	}
}

/* Nor is what the scan knew better: new content, and a name that another row's
 * file has by now. */
static void test_plan_late__what_was_written_over_is_not_late(void **state)
{
	(void)state;
	v.scanned = true;
	views_base(&v, 5, 0, 77);
	v.base_row[0].fate = FATE_REPLACED;
	views_remote(&v, 5, 0);
	views_local(&v, (struct local_row){.key = 77});
	assert_int_equal(views_only(&v, ACTION_UPLOAD)->key, 77);
	v.base_row[0].fate = FATE_DYING_THERE;
	v.remote_row[0].flags = FLAG_FLAGGED;
	views_base(&v, 6, 0, 77);
	views_remote(&v, 6, 0);
	(void)views_only(&v, ACTION_FORGET);
	assert_int_equal(v.plan.late, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_plan_late__a_late_move_takes_the_deletion_back),
	    TEST(test_plan_late__late_files_wait_for_a_scan),
	    TEST(test_plan_late__late_gone_is_not_brought_back),
	    TEST(test_plan_late__what_was_written_over_is_not_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
