/* SPDX-License-Identifier: MIT */
/* Which rung an account stands on, when it is left, and what it watches. */
#include "daemon/core/ladder.h"

#include "tests/support/t.h"

#define NOW INT64_C(1000000)

static const struct ladder_offer both = {.notify = true, .idle = true};

static void test_ladder__stands_as_high_as_it_can(void **state)
{
	const struct ladder_offer idle = {.idle = true}, none = {.idle = false};
	struct ladder l = {.lies = 0};

	(void)state;
	assert_int_equal(ladder_choose(&l, &both, NOW), LADDER_NOTIFY);
	assert_int_equal(ladder_choose(&l, &idle, NOW), LADDER_IDLE);
	assert_int_equal(ladder_choose(&l, &none, NOW), LADDER_SWEEP);
}

static void test_ladder__leaves_a_rung_that_lies_twice(void **state)
{
	struct ladder l = {.lies = 0};

	(void)state;
	assert_false(ladder_lied(&l, LADDER_NOTIFY, NOW));
	assert_int_equal(ladder_choose(&l, &both, NOW), LADDER_NOTIFY);
	assert_true(ladder_lied(&l, LADDER_NOTIFY, NOW + 1));
	assert_int_equal(ladder_choose(&l, &both, NOW + 1), LADDER_IDLE);
	/* The next one has to lie by itself. */
	assert_false(ladder_lied(&l, LADDER_IDLE, NOW + 2));
	assert_true(ladder_lied(&l, LADDER_IDLE, NOW + 3));
	assert_int_equal(ladder_choose(&l, &both, NOW + 3), LADDER_SWEEP);
	/* Nothing is below. */
	assert_false(ladder_lied(&l, LADDER_SWEEP, NOW + 4));
	assert_false(ladder_lied(&l, LADDER_SWEEP, NOW + 5));
}

static void test_ladder__says_so_once(void **state)
{
	struct ladder l = {.lies = 0};

	(void)state;
	(void)ladder_lied(&l, LADDER_NOTIFY, NOW);
	assert_true(ladder_lied(&l, LADDER_NOTIFY, NOW));
	for (int i = 0; i < 5; i++)
		assert_false(ladder_lied(&l, LADDER_NOTIFY, NOW));
	assert_int_equal(ladder_choose(&l, &both, NOW), LADDER_IDLE);
}

static void test_ladder__forgives_after_a_day(void **state)
{
	struct ladder l = {.lies = 0};

	(void)state;
	assert_false(ladder_lied(&l, LADDER_NOTIFY, NOW));
	assert_false(ladder_lied(&l, LADDER_NOTIFY, NOW + LADDER_DAY_MS));
	assert_true(ladder_lied(&l, LADDER_NOTIFY, NOW + LADDER_DAY_MS + 1));
}

static void test_ladder__climbs_again_after_a_day(void **state)
{
	struct ladder l = {.lies = 0};

	(void)state;
	ladder_refused(&l, LADDER_NOTIFY, NOW);
	assert_int_equal(ladder_choose(&l, &both, NOW), LADDER_IDLE);
	assert_int_equal(ladder_choose(&l, &both, NOW + LADDER_DAY_MS - 1),
			 LADDER_IDLE);
	assert_int_equal(ladder_choose(&l, &both, NOW + LADDER_DAY_MS),
			 LADDER_NOTIFY);
}

static void test_ladder__watches_what_is_worth_most(void **state)
{
	static const struct ladder_folder f[] = {
	    {.name = "Archive"},
	    {.name = "Junk", .dull = true, .changes = 900},
	    {.name = "List", .changes = 5},
	    {.name = "INBOX", .inbox = true},
	    {.name = "Sent"},
	};
	size_t out[5];

	(void)state;
	assert_int_equal(ladder_pick(f, 5, 3, out), 3);
	assert_int_equal(out[0], 3);
	assert_int_equal(out[1], 2);
	assert_int_equal(out[2], 0);
	assert_int_equal(ladder_pick(f, 5, 9, out), 5);
	assert_int_equal(out[3], 4);
	assert_int_equal(out[4], 1);
	assert_int_equal(ladder_pick(f, 0, 3, out), 0);
	assert_int_equal(ladder_pick(f, 5, 0, out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ladder__stands_as_high_as_it_can),
	    cmocka_unit_test(test_ladder__leaves_a_rung_that_lies_twice),
	    cmocka_unit_test(test_ladder__says_so_once),
	    cmocka_unit_test(test_ladder__forgives_after_a_day),
	    cmocka_unit_test(test_ladder__climbs_again_after_a_day),
	    cmocka_unit_test(test_ladder__watches_what_is_worth_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
