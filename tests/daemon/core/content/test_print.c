/* SPDX-License-Identifier: MIT */
#include "daemon/core/content/print.h"

#include "tests/support/rng.h"
#include "tests/support/t.h"

static void test_print__is_the_same_for_the_same_file(void **state)
{
	(void)state;
	assert_true(print_of(7, 8, 9) == print_of(7, 8, 9));
}

static void test_print__tells_inode_size_and_time_apart(void **state)
{
	uint64_t print = print_of(7, 8, 9);

	(void)state;
	assert_true(print != print_of(8, 8, 9));
	assert_true(print != print_of(7, 9, 9));
	assert_true(print != print_of(7, 8, 10));
	/* The same numbers in another order. */
	assert_true(print != print_of(8, 7, 9));
	assert_true(print != print_of(7, 9, 8));
	assert_true(print != print_of(9, 8, 7));
}

static void test_print__is_never_zero(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, "print");
	assert_true(print_of(0, 0, 0) != 0);
	for (int i = 0; i < 100000; i++)
		assert_true(print_of(rng_next(&rng), rng_next(&rng),
				     (int64_t)rng_next(&rng)) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_print__is_the_same_for_the_same_file),
	    cmocka_unit_test(test_print__tells_inode_size_and_time_apart),
	    cmocka_unit_test(test_print__is_never_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
