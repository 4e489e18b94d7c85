/* SPDX-License-Identifier: MIT */
#include "daemon/core/lost.h"

#include "tests/support/t.h"

static void test_lost__keeps_all(void **state)
{
	struct lost l = {0};

	(void)state;
	for (uint32_t i = 1; i <= 1000; i++) {
		struct lost_message m = {.folder = 7, .uid = i, .key = i + 1};
		assert_int_equal(lost_add(&l, &m), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lost__keeps_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
