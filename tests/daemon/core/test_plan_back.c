/* SPDX-License-Identifier: MIT */
/* Messages whose files may come back, and what was marked meanwhile. */
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

/* Its file may come back, and then they are merged: no position passes them. */
static void test_plan_back__flags_of_what_is_dying_are_not_passed_by(
    void **state)
{
	(void)state;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, FLAG_SEEN);
	(void)views_only(&v, ACTION_DIE_THERE);
	assert_int_equal(v.plan.unmerged, 1);
	v.base_row[0].fate = FATE_DYING_THERE;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.unmerged, 1);
	v.remote_row[0].flags = 0;
	views_plan(&v);
	assert_int_equal(v.plan.unmerged, 0);
}

/* It was left there: while its file was away nobody looked at what the server
 * marked it with, and positions went by. The pass that merges it has to list
 * all, whatever this one shows. */
static void test_plan_back__what_was_left_is_looked_at_anew(void **state)
{
	(void)state;
	v.policy.delete_there = false;
	views_base(&v, 5, 0, 5);
	views_remote(&v, 5, FLAG_SEEN);
	views_local(&v, (struct local_row){.key = 5});
	v.base_row[0].fate = FATE_LEFT_THERE;
	const struct action *a = views_only(&v, ACTION_FATE);
	assert_int_equal(a->fate, FATE_ALIVE);
	assert_int_equal(a->flags, 1);
	v.remote.complete = false;
	v.remote.n = 0;
	assert_int_equal(views_only(&v, ACTION_FATE)->flags, 1);
	/* Positions waited for this one. */
	v.base_row[0].fate = FATE_DYING_THERE;
	assert_int_equal(views_only(&v, ACTION_FATE)->flags, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_plan_back__flags_of_what_is_dying_are_not_passed_by),
	    TEST(test_plan_back__what_was_left_is_looked_at_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
