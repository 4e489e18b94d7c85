/* SPDX-License-Identifier: MIT */
#include "daemon/store/lost.h"

#include <string.h>

#include "tests/support/t.h"

static void test_lost__keeps_all(void **state)
{
	struct lost l = {0};

	(void)state;
	for (uint32_t i = 1; i <= 1000; i++) {
		struct lost_message m = {.folder = 7, .uid = i, .key = i + 1};
		lost_add(&l, &m);
	}
	assert_int_equal(l.n, 1000);
	for (uint32_t i = 1; i <= 1000; i++) {
		assert_int_equal(l.message[i - 1].uid, i);
		assert_true(l.message[i - 1].key == i + 1);
	}
	lost_release(&l);
	assert_int_equal(l.n, 0);
	lost_release(&l);
}

static uint64_t id(const char *text)
{
	return lost_emailid(text, strlen(text));
}

static void test_lost__emailid(void **state)
{
	(void)state;
	assert_true(id("M6d99ac3275bb4e") == id("M6d99ac3275bb4e"));
	assert_true(id("M6d99ac3275bb4e") != id("m6d99ac3275bb4e"));
	assert_true(id("gm:1") != id("1"));
	assert_true(id("") != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lost__keeps_all),
	    cmocka_unit_test(test_lost__emailid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
