/* SPDX-License-Identifier: MIT */
/* Single decisions of the planner, one a test, and the order of what comes out.
 * Every combination of them is in test_plan_model.c.
 */
#include "tests/daemon/core/plan.h"

#define KEYWORD KEYWORD_BIT(3)

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

static void test_plan__nothing_changed(void **state)
{
	(void)state;
	views_in_sync(&v, 1, FLAG_SEEN);
	views_in_sync(&v, 2, KEYWORD);
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	v.local_known = false;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
}

static void test_plan__nothing_anywhere(void **state)
{
	(void)state;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	v.local_known = false;
	v.remote.complete = false;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
}

static void test_plan__fetches_what_is_new(void **state)
{
	(void)state;
	views_in_sync(&v, 1, 0);
	views_remote(&v, UINT32_MAX, FLAG_FLAGGED);
	const struct action *a = views_only(&v, ACTION_FETCH);
	assert_int_equal(a->uid, UINT32_MAX);
	assert_int_equal(a->flags, FLAG_FLAGGED);
	assert_int_equal(a->size, v.remote_row[1].size);
}

static void test_plan__leaves_out_what_is_outside(void **state)
{
	(void)state;
	views_remote(&v, 1, 0);
	v.remote_row[0].skip = true;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.skipped, 1);
}

/* What is here stays in sync whatever its size. */
static void test_plan__syncs_what_is_outside_but_here(void **state)
{
	(void)state;
	views_in_sync(&v, 1, 0);
	v.remote_row[0].skip = true;
	v.remote_row[0].flags = FLAG_SEEN;
	(void)views_only(&v, ACTION_FLAGS_HERE);
	assert_int_equal(v.plan.skipped, 0);
}

static void test_plan__adopts_a_file_that_a_crash_left(void **state)
{
	(void)state;
	views_remote(&v, 5, FLAG_SEEN | FLAG_FLAGGED);
	views_local(&v, (struct local_row){.key = 77,
					   .hint = 5,
					   .flags = FLAG_FLAGGED | FLAG_DRAFT,
					   .in_new = true});
	const struct action *a = views_only(&v, ACTION_ADOPT);
	assert_int_equal(a->uid, 5);
	assert_int_equal(a->key, 77);
	assert_int_equal(a->flags, FLAG_FLAGGED);
	assert_true(a->in_new);
}

static void test_plan__adopts_although_outside(void **state)
{
	(void)state;
	views_remote(&v, 5, 0);
	v.remote_row[0].skip = true;
	views_local(&v, (struct local_row){.key = 77, .hint = 5});
	(void)views_only(&v, ACTION_ADOPT);
}

/* A keyword set on the server since the crash has no letter yet: were it in the
 * base, the file would seem to have lost it as soon as it gets one. */
static void test_plan__adopts_without_keywords_the_file_lacks(void **state)
{
	(void)state;
	v.policy.here_mask = ~KEYWORD;
	views_remote(&v, 5, FLAG_SEEN | KEYWORD);
	views_local(
	    &v, (struct local_row){.key = 77, .hint = 5, .flags = FLAG_SEEN});
	assert_int_equal(views_only(&v, ACTION_ADOPT)->flags, FLAG_SEEN);
}

/* The copy of a file may keep its claim. */
static void test_plan__adopts_one_file_of_two(void **state)
{
	(void)state;
	views_remote(&v, 5, 0);
	views_local(&v, (struct local_row){.key = 77, .hint = 5});
	views_local(&v, (struct local_row){.key = 78, .hint = 5});
	views_plan(&v);
	assert_int_equal(v.plan.n, 2);
	assert_int_equal(v.plan.action[0].type, ACTION_ADOPT);
	assert_int_equal(v.plan.action[0].key, 77);
	assert_int_equal(v.plan.action[1].type, ACTION_UPLOAD);
	assert_int_equal(v.plan.action[1].key, 78);
}

/* Once there is a row, names are not believed. */
static void test_plan__believes_the_database_not_the_name(void **state)
{
	(void)state;
	views_in_sync(&v, 5, 0);
	views_local(&v, (struct local_row){.key = 78, .hint = 5});
	assert_int_equal(views_only(&v, ACTION_UPLOAD)->key, 78);
}

