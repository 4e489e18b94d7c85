/* SPDX-License-Identifier: MIT */
/* How far what servers say reaches, and for how long. */
#include "daemon/core/failure/failure.h"

#include <string.h>

#include "tests/support/t.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

struct row {
	enum reach about;
	const char *code, *text;
	struct failure_verdict expected;
};

#define BUSY(ms)                                 \
	{                                        \
		REACH_ACCOUNT, true, (ms), false \
	}
#define OWN(reach)                       \
	{                                \
		(reach), false, 0, false \
	}
#define MAY(reach)                      \
	{                               \
		(reach), false, 0, true \
	}

static const struct row rows[] = {
    /* What is refused stops itself. */
    {REACH_MESSAGE, "", "No such message", OWN(REACH_MESSAGE)},
    {REACH_FOLDER, "", "Mailbox cannot be opened", OWN(REACH_FOLDER)},
    {REACH_FOLDER, "INUSE", "Mailbox in use", OWN(REACH_FOLDER)},
    {REACH_MESSAGE, "INUSE", "Mailbox in use", OWN(REACH_MESSAGE)},
    {REACH_FOLDER, "SERVERBUG",
     "Internal error occurred. Refer to server "
     "log for more information. [2026-11-30 "
     "12:00:00]",
     OWN(REACH_FOLDER)},
    {REACH_MESSAGE, "SERVERBUG", "Internal error", OWN(REACH_MESSAGE)},
    {REACH_ACCOUNT, "SERVERBUG", "Internal error", OWN(REACH_ACCOUNT)},
    {REACH_ACCOUNT, "INUSE", "", OWN(REACH_ACCOUNT)},
    {REACH_ACCOUNT, "AUTHENTICATIONFAILED", "Invalid credentials (Failure)",
     OWN(REACH_ACCOUNT)},
    {REACH_MESSAGE, "OVERQUOTA", "Quota exceeded (mailbox for user is full)",
     OWN(REACH_MESSAGE)},
    /* One mailbox or command, unless a second one gets the same. */
    {REACH_FOLDER, "UNAVAILABLE", "Shard down", MAY(REACH_FOLDER)},
    {REACH_MESSAGE, "UNAVAILABLE", "Shard down", MAY(REACH_MESSAGE)},
    {REACH_FOLDER, "LIMIT", "Too many flags", MAY(REACH_FOLDER)},
    {REACH_FOLDER, "limit", "Too many flags", MAY(REACH_FOLDER)},
    /* Greeting, login, BYE. */
    {REACH_ACCOUNT, "UNAVAILABLE", "Temporary authentication failure.",
     BUSY(0)},
    {REACH_ACCOUNT, "LIMIT", "", BUSY(0)},
    /* What big servers say, whatever it was that was asked. */
    {REACH_MESSAGE, "THROTTLED", "Slow down, 3000 milliseconds", BUSY(3000)},
    {REACH_FOLDER, "throttled", "", BUSY(0)},
    {REACH_MESSAGE, "",
     "Request is throttled. Suggested Backoff Time: 92415 milliseconds",
     BUSY(92415)},
    {REACH_MESSAGE, "", "Suggested Backoff Time: 92415", BUSY(92415)},
    {REACH_ACCOUNT, "UNAVAILABLE",
     "Request 77 is throttled. Suggested Backoff Time: 92415 milliseconds",
     BUSY(92415)},
    {REACH_MESSAGE, "OVERQUOTA",
     "Account exceeded command or bandwidth limits. (Failure)", BUSY(0)},
    {REACH_ACCOUNT, "", "Account exceeded command or BANDWIDTH limits",
     BUSY(0)},
    {REACH_ACCOUNT, "ALERT", "Too many simultaneous connections. (Failure)",
     BUSY(0)},
    {REACH_ACCOUNT, "UNAVAILABLE",
     "Maximum number of connections from user+IP exceeded "
     "(mail_max_userip_connections=10)",
     BUSY(0)},
    /* Times. */
    {REACH_ACCOUNT, "THROTTLED", "try again in 5 minutes", BUSY(5 * MINUTE)},
    {REACH_ACCOUNT, "THROTTLED", "limit 3; wait 90 sec.", BUSY(90 * SECOND)},
    {REACH_ACCOUNT, "THROTTLED", "2 HOURS", BUSY(2 * HOUR)},
    {REACH_ACCOUNT, "THROTTLED", "20ms", BUSY(20)},
    {REACH_ACCOUNT, "THROTTLED", "99999999999999999999999 hours", BUSY(DAY)},
    {REACH_ACCOUNT, "THROTTLED", "error 17", BUSY(0)},
    {REACH_ACCOUNT, "THROTTLED", "17", BUSY(0)},
    {REACH_MESSAGE, "", "wait 5 minutes", OWN(REACH_MESSAGE)},
    /* A mailbox's name says nothing. */
    {REACH_FOLDER, "NONEXISTENT", "Mailbox doesn't exist: Throttled",
     OWN(REACH_FOLDER)},
    {REACH_FOLDER, "CANNOT", "bandwidth limits", OWN(REACH_FOLDER)},
};

