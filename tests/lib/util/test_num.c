/* SPDX-License-Identifier: MIT */
/* Decimal numbers: digits only, and the edges of 32 and 64 bits.
 */
#include "lib/util/num.h"

#include <string.h>

#include "tests/support/t.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_num__edges(void **state)
{
	static const struct {
		const char *s;
		uint64_t max;
		int rc;
		uint64_t value;
	} rows[] = {
	    {"0", 0, 0, 0},
	    {"007", 7, 0, 7},
	    {"8", 7, -1, 0},
	    {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
	    {"18446744073709551616", UINT64_MAX, -1, 0},
	    {"99999999999999999999", UINT64_MAX, -1, 0},
	    {"", 9, -1, 0},
	    {"+1", 9, -1, 0},
	    {"-1", 9, -1, 0},
	    {" 1", 9, -1, 0},
	    {"1 ", 9, -1, 0},
	    {"0x1", 9, -1, 0},
	    {"1a", 9, -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t n = 42;
		const char *s = rows[i].s;
		assert_int_equal(num_parse(s, strlen(s), rows[i].max, &n),
				 rows[i].rc);
		assert_true(n == (rows[i].rc == 0 ? rows[i].value : 42));
	}
}

static void test_num__u32(void **state)
{
	uint32_t n = 42;

	(void)state;
	assert_int_equal(num_parse_u32("4294967296", 10, &n), -1);
	assert_int_equal(n, 42);
	assert_int_equal(num_parse_u32("4294967295", 10, &n), 0);
	assert_true(n == UINT32_MAX);
	assert_int_equal(num_parse_u32("123x", 3, &n), 0);
	assert_int_equal(n, 123);
	assert_int_equal(num_parse_u32("1\0002", 3, &n), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_num__edges),
	    cmocka_unit_test(test_num__u32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
