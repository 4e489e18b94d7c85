/* SPDX-License-Identifier: MIT */
/* What a listing proves: windows that are announced, those that are found out,
 * and counters that go back.
 */
#include "daemon/core/window.h"

#include "tests/support/t.h"

struct row {
	const char *what;
	struct listed l;
	struct horizon past;
	uint32_t floor;
	/* What is known then. */
	uint32_t limit, slid;
};

#define PAST(n, most, times)                              \
	{                                                 \
		.exists = n, .limit = most, .slid = times \
	}

/* Exists, limit, lowest, fresh, below, above; exists, limit, slid of before. */
static const struct row rows[] = {
    {"nothing", {0, 0, 0, 0, 0, 0}, PAST(0, 0, 0), 0, 0, 0},
    {"nothing, of a window", {0, 30, 0, 0, 5, 0}, PAST(5, 0, 0), 0, 0, 0},
    {"all of it", {9, 0, 1, 0, 0, 0}, PAST(9, 0, 0), 0, 0, 0},
    {"oldest deleted", {8, 0, 2, 0, 1, 0}, PAST(9, 0, 0), 0, 0, 0},
    /* Announced. */
    {"less than the limit", {29, 30, 3, 1, 2, 0}, PAST(30, 0, 0), 0, 0, 0},
    {"as full as the limit", {30, 30, 7, 1, 1, 0}, PAST(30, 0, 0), 7, 0, 0},
    {"for the first time", {30, 30, 7, 0, 0, 0}, PAST(-1, 0, 0), 7, 0, 0},
    {"more: it is no window", {31, 30, 7, 1, 1, 0}, PAST(31, 0, 0), 0, 0, 1},
    /* Found out. */
    {"slid once", {30, 0, 2, 1, 1, 0}, PAST(30, 0, 0), 0, 0, 1},
    {"slid twice", {30, 0, 3, 1, 1, 0}, PAST(30, 0, 1), 3, 30, 0},
    {"and again", {30, 0, 9, 6, 6, 0}, PAST(30, 30, 0), 9, 30, 0},
    {"quiet between", {30, 0, 2, 0, 0, 0}, PAST(30, 0, 1), 0, 0, 1},
    {"news only", {31, 0, 2, 1, 0, 0}, PAST(30, 0, 1), 0, 0, 1},
    {"deleted between", {30, 0, 2, 1, 1, 1}, PAST(30, 0, 1), 0, 0, 0},
    {"deleted, nothing new", {29, 0, 2, 0, 1, 0}, PAST(30, 0, 1), 0, 0, 0},
    {"not as many as before", {29, 0, 3, 1, 2, 0}, PAST(30, 0, 1), 0, 0, 0},
    {"no longer full", {28, 0, 3, 0, 2, 0}, PAST(30, 30, 0), 0, 30, 0},
    {"nobody knows how many", {30, 0, 2, 1, 1, 0}, PAST(-1, 0, 1), 0, 0, 0},
    {"too few for a window", {9, 0, 3, 1, 1, 0}, PAST(9, 0, 1), 0, 0, 0},
    {"just enough", {10, 0, 3, 1, 1, 0}, PAST(10, 0, 1), 3, 10, 0},
};

static void test_window__below_a_window_nothing_is_gone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct horizon next = {.max_size = 1};
		uint32_t floor = window_floor(&r->l, &r->past, &next);
		if (floor != r->floor || next.limit != r->limit ||
		    next.slid != r->slid || next.max_size != 0)
			fail_msg("%s: floor %u, limit %u, slid %u", r->what,
				 floor, next.limit, next.slid);
		assert_int_equal(next.exists, r->l.exists);
	}
}

struct wider {
	struct horizon now, past;
	bool want;
};

#define LIMITS(size, time)                                    \
	{                                                     \
		.exists = 1, .max_size = size, .oldest = time \
	}

static void test_window__wider_takes_in_what_was_left_out(void **state)
{
	static const struct wider cases[] = {
	    {LIMITS(0, 0), LIMITS(0, 0), false},
	    {LIMITS(9, 0), LIMITS(9, 0), false},
	    {LIMITS(9, 0), LIMITS(0, 0), false},
	    {LIMITS(8, 0), LIMITS(9, 0), false},
	    {LIMITS(10, 0), LIMITS(9, 0), true},
	    {LIMITS(0, 0), LIMITS(9, 0), true},
	    /* As time goes by. */
	    {LIMITS(0, 100), LIMITS(0, 50), false},
	    {LIMITS(0, 50), LIMITS(0, 50), false},
	    {LIMITS(0, 49), LIMITS(0, 50), true},
	    {LIMITS(0, 0), LIMITS(0, 50), true},
	    {LIMITS(0, 50), LIMITS(0, 0), false},
	    /* One wider, one narrower. */
	    {LIMITS(10, 60), LIMITS(9, 50), true},
	    {LIMITS(8, 40), LIMITS(9, 50), true},
	    {LIMITS(0, 0), {.exists = -1}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wider *c = &cases[i];
		if (horizon_is_wider(&c->now, &c->past) != c->want)
			fail_msg("row %zu is not %d", i, c->want);
	}
}

static void test_window__the_oldest_is_not_written_for_the_clocks_sake(
    void **state)
{
	const struct horizon past = LIMITS(9, 50), later = LIMITS(9, 60),
			     wider = LIMITS(9, 40), smaller = LIMITS(8, 60);

	(void)state;
	assert_int_equal(horizon_oldest(&later, &past, false), 50);
	assert_int_equal(horizon_oldest(&smaller, &past, false), 50);
	/* What came may be left out. */
	assert_int_equal(horizon_oldest(&later, &past, true), 60);
	assert_int_equal(horizon_oldest(&wider, &past, false), 40);
}

static void test_window__counters_that_go_back(void **state)
{
	static const struct {
		struct position past, now;
		enum position_step want;
	} cases[] = {
	    {{0, 0, 0}, {7, 4, 90}, POSITION_ON},
	    {{7, 4, 90}, {7, 4, 90}, POSITION_ON},
	    {{7, 4, 90}, {7, 5, 91}, POSITION_ON},
	    {{7, 4, 90}, {8, 4, 90}, POSITION_OTHER},
	    {{7, 4, 90}, {7, 4, 89}, POSITION_BACK},
	    /* NOMODSEQ. */
	    {{7, 4, 90}, {7, 4, 0}, POSITION_BACK},
	    {{7, 4, 0}, {7, 4, 90}, POSITION_ON},
	    {{7, 4, 90}, {7, 3, 90}, POSITION_OTHER},
	    {{7, 4, 90}, {7, 3, 99}, POSITION_OTHER},
	    /* Courier does not say. */
	    {{7, 4, 0}, {7, 0, 0}, POSITION_ON},
	    {{7, 0, 0}, {7, 4, 0}, POSITION_ON},
	    {{7, UINT32_MAX, UINT64_MAX}, {7, 1, 1}, POSITION_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (position_step(&cases[i].past, &cases[i].now) !=
		    cases[i].want)
			fail_msg("row %zu is not %d", i, (int)cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_window__below_a_window_nothing_is_gone),
	    cmocka_unit_test(test_window__wider_takes_in_what_was_left_out),
	    cmocka_unit_test(
		test_window__the_oldest_is_not_written_for_the_clocks_sake),
	    cmocka_unit_test(test_window__counters_that_go_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