static void test_failure__table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct failure f = {r->about, r->code, strlen(r->code), r->text,
				    strlen(r->text)};
		struct failure_verdict v = failure_judge(&f);
		if (v.reach != r->expected.reach ||
		    v.busy != r->expected.busy ||
		    v.wait_ms != r->expected.wait_ms ||
		    v.may_spread != r->expected.may_spread)
			fail_msg("row %zu: %s %s", i, r->code, r->text);
	}
}

/* Neither code nor text ends with a NUL, and either may be missing. */
static void test_failure__bounds(void **state)
{
	const char text[] = {'3', ' ', 's', 'e', 'c', 'o', 'n', 'd', 's'};
	struct failure f = {REACH_FOLDER, "THROTTLEDX", 9, text, sizeof(text)};

	(void)state;
	for (size_t n = 0; n <= sizeof(text); n++) {
		f.text_len = n;
		struct failure_verdict v = failure_judge(&f);
		assert_true(v.busy);
		assert_int_equal(v.wait_ms, n >= 5 ? 3 * SECOND : 0);
	}
	f = (struct failure){REACH_FOLDER, NULL, 0, NULL, 0};
	assert_false(failure_judge(&f).busy);
}

static void test_failure__waits(void **state)
{
	int64_t last = 0;
	const int64_t expected[] = {1, 2, 4, 8, 16, 32, 60, 60};

	(void)state;
	assert_int_equal(failure_wait_ms(92415, 0), 92415);
	assert_int_equal(failure_wait_ms(3000, HOUR), 3000);
	assert_int_equal(failure_wait_ms(INT64_MAX, 0), DAY);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		last = failure_wait_ms(0, last);
		assert_int_equal(last, expected[i] * MINUTE);
	}
	assert_int_equal(failure_wait_ms(0, DAY), HOUR);
	assert_int_equal(failure_wait_ms(0, -5), MINUTE);
}

static void test_failure__what_is_left(void **state)
{
	(void)state;
	assert_int_equal(failure_left_ms(0, 5), 0);
	assert_int_equal(failure_left_ms(5, 5), 0);
	assert_int_equal(failure_left_ms(9, 5), 4);
	assert_int_equal(failure_left_ms(DAY + 5, 5), DAY);
	/* The clock was set back, or somebody wrote that. */
	assert_int_equal(failure_left_ms(DAY + 6, 5), 0);
	assert_int_equal(failure_left_ms(INT64_MAX, 5), 0);
	assert_int_equal(failure_left_ms(INT64_MIN, 5), 0);
}

static void test_failure__asides(void **state)
{
	(void)state;
	assert_int_equal(failure_aside_s(0), 0);
	assert_int_equal(failure_aside_s(1), 0);
	assert_int_equal(failure_aside_s(2), 900);
	assert_int_equal(failure_aside_s(3), 1800);
	assert_int_equal(failure_aside_s(8), 57600);
	assert_int_equal(failure_aside_s(9), 86400);
	assert_int_equal(failure_aside_s(UINT32_MAX), 86400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_failure__table),
	    cmocka_unit_test(test_failure__bounds),
	    cmocka_unit_test(test_failure__waits),
	    cmocka_unit_test(test_failure__what_is_left),
	    cmocka_unit_test(test_failure__asides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
