/* SPDX-License-Identifier: MIT */
/* What is heard of directories in a sync: what of it is our own doing? */
#include "daemon/core/echo.h"

#include "tests/support/t.h"

#include <string.h>

static unsigned news[4];

static void on_news(void *ctx, uint32_t folder)
{
	(void)ctx;
	news[folder]++;
}

static void heard(struct echo *e, uint64_t name, uint32_t folder, bool came,
		  uint32_t cookie)
{
	struct echo_event v = {name, folder, cookie, came};

	assert_int_equal(echo_heard(e, &v), 0);
}

static void judge(struct echo *e)
{
	memset(news, 0, sizeof(news));
	echo_judge(e, on_news, NULL);
	assert_int_equal(e->n + e->nwritten, 0);
}

static void test_echo__own_writes_are_none(void **state)
{
	static const uint64_t written[] = {30, 10, 20, 40};
	struct echo e = {0};

	(void)state;
	heard(&e, 10, 0, true, 0);  /* delivered */
	heard(&e, 19, 0, false, 7); /* renamed */
	heard(&e, 20, 0, true, 7);
	heard(&e, 29, 0, false, 8); /* moved to another folder */
	heard(&e, 30, 1, true, 8);
	heard(&e, 40, 1, false, 9); /* to the trash, where nobody looks */
	assert_int_equal(echo_wrote(&e, written, 4), 0);
	judge(&e);
	assert_int_equal(news[0] + news[1], 0);
}

static void test_echo__all_else_is_news(void **state)
{
	static const uint64_t written[] = {10};
	struct echo e = {0};

	(void)state;
	heard(&e, 10, 0, true, 0);
	heard(&e, 11, 1, true, 0);  /* new */
	heard(&e, 12, 2, false, 3); /* renamed */
	heard(&e, 13, 2, true, 3);
	heard(&e, 10, 3, false, 0); /* deleted, and it was ours once */
	assert_int_equal(echo_wrote(&e, written, 1), 0);
	judge(&e);
	assert_int_equal(news[0], 0);
	assert_int_equal(news[1], 1);
	assert_int_equal(news[2], 2);
	assert_int_equal(news[3], 1);
}

/* Somebody takes a flag away, and sets it again, after we had set it. */
static void test_echo__once_for_each_time(void **state)
{
	static const uint64_t written[] = {20, 20};
	struct echo e = {0};

	(void)state;
	heard(&e, 20, 0, true, 1);
	heard(&e, 20, 0, true, 2);
	heard(&e, 20, 0, true, 3);
	assert_int_equal(echo_wrote(&e, written, 2), 0);
	judge(&e);
	assert_int_equal(news[0], 1);
}

/* More than is kept: each folder is looked at. */
static void test_echo__too_many(void **state)
{
	static const uint64_t written[] = {5};
	struct echo e = {0};

	(void)state;
	assert_int_equal(echo_wrote(&e, written, 1), 0);
	for (size_t i = 0; i < ECHO_MOST; i++)
		heard(&e, 5, i % 2, true, 0);
	for (size_t i = 0; i < 1000; i++)
		heard(&e, 5, 2, true, 0);
	assert_int_equal(e.n, ECHO_MOST + 1);
	judge(&e);
	assert_true(news[0] > 0 && news[1] > 0);
	assert_int_equal(news[2], 1);
	assert_int_equal(news[3], 0);
	assert_false(e.overflow);
}

/* More names than are kept: nothing is known of any. */
static void test_echo__too_many_names(void **state)
{
	static const uint64_t written[] = {5};
	struct echo e = {0};

	(void)state;
	heard(&e, 5, 0, true, 0);
	heard(&e, 5, 0, true, 0);
	heard(&e, 6, 1, true, 0);
	assert_int_equal(echo_wrote(&e, written, 1), 0);
	assert_int_equal(echo_wrote(&e, NULL, ECHO_MOST + 1), 0);
	assert_int_equal(echo_wrote(&e, written, 1), 0);
	judge(&e);
	assert_int_equal(news[0], 1);
	assert_int_equal(news[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_echo__own_writes_are_none),
	    cmocka_unit_test(test_echo__all_else_is_news),
	    cmocka_unit_test(test_echo__once_for_each_time),
	    cmocka_unit_test(test_echo__too_many),
	    cmocka_unit_test(test_echo__too_many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
