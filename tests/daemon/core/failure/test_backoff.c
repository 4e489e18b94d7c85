/* SPDX-License-Identifier: MIT */
/* Delays before another try: growth, ceiling and spread.
 */
#include "daemon/core/failure/backoff.h"

#include "tests/support/t.h"

static void test_backoff__doubles_up_to_ten_minutes(void **state)
{
	static const int64_t want[] = {1000,   2000,   4000,   8000,
				       16000,  32000,  64000,  128000,
				       256000, 512000, 600000, 600000};

	(void)state;
	for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(backoff_delay_ms(i + 1, 0), want[i]);
}

static void test_backoff__chance_takes_a_third_at_most(void **state)
{
	(void)state;
	assert_int_equal(backoff_delay_ms(1, UINT32_MAX), 1000 - 333);
	assert_int_equal(backoff_delay_ms(2, UINT32_MAX / 2), 2000 - 332);
	assert_int_equal(backoff_delay_ms(99, UINT32_MAX), 400000);
}

static void test_backoff__takes_any_number(void **state)
{
	(void)state;
	assert_int_equal(backoff_delay_ms(0, 0), 1000);
	assert_int_equal(backoff_delay_ms(64, 0), 600000);
	assert_int_equal(backoff_delay_ms(UINT32_MAX, 0), 600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_backoff__doubles_up_to_ten_minutes),
	    cmocka_unit_test(test_backoff__chance_takes_a_third_at_most),
	    cmocka_unit_test(test_backoff__takes_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
