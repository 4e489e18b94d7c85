/* SPDX-License-Identifier: MIT */
/* The growing buffer: appends are all or nothing, the maximum holds, and the
 * content is always terminated.
 */
#include "lib/util/buf.h"

#include <string.h>

#include "tests/support/t.h"

static void test_buf__grows_and_stays_terminated(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_null(b.data);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(buf_addc(&b, 'x'), 0);
		assert_int_equal(strlen(b.data), b.len);
	}
	assert_int_equal(b.len, 1000);
	assert_int_equal(buf_addc(&b, 'x'), -1);
	assert_int_equal(b.len, 1000);
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(buf_adds(&b, "again"), 0);
	assert_string_equal(b.data, "again");
	buf_release(&b);
}

static void test_buf__appends_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_int_equal(buf_adds(&b, "abc"), 0);
	assert_int_equal(buf_adds(&b, "def"), -1);
	assert_int_equal(buf_addf(&b, "%d", 100), -1);
	assert_string_equal(b.data, "abc");
	assert_int_equal(buf_addf(&b, "%d", 10), 0);
	assert_string_equal(b.data, "abc10");
	assert_int_equal(buf_reserve(&b, (size_t)-1), -1);
	assert_int_equal(buf_add(&b, "", 0), 0);
	buf_release(&b);
}

static void test_buf__keeps_nul_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_release(&b);
}

static void test_buf__consume_truncate_and_reset(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_consume(&b, 0);
	buf_truncate(&b, 0);
	buf_reset(&b);
	assert_int_equal(buf_adds(&b, "hello world"), 0);
	buf_consume(&b, 6);
	assert_string_equal(b.data, "world");
	buf_truncate(&b, 2);
	assert_string_equal(b.data, "wo");
	assert_int_equal(b.len, 2);
	buf_consume(&b, 2);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_adds(&b, "x"), 0);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_wipe(&b);
	assert_null(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_buf__grows_and_stays_terminated),
	    cmocka_unit_test(test_buf__appends_all_or_nothing),
	    cmocka_unit_test(test_buf__keeps_nul_bytes),
	    cmocka_unit_test(test_buf__consume_truncate_and_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
