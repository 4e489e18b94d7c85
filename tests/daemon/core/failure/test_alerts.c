/* SPDX-License-Identifier: MIT */
#include "daemon/core/failure/alerts.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/t.h"

#define NOW INT64_C(1700000000)

static bool say(struct alerts *a, const char *text, int64_t now)
{
	return alerts_say(a, text, strlen(text), now);
}

static void test_alerts__each_text_once_a_day(void **state)
{
	struct alerts a = {0};

	(void)state;
	assert_true(say(&a, "the disk is full", NOW));
	assert_false(say(&a, "the disk is full", NOW + 1));
	assert_true(say(&a, "down tonight", NOW + 2));
	assert_true(say(&a, "", NOW + 2));
	assert_false(say(&a, "the disk is full", NOW + 86399));
	assert_true(say(&a, "the disk is full", NOW + 86400));
	/* The clock was set back. */
	assert_true(say(&a, "the disk is full", NOW));
	assert_int_equal(alerts_more(&a), 0);
}

static void test_alerts__a_flood_is_counted(void **state)
{
	struct alerts a = {0};
	size_t said = 0;
	char text[32];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(text, sizeof(text), "alert %d", i);
		said += say(&a, text, NOW + i);
	}
	assert_int_equal(said, ALERTS_A_DAY);
	assert_int_equal(alerts_more(&a), 10000 - ALERTS_A_DAY);
	assert_int_equal(alerts_more(&a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alerts__each_text_once_a_day),
	    cmocka_unit_test(test_alerts__a_flood_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
