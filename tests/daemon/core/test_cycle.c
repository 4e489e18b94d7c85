/* SPDX-License-Identifier: MIT */
#include "daemon/core/cycle.h"

#include "tests/support/t.h"

static const struct cycle_conditions fine = {.session = true};

static void test_cycle__goes_through_all_stages(void **state)
{
	struct cycle_conditions c = fine;
	enum cycle_stage stage = CYCLE_OPEN;

	(void)state;
	c.removals = true;
	for (int i = CYCLE_OPEN; i < CYCLE_END; i++) {
		assert_int_equal(stage, i);
		stage = cycle_next(stage, CYCLE_DONE, &c);
	}
	assert_int_equal(stage, CYCLE_END);
}

static void test_cycle__leaves_out_what_nobody_needs(void **state)
{
	struct cycle_conditions c = fine;

	(void)state;
	assert_int_equal(cycle_next(CYCLE_MESSAGES, CYCLE_DONE, &c),
			 CYCLE_TRASH);
	c.restored = true;
	assert_int_equal(cycle_next(CYCLE_CLAIM, CYCLE_DONE, &c), CYCLE_TREE);
	c.list_only = true;
	assert_int_equal(cycle_next(CYCLE_LIST, CYCLE_DONE, &c), CYCLE_TRASH);
}

static void test_cycle__restores_and_removes_nothing_in_a_dry_run(void **state)
{
	struct cycle_conditions c = fine;

	(void)state;
	c.dry_run = c.removals = true;
	assert_int_equal(cycle_next(CYCLE_CLAIM, CYCLE_DONE, &c), CYCLE_TREE);
	assert_int_equal(cycle_next(CYCLE_MESSAGES, CYCLE_DONE, &c),
			 CYCLE_TRASH);
}

static void test_cycle__goes_back_to_what_is_out_of_date(void **state)
{
	(void)state;
	for (enum cycle_stage s = CYCLE_LIST; s < CYCLE_TRASH; s++) {
		assert_int_equal(cycle_next(s, CYCLE_MORE, &fine), s);
		assert_int_equal(cycle_next(s, CYCLE_RELIST, &fine),
				 CYCLE_LIST);
		assert_int_equal(cycle_next(s, CYCLE_RESCAN, &fine),
				 CYCLE_SCAN);
	}
}

static void test_cycle__asks_for_nothing_when_it_is_over(void **state)
{
	static const struct cycle_conditions over[] = {
	    {.session = false},
	    {.session = true, .stopping = true},
	    {.session = true, .busy = true},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (enum cycle_stage s = CYCLE_CONNECT; s < CYCLE_TRASH; s++) {
			for (enum cycle_found f = CYCLE_MORE; f <= CYCLE_FAILED;
			     f++)
				assert_int_equal(cycle_next(s, f, &over[i]),
						 CYCLE_TRASH);
		}
	}
}

/* Some folders, once all were looked at. */
static void test_cycle__goes_straight_to_what_is_known(void **state)
{
	const struct cycle_conditions known = {.session = true, .known = true};

	(void)state;
	assert_int_equal(cycle_next(CYCLE_CONNECT, CYCLE_DONE, &known),
			 CYCLE_LIST);
	assert_int_equal(cycle_next(CYCLE_LIST, CYCLE_DONE, &known),
			 CYCLE_SCAN);
	assert_int_equal(cycle_next(CYCLE_MESSAGES, CYCLE_DONE, &known),
			 CYCLE_TRASH);
}

static void test_cycle__opens_before_there_is_a_session(void **state)
{
	struct cycle_conditions c = {.session = false};

	(void)state;
	assert_int_equal(cycle_next(CYCLE_OPEN, CYCLE_DONE, &c), CYCLE_CONNECT);
	c.stopping = true;
	assert_int_equal(cycle_next(CYCLE_OPEN, CYCLE_DONE, &c), CYCLE_TRASH);
}

static void test_cycle__ends_what_failed(void **state)
{
	(void)state;
	for (enum cycle_stage s = CYCLE_OPEN; s < CYCLE_TRASH; s++)
		assert_int_equal(cycle_next(s, CYCLE_FAILED, &fine),
				 CYCLE_TRASH);
	assert_int_equal(cycle_next(CYCLE_TRASH, CYCLE_FAILED, &fine),
			 CYCLE_END);
}

/* Whatever holds: the last stage ends it, but where a connection is to be
 * tried again. */
static void test_cycle__ends_with_the_trash(void **state)
{
	const struct cycle_conditions none = {.session = false};

	(void)state;
	assert_int_equal(cycle_next(CYCLE_TRASH, CYCLE_DONE, &none), CYCLE_END);
	assert_int_equal(cycle_next(CYCLE_TRASH, CYCLE_DONE, &fine), CYCLE_END);
	assert_int_equal(cycle_next(CYCLE_TRASH, CYCLE_RECONNECT, &none),
			 CYCLE_CONNECT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cycle__goes_through_all_stages),
	    cmocka_unit_test(test_cycle__leaves_out_what_nobody_needs),
	    cmocka_unit_test(
		test_cycle__restores_and_removes_nothing_in_a_dry_run),
	    cmocka_unit_test(test_cycle__goes_back_to_what_is_out_of_date),
	    cmocka_unit_test(test_cycle__asks_for_nothing_when_it_is_over),
	    cmocka_unit_test(test_cycle__goes_straight_to_what_is_known),
	    cmocka_unit_test(test_cycle__opens_before_there_is_a_session),
	    cmocka_unit_test(test_cycle__ends_what_failed),
	    cmocka_unit_test(test_cycle__ends_with_the_trash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