static void test_plan__a_known_file_is_nobody_elses(void **state)
{
	(void)state;
	views_in_sync(&v, 5, 0);
	v.local_row[0].hint = 6;
	views_remote(&v, 6, 0);
	(void)views_only(&v, ACTION_FETCH);
}

static void test_plan__leaves_a_tombstone_alone(void **state)
{
	(void)state;
	views_in_sync(&v, 5, 0);
	v.base_row[0].fate = FATE_DYING_HERE;
	v.remote_row[0].flags = FLAG_SEEN;
	v.local_row[0].flags = FLAG_FLAGGED;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	v.remote.n = 0;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	v.local.n = 0;
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
}

struct mark {
	uint64_t before, now;
	bool kept;
};

static void test_plan__keeps_what_somebody_cared_for(void **state)
{
	static const struct mark marks[] = {
	    {0, 0, false},
	    {0, FLAG_SEEN, false},
	    {0, FLAG_DELETED | FLAG_DRAFT | FLAG_SEEN, false},
	    {0, FLAG_FLAGGED, true},
	    {0, FLAG_ANSWERED, true},
	    {0, FLAG_PASSED, true},
	    {0, KEYWORD, true},
	    {FLAG_FLAGGED, FLAG_FLAGGED | FLAG_SEEN, false},
	    {FLAG_FLAGGED | KEYWORD, 0, false},
	    {FLAG_FLAGGED, KEYWORD, true},
	    /* Without a letter: not from the file. */
	    {0, KEYWORD_BIT(9), false},
	};

	(void)state;
	v.policy.here_mask = ~KEYWORD_BIT(9);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		v.base.n = v.local.n = 0;
		views_expunged(&v, 5, marks[i].before, marks[i].now);
		views_plan(&v);
		assert_int_equal(v.plan.kept_here, marks[i].kept);
		assert_int_equal(v.plan.n, 1);
		assert_int_equal(v.plan.action[0].type, marks[i].kept
							    ? ACTION_FORGET
							    : ACTION_DIE_HERE);
		/* Its file is then new here. */
		if (marks[i].kept)
			assert_int_equal(v.plan.action[0].flags, 1);
	}
}

/* Nothing is concluded from the absence of a file that may be in a folder that
 * could not be listed, whether or not it is marked there. */
static void test_plan__waits_for_files_that_may_be_elsewhere(void **state)
{
	(void)state;
	v.policy.partial = true;
	views_base(&v, 1, 0, 1);
	views_remote(&v, 1, 0);
	views_base(&v, 2, 0, 2);
	views_remote(&v, 2, FLAG_FLAGGED);
	views_base(&v, 3, 0, 3);
	v.base_row[2].fate = FATE_DYING_THERE;
	views_remote(&v, 3, FLAG_FLAGGED);
	views_plan(&v);
	assert_int_equal(v.plan.n, 0);
	assert_int_equal(v.plan.deferred, 3);
	assert_int_equal(v.plan.unsure, 0);
	v.policy.partial = false;
	views_plan(&v);
	assert_int_equal(v.plan.n, 3);
}

static void test_plan__trashes_the_file_as_it_is(void **state)
{
	(void)state;
	views_expunged(&v, 5, 0, FLAG_SEEN);
	v.local_row[0].in_new = true;
	const struct action *a = views_only(&v, ACTION_DIE_HERE);
	assert_int_equal(a->uid, 5);
	assert_int_equal(a->key, 5);
	assert_int_equal(a->flags, FLAG_SEEN);
	assert_true(a->in_new);
}

/* In a delta, absence proves nothing. */
static void test_plan__delta_deletes_what_it_names_only(void **state)
{
	(void)state;
	v.remote.complete = false;
	for (uint32_t uid = 1; uid <= 5; uid++)
		views_expunged(&v, uid, 0, 0);
	v.gone[0] = 2;
	v.gone[1] = 4;
	v.gone[2] = 9;
	v.remote.ngone = 3;
	views_plan(&v);
	assert_int_equal(v.plan.n, 2);
	assert_int_equal(v.plan.action[0].uid, 2);
	assert_int_equal(v.plan.action[1].uid, 4);
}

