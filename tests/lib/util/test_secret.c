/* SPDX-License-Identifier: MIT */
/* Secrets keep their bytes and refuse absurd lengths. That the memory is locked
 * and wiped cannot be seen from here: it is unmapped.
 */
#include "lib/util/secret.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"

static void test_secret__keeps_bytes_and_terminates(void **state)
{
	struct secret *s = secret_new("pa\0ss-and-more", 5);

	(void)state;
	assert_non_null(s);
	assert_int_equal(secret_len(s), 5);
	assert_memory_equal(secret_text(s), "pa\0ss", 6);
	secret_free(s);
	secret_free(NULL);
}

static void test_secret__empty(void **state)
{
	struct secret *s = secret_new(NULL, 0);

	(void)state;
	assert_non_null(s);
	assert_int_equal(secret_len(s), 0);
	assert_string_equal(secret_text(s), "");
	secret_free(s);
}

static void test_secret__up_to_a_mebibyte(void **state)
{
	size_t max = 1 << 20;
	char *text = malloc(max + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', max + 1);
	assert_null(secret_new(text, max + 1));
	struct secret *s = secret_new(text, max);
	assert_non_null(s);
	assert_int_equal(strlen(secret_text(s)), max);
	secret_free(s);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_secret__keeps_bytes_and_terminates),
	    cmocka_unit_test(test_secret__empty),
	    cmocka_unit_test(test_secret__up_to_a_mebibyte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
