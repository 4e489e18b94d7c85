/* SPDX-License-Identifier: MIT */
/* IDLE on a real server, with a second client that makes things happen. */
#include "tests/lib/client/live.h"

static void test_live__idle(void **state)
{
	struct imap4_client *c = live_login(), *other = live_login();

	(void)state;
	live_needs(c, "IDLE");
	const char *box = live_box(c, "idle");
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_idle(c, 0));
	assert_int_equal(imap4_client_noop(c), IMAP4_ESTATE);
	live_fill(other, box, 1);
	do {
		assert_int_equal(imap4_client_idle_next(c, -1), 1);
		assert_int_equal(live_count(c), 1);
	} while (strcmp(imap4_client_data(c)->item[0].name, "EXISTS") != 0);
	assert_string_equal(live_text(c, 0), "1");
	ok(c, imap4_client_idle_done(c));
	assert_string_equal(imap4_client_type(c), "OK");
	assert_int_equal(imap4_client_idle_next(c, -1), IMAP4_ESTATE);
	ok(c, imap4_client_fetch(c, "1", "(FLAGS)"));
	live_logout(other);
	live_logout(c);
}

static void test_live__idle_burst(void **state)
{
	struct imap4_client *c = live_login(), *other = live_login();

	(void)state;
	live_needs(c, "IDLE");
	const char *box = live_box(c, "burst");
	ok(c, imap4_client_select(c, box, false));
	ok(c, imap4_client_idle(c, 0));
	live_fill(other, box, 1);
	int n = imap4_client_idle_burst(c, 50);
	assert_true(n > 0);
	assert_int_equal(n, live_count(c));
	ok(c, imap4_client_idle_done(c));
	live_logout(other);
	live_logout(c);
}

static void test_live__idle_duration(void **state)
{
	struct imap4_client *c = live_login();

	(void)state;
	live_needs(c, "IDLE");
	ok(c, imap4_client_select(c, NULL, false));
	ok(c, imap4_client_idle(c, 1));
	/* Servers may say that they are still there, or say nothing. */
	int rc;
	while ((rc = imap4_client_idle_next(c, -1)) > 0)
		;
	assert_int_equal(rc, 0);
	assert_int_equal(imap4_client_idle_burst(c, 10), 0);
	ok(c, imap4_client_idle_done(c));
	live_logout(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__idle),
	    cmocka_unit_test(test_live__idle_burst),
	    cmocka_unit_test(test_live__idle_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
