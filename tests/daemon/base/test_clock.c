/* SPDX-License-Identifier: MIT */
/* The clocks agree with the system's and the steady one never goes back. How
 * fast they run is not tested: that needs waiting. */
#include "daemon/base/clock.h"

#include <time.h>

#include "tests/support/t.h"

static void test_clock__mono_never_goes_back(void **state)
{
	int64_t last = clock_mono_us();

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_mono_us();
		assert_true(now >= last);
		last = now;
	}
}

static void test_clock__mono_units_agree(void **state)
{
	int64_t before = clock_mono_us();
	int64_t ms = clock_mono_ms();
	int64_t after = clock_mono_us();

	(void)state;
	assert_true(ms >= before / 1000 && ms <= after / 1000);
}

static void test_clock__wall_is_the_time_of_day(void **state)
{
	struct timespec before, after;

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &before), 0);
	int64_t now = clock_wall();
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &after), 0);
	assert_true(now >= before.tv_sec && now <= after.tv_sec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clock__mono_never_goes_back),
	    cmocka_unit_test(test_clock__mono_units_agree),
	    cmocka_unit_test(test_clock__wall_is_the_time_of_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
