/* SPDX-License-Identifier: MIT */
/* Random bytes fill exactly what was asked for, and UUIDs have their form. That
 * they are random is the kernel's business. */
#include "daemon/base/rand.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "tests/support/t.h"

static void test_rand__fills_exactly_n_bytes(void **state)
{
	unsigned char any[64] = {0};

	(void)state;
	/* Each byte is changed in one of these, but for a chance of 2^-400. */
	for (int i = 0; i < 50; i++) {
		unsigned char b[66] = {0};
		rand_bytes(b + 1, 64);
		assert_int_equal(b[0], 0);
		assert_int_equal(b[65], 0);
		for (size_t at = 0; at < 64; at++)
			any[at] |= b[at + 1];
	}
	for (size_t at = 0; at < 64; at++)
		assert_int_not_equal(any[at], 0);
	rand_bytes(NULL, 0);
}

static void test_rand__numbers_differ(void **state)
{
	(void)state;
	assert_true(rand_u64() != rand_u64());
}

static void test_rand__a_uuid_has_its_form(void **state)
{
	char last[RAND_UUID] = "";

	(void)state;
	for (int i = 0; i < 100; i++) {
		char id[RAND_UUID];
		rand_uuid(id);
		assert_int_equal(strlen(id), 36);
		for (int at = 0; at < 36; at++) {
			bool dash = at == 8 || at == 13 || at == 18 || at == 23;
			if (dash)
				assert_int_equal(id[at], '-');
			else
				assert_true(isxdigit(id[at]) &&
					    !isupper(id[at]));
		}
		assert_int_equal(id[14], '4');
		assert_non_null(strchr("89ab", id[19]));
		assert_string_not_equal(id, last);
		memcpy(last, id, sizeof(last));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rand__fills_exactly_n_bytes),
	    cmocka_unit_test(test_rand__numbers_differ),
	    cmocka_unit_test(test_rand__a_uuid_has_its_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