static void test_plan__delta_without_a_row_is_no_change(void **state)
{
	(void)state;
	v.remote.complete = false;
	views_in_sync(&v, 1, FLAG_SEEN);
	v.remote.n = 0;
	v.local_row[0].flags = FLAG_FLAGGED;
	views_plan(&v);
	assert_int_equal(v.plan.n, 2);
	assert_int_equal(v.plan.action[0].add, FLAG_FLAGGED);
	assert_int_equal(v.plan.action[0].flags, 0);
	/* The second change of the same message says so. */
	assert_int_equal(v.plan.action[1].del, FLAG_SEEN);
	assert_int_equal(v.plan.action[1].flags, 1);
}

/* n of total messages were expunged. */
static void some_expunged(size_t n, size_t total)
{
	views_init(&v);
	for (uint32_t uid = 1; uid <= total; uid++) {
		if (uid <= n)
			views_expunged(&v, uid, 0, 0);
		else
			views_in_sync(&v, uid, 0);
	}
	views_remote(&v, VIEW_MAX, 0);
}

static void expect_held(size_t held, size_t trashed)
{
	views_plan(&v);
	assert_int_equal(v.plan.held_here, held);
	assert_int_equal(plan_count(&v.plan, ACTION_DIE_HERE), trashed);
	/* Everything else goes on; what is new there in the next pass, where it
	 * may be what is kept. */
	assert_int_equal(plan_count(&v.plan, ACTION_FETCH),
			 v.plan.kept_here == 0);
	plan_release(&v.plan);
}

static void test_plan__guard_holds_all_or_nothing(void **state)
{
	(void)state;
	some_expunged(20, 20);
	expect_held(0, 20);
	some_expunged(21, 21);
	expect_held(21, 0);
	some_expunged(21, 84);
	expect_held(0, 21);
	some_expunged(21, 83);
	expect_held(21, 0);
	some_expunged(22, 87);
	v.policy.delete_limit_percent = -1;
	expect_held(0, 22);
}

static void test_plan__guard_holds_the_last_messages(void **state)
{
	(void)state;
	some_expunged(30, 30);
	v.policy.delete_limit_percent = 100;
	expect_held(30, 0);
	some_expunged(30, 31);
	v.policy.delete_limit_percent = 100;
	expect_held(0, 30);
}

/* Leftovers do not hide that the server has nothing left of what we knew. */
static void test_plan__guard_sees_an_empty_folder_behind_leftovers(void **state)
{
	(void)state;
	some_expunged(30, 30);
	v.policy.delete_limit_percent = 100;
	v.base_row[0].fate = FATE_DYING_HERE;
	expect_held(29, 0);
	some_expunged(30, 30);
	v.policy.delete_limit_percent = 100;
	v.local_row[0].flags = FLAG_FLAGGED; /* kept */
	expect_held(29, 0);
	some_expunged(30, 30);
	v.policy.delete_limit_percent = 100;
	v.local.n--; /* removed here too */
	expect_held(29, 0);
}

/* What is on its way to the trash is no part of the folder. */
static void test_plan__guard_takes_the_share_of_living_messages(void **state)
{
	(void)state;
	some_expunged(40, 100);
	for (size_t i = 0; i < 19; i++)
		v.base_row[i].fate = FATE_DYING_HERE;
	v.policy.delete_limit_percent = 25; /* 21 of 81 */
	expect_held(21, 0);
}

static void test_plan__guard_does_not_count_what_stays(void **state)
{
	(void)state;
	some_expunged(30, 40);
	for (size_t i = 0; i < 10; i++)
		v.local_row[i].flags = FLAG_FLAGGED;
	expect_held(0, 20);
}

/* An answer is about what was held when it was given. */
static void test_plan__guard_holds_what_came_after_the_answer(void **state)
{
	(void)state;
	some_expunged(40, 70);
	v.policy.approve = true;
	for (size_t i = 0; i < 39; i++)
		v.base_row[i].shown = true;
	views_plan(&v);
	assert_int_equal(v.plan.nheld, 40);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(v.plan.held[i], v.base_row[i].uid);
	expect_held(40, 0);
	v.base_row[39].shown = true;
	expect_held(0, 40);
	v.policy.approve = false;
	expect_held(40, 0);
}

struct key {
	enum action_type type;
	uint32_t uid;
};

