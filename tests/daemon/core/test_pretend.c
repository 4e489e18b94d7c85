/* SPDX-License-Identifier: MIT */
/* What a dry run makes believe: after each plan there is less to be done, what
 * is left is what a next pass would find, and in the end there is nothing. */
#include "daemon/core/pretend.h"

#include "tests/daemon/core/plan.h"

static struct views v;

/* The base may grow. */
static void own_base(void)
{
	struct base_row *row = calloc(VIEW_MAX, sizeof(*row));

	assert_non_null(row);
	memcpy(row, v.base_row, v.base.n * sizeof(*row));
	v.base.row = row;
}

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
	if (v.base.row != v.base_row)
		free(v.base.row);
	return 0;
}

static void go_on(void)
{
	assert_int_equal(pretend(&v.plan, &v.base, &v.remote, &v.local), 0);
	views_plan(&v);
}

static size_t count(enum action_type type)
{
	return plan_count(&v.plan, type);
}

static void expect_rest(void)
{
	go_on();
	assert_int_equal(v.plan.n, 0);
}

static void test_pretend__new_messages_are_done_at_once(void **state)
{
	(void)state;
	views_in_sync(&v, 1, FLAG_SEEN);
	views_remote(&v, 5, 0);
	views_remote(&v, 7, FLAG_SEEN);
	views_local(&v, (struct local_row){.key = 100});
	views_plan(&v);
	assert_int_equal(count(ACTION_FETCH), 2);
	assert_int_equal(count(ACTION_UPLOAD), 1);
	expect_rest();
	assert_int_equal(v.base.n, 1);
}

static void test_pretend__deletions_are_done_at_once(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 8; i++)
		views_in_sync(&v, i, 0);
	views_expunged(&v, 9, 0, 0);
	views_base(&v, 10, 0, 10);
	views_remote(&v, 10, 0);
	v.policy.reap = true;
	views_plan(&v);
	assert_int_equal(count(ACTION_DIE_HERE), 1);
	assert_int_equal(count(ACTION_DIE_THERE), 1);
	expect_rest();
	assert_int_equal(v.base.n, 8);
	assert_int_equal(v.local.n, 8);
	assert_int_equal(v.remote.n, 8);
}

static void test_pretend__flags_are_settled(void **state)
{
	(void)state;
	views_base(&v, 1, FLAG_FLAGGED, 1);
	views_remote(&v, 1, FLAG_FLAGGED | FLAG_ANSWERED);
	views_local(&v, (struct local_row){.key = 1, .flags = FLAG_SEEN});
	views_plan(&v);
	assert_int_equal(count(ACTION_FLAGS_HERE), 1);
	assert_int_equal(count(ACTION_FLAGS_THERE), 2);
	expect_rest();
	assert_int_equal(v.base_row[0].flags, FLAG_SEEN | FLAG_ANSWERED);
}

/* A Maildir that is taken over: first all are paired, then flags merged. */
static void test_pretend__pairs_are_merged_next(void **state)
{
	(void)state;
	own_base();
	for (uint32_t i = 1; i <= 3; i++) {
		views_remote(&v, i, i == 1 ? FLAG_SEEN : 0);
		views_local(
		    &v, (struct local_row){.key = 10 + i,
					   .hint = i,
					   .flags = i == 2 ? FLAG_FLAGGED : 0});
	}
	views_plan(&v);
	assert_int_equal(v.plan.n, 3);
	assert_int_equal(count(ACTION_ADOPT), 3);
	go_on();
	assert_int_equal(v.plan.n, 2);
	assert_int_equal(count(ACTION_FLAGS_HERE), 1);
	assert_int_equal(count(ACTION_FLAGS_THERE), 1);
	expect_rest();
	assert_int_equal(v.base.n, 3);
}

static void test_pretend__what_is_kept_is_brought_back(void **state)
{
	(void)state;
	views_expunged(&v, 1, 0, FLAG_FLAGGED);
	views_base(&v, 2, 0, 2);
	views_remote(&v, 2, FLAG_ANSWERED);
	views_plan(&v);
	assert_int_equal(count(ACTION_FORGET), 2);
	go_on();
	assert_int_equal(count(ACTION_UPLOAD), 1);
	assert_int_equal(count(ACTION_FETCH), 1);
	assert_int_equal(v.plan.n, 2);
	expect_rest();
}

static void test_pretend__new_content_replaces_the_old(void **state)
{
	(void)state;
	views_base(&v, 1, 0, 1);
	v.base_row[0].print = 5;
	views_remote(&v, 1, 0);
	views_local(&v, (struct local_row){.key = 1, .print = 6});
	v.policy.reap = true;
	views_plan(&v);
	assert_int_equal(count(ACTION_FATE), 1);
	go_on();
	assert_int_equal(count(ACTION_UPLOAD), 1);
	go_on();
	assert_int_equal(count(ACTION_FATE), 1);
	go_on();
	assert_int_equal(count(ACTION_DELETE_THERE), 1);
	expect_rest();
}

static void test_pretend__moves_leave_nothing(void **state)
{
	(void)state;
	views_base(&v, 1, 0, 1);
	views_remote(&v, 1, 0);
	views_remote(&v, 2, 0);
	v.moved_there[v.nmoved_there++] =
	    (struct move_there){.uid = 1, .to = 2, .key = 77};
	v.moved_here[v.nmoved_here++] =
	    (struct move_here){.uid = 2, .from = 3, .from_uid = 9};
	views_plan(&v);
	assert_int_equal(count(ACTION_MOVE_THERE), 1);
	assert_int_equal(count(ACTION_MOVE_HERE), 1);
	expect_rest();
	assert_int_equal(v.base.n, 0);
	assert_int_equal(v.remote.n, 0);
}

/* What the guard holds is still held by the next plan. */
static void test_pretend__what_is_held_stays(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 40; i++)
		views_expunged(&v, i, 0, 0);
	views_remote(&v, 50, 0);
	views_plan(&v);
	assert_int_equal(v.plan.held_here, 40);
	go_on();
	assert_int_equal(v.plan.held_here, 40);
	assert_int_equal(v.plan.n, 0);
}

static void test_pretend_gone__takes_row_and_file(void **state)
{
	const uint32_t uid[] = {2, 99};

	(void)state;
	views_in_sync(&v, 1, 0);
	views_expunged(&v, 2, 0, 0);
	assert_int_equal(pretend_gone(&v.base, &v.local, uid, 2), 0);
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.base.n, 1);
	assert_int_equal(v.local.n, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_pretend__new_messages_are_done_at_once),
	    T(test_pretend__deletions_are_done_at_once),
	    T(test_pretend__flags_are_settled),
	    T(test_pretend__pairs_are_merged_next),
	    T(test_pretend__what_is_kept_is_brought_back),
	    T(test_pretend__new_content_replaces_the_old),
	    T(test_pretend__moves_leave_nothing),
	    T(test_pretend__what_is_held_stays),
	    T(test_pretend_gone__takes_row_and_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
