/* SPDX-License-Identifier: MIT */
/* What a hook finds in its environment, and what not. */
#include "daemon/hook/environment.h"

#include <string.h>

#include "tests/support/t.h"

static void test_environment__leaves_out_what_is_ours(void **state)
{
	char path[] = "PATH=/bin", notify[] = "NOTIFY_SOCKET=/n",
	     secret[] = "CREDENTIALS_DIRECTORY=/c", mine[] = "LISTEN_FDS_OWN=1",
	     old[] = "IMAPSYNCD_EVENTS=/old";
	char *ours[] = {path, notify, secret, mine, old, NULL};
	struct environment e;

	(void)state;
	environment_init(&e, ours);
	environment_set(&e, "IMAPSYNCD_ACCOUNT", "a b");
	environment_set_number(&e, "IMAPSYNCD_NEW", 7);
	assert_int_equal(e.n, 4);
	assert_string_equal(e.variable[0], path);
	assert_string_equal(e.variable[1], mine);
	assert_string_equal(e.variable[2], "IMAPSYNCD_ACCOUNT=a b");
	assert_string_equal(e.variable[3], "IMAPSYNCD_NEW=7");
	assert_null(e.variable[4]);
	environment_release(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_environment__leaves_out_what_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