static void test_plan__sorts_for_batches(void **state)
{
	static const struct key want[] = {
	    {ACTION_FETCH, 80},      {ACTION_FETCH, 90},
	    {ACTION_ADOPT, 70},      {ACTION_FLAGS_HERE, 2},
	    {ACTION_FLAGS_HERE, 9},  {ACTION_FLAGS_THERE, 3},
	    {ACTION_FLAGS_THERE, 7}, {ACTION_FLAGS_THERE, 1},
	    {ACTION_FLAGS_THERE, 6}, {ACTION_FLAGS_THERE, 6},
	    {ACTION_RECORD, 4},      {ACTION_FORGET, 8},
	    {ACTION_DIE_HERE, 5},
	};

	(void)state;
	for (uint32_t uid = 1; uid <= 9; uid++) {
		uint64_t flags = uid == 3 || uid == 7 ? FLAG_SEEN : 0;
		if (uid == 6)
			flags = FLAG_DRAFT;
		views_in_sync(&v, uid, flags);
	}
	v.local_row[0].flags = FLAG_FLAGGED;
	v.remote_row[1].flags = FLAG_SEEN;
	v.local_row[2].flags = 0;
	v.local_row[3].flags = v.remote_row[3].flags = FLAG_SEEN;
	v.local_row[5].flags = FLAG_FLAGGED;
	v.local_row[6].flags = 0;
	v.remote_row[8].flags = FLAG_ANSWERED;
	/* 5 and 8 vanish there, 8 here too. */
	memmove(&v.remote_row[7], &v.remote_row[8], sizeof(v.remote_row[0]));
	memmove(&v.remote_row[4], &v.remote_row[5],
		3 * sizeof(v.remote_row[0]));
	memmove(&v.local_row[7], &v.local_row[8], sizeof(v.local_row[0]));
	v.remote.n -= 2;
	v.local.n--;
	views_remote(&v, 70, 0);
	views_remote(&v, 80, 0);
	views_remote(&v, 90, 0);
	views_local(&v, (struct local_row){.key = 1000, .hint = 70});
	views_plan(&v);
	assert_int_equal(v.plan.n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < v.plan.n; i++) {
		assert_int_equal(v.plan.action[i].type, want[i].type);
		assert_int_equal(v.plan.action[i].uid, want[i].uid);
	}
	assert_int_equal(v.plan.action[8].flags, 0);
	assert_int_equal(v.plan.action[9].flags, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* A file that came just before a crash, and a list that does not show its
 * message: it is not sent as new. Others are. */
static void test_plan__a_short_list_makes_no_file_new(void **state)
{
	(void)state;
	views_local(&v, (struct local_row){.key = 50, .hint = 5});
	views_local(&v, (struct local_row){.key = 60});
	v.remote.complete = false;
	v.remote.partial = true;
	assert_int_equal(views_only(&v, ACTION_UPLOAD)->key, 60);
	assert_int_equal(v.plan.deferred, 1);
	v.remote.partial = false;
	views_plan(&v);
	assert_int_equal(plan_count(&v.plan, ACTION_UPLOAD), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_plan__a_short_list_makes_no_file_new),
	    TEST(test_plan__nothing_changed),
	    TEST(test_plan__nothing_anywhere),
	    TEST(test_plan__fetches_what_is_new),
	    TEST(test_plan__leaves_out_what_is_outside),
	    TEST(test_plan__syncs_what_is_outside_but_here),
	    TEST(test_plan__adopts_a_file_that_a_crash_left),
	    TEST(test_plan__adopts_although_outside),
	    TEST(test_plan__adopts_without_keywords_the_file_lacks),
	    TEST(test_plan__adopts_one_file_of_two),
	    TEST(test_plan__believes_the_database_not_the_name),
	    TEST(test_plan__a_known_file_is_nobody_elses),
	    TEST(test_plan__leaves_a_tombstone_alone),
	    TEST(test_plan__keeps_what_somebody_cared_for),
	    TEST(test_plan__waits_for_files_that_may_be_elsewhere),
	    TEST(test_plan__trashes_the_file_as_it_is),
	    TEST(test_plan__delta_deletes_what_it_names_only),
	    TEST(test_plan__delta_without_a_row_is_no_change),
	    TEST(test_plan__guard_holds_all_or_nothing),
	    TEST(test_plan__guard_holds_the_last_messages),
	    TEST(test_plan__guard_sees_an_empty_folder_behind_leftovers),
	    TEST(test_plan__guard_takes_the_share_of_living_messages),
	    TEST(test_plan__guard_does_not_count_what_stays),
	    TEST(test_plan__guard_holds_what_came_after_the_answer),
	    TEST(test_plan__sorts_for_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
