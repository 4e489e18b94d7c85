/* SPDX-License-Identifier: MIT */
#include "daemon/core/folders/folders_owner.h"

#include "tests/support/t.h"

static const struct folders_base base[] = {
    {.id = 3, .path = "a"},
    {.id = 1, .path = "b"},
    {.id = 2, .path = "c"},
};

static size_t owner(uint32_t a, uint32_t b, uint32_t c, const char *path)
{
	const struct folders_tally tally[] = {{a, 0}, {b, 0}, {c, 9}};

	return folders_owner(base, tally, 3, path);
}

static void test_folders_owner__has_most_of_the_files(void **state)
{
	(void)state;
	assert_int_equal(owner(1, 2, 1, "a"), 1);
	assert_int_equal(owner(1, 2, 3, "a"), 2);
}

static void test_folders_owner__is_nobody_without_files(void **state)
{
	(void)state;
	assert_int_equal(owner(0, 0, 0, "a"), SIZE_MAX);
}

static void test_folders_owner__has_that_path_if_several_are_alike(void **state)
{
	(void)state;
	assert_int_equal(owner(2, 2, 0, "a"), 0);
	assert_int_equal(owner(2, 2, 2, "c"), 2);
}

static void test_folders_owner__is_the_oldest_if_nothing_tells(void **state)
{
	(void)state;
	assert_int_equal(owner(2, 2, 2, "else"), 1);
	assert_int_equal(owner(2, 0, 2, "else"), 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_folders_owner__has_most_of_the_files),
	    cmocka_unit_test(test_folders_owner__is_nobody_without_files),
	    cmocka_unit_test(
		test_folders_owner__has_that_path_if_several_are_alike),
	    cmocka_unit_test(
		test_folders_owner__is_the_oldest_if_nothing_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
