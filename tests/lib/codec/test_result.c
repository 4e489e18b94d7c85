/* SPDX-License-Identifier: MIT */
#include <imap4/types.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/t.h"

static void test_result__has_words_for_each(void **state)
{
	(void)state;
	for (int result = IMAP4_ETIMEDOUT; result <= IMAP4_OK; result++) {
		assert_true(strlen(imap4_strerror(result)) > 0);
		assert_string_not_equal(imap4_strerror(result),
					"unknown error");
	}
	assert_string_equal(imap4_strerror(3), imap4_strerror(IMAP4_OK));
	assert_string_equal(imap4_strerror(IMAP4_ETIMEDOUT - 1),
			    "unknown error");
	assert_string_equal(imap4_strerror(INT_MIN), "unknown error");
}

/* The Makefile's, the headers' and the library's are the same. */
static void test_result__has_one_version(void **state)
{
	unsigned major, minor, patch;

	(void)state;
	assert_string_equal(imap4_version(), IMAP4_VERSION);
	assert_string_equal(IMAP4_VERSION, VERSION);
	assert_int_equal(
	    sscanf(IMAP4_VERSION, "%u.%u.%u", &major, &minor, &patch), 3);
	assert_int_equal(IMAP4_VERSION_NUMBER,
			 major << 16 | minor << 8 | patch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_result__has_words_for_each),
	    cmocka_unit_test(test_result__has_one_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
