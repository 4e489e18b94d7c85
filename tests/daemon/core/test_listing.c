/* SPDX-License-Identifier: MIT */
/* Is a listing whole, and what does it prove? */
#include "daemon/core/listing.h"

#include "tests/support/t.h"

static struct base_row base_row[] = {
    {.uid = 2}, {.uid = 4}, {.uid = 6, .fate = FATE_CLAIMED}, {.uid = 8}};
static const struct base_view base = {.row = base_row, .n = 4};

static void test_listing__of_everything(void **state)
{
	struct remote_row row[] = {{.uid = 2}, {.uid = 4}};
	struct remote_view view = {.row = row, .n = 2};
	struct listing_facts l = {
	    .base = &base, .view = &view, .complete = true, .exists = 2};

	(void)state;
	assert_true(listing_is_whole(&l));
	l.exists = 3;
	assert_false(listing_is_whole(&l));
	l.exists = 1;
	assert_false(listing_is_whole(&l));
}

/* Rows 2, 4 and 8 are there; the claimed one is only where it is listed. */
static void test_listing__a_delta_adds_up(void **state)
{
	struct remote_row row[] = {{.uid = 4}, {.uid = 6}, {.uid = 9}};
	struct remote_view view = {.row = row, .n = 3};
	struct listing_facts l = {.base = &base, .view = &view, .exists = 5};

	(void)state;
	assert_true(listing_adds_up(&l));
	l.exists = 4;
	assert_false(listing_adds_up(&l));
	l.gone = 1;
	assert_true(listing_adds_up(&l));
	l.aside = 1;
	assert_false(listing_adds_up(&l));
	l.exists = 5;
	assert_true(listing_adds_up(&l));
}

static void test_listing__measures_what_is_missing(void **state)
{
	struct remote_row row[] = {{.uid = 4}, {.uid = 9}, {.uid = 10}};
	struct remote_view view = {.row = row, .n = 3};
	struct listing_facts l = {.base = &base,
				  .view = &view,
				  .complete = true,
				  .exists = 3,
				  .limit = 100,
				  .uidnext = 9};
	struct listed m = listing_measure(&l);

	(void)state;
	assert_int_equal(m.exists, 3);
	assert_int_equal(m.limit, 100);
	assert_int_equal(m.lowest, 4);
	assert_int_equal(m.fresh, 2);
	assert_int_equal(m.below, 1);
	assert_int_equal(m.above, 1);
}

/* Of a delta only what vanished is missing; the lowest that stays counts. */
static void test_listing__measures_a_delta(void **state)
{
	uint32_t gone[] = {2, 8};
	struct remote_view view = {.gone = gone, .ngone = 2};
	struct listing_facts l = {.base = &base, .view = &view, .exists = 1};
	struct listed m = listing_measure(&l);

	(void)state;
	assert_int_equal(m.lowest, 4);
	assert_int_equal(m.below, 0);
	assert_int_equal(m.above, 2);
	assert_int_equal(m.fresh, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_listing__of_everything),
	    cmocka_unit_test(test_listing__a_delta_adds_up),
	    cmocka_unit_test(test_listing__measures_what_is_missing),
	    cmocka_unit_test(test_listing__measures_a_delta),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
