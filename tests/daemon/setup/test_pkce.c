/* SPDX-License-Identifier: MIT */
#include "daemon/setup/pkce.h"

#include <string.h>

#include "tests/support/t.h"

/* RFC 7636 B. */
static void test_pkce__challenge(void **state)
{
	char out[PKCE_TEXT];

	(void)state;
	pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", out);
	assert_string_equal(out, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/* RFC 7636 4.1: 43 characters at least, of these. */
static void test_pkce__is_new_each_time(void **state)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789-_";
	struct pkce a, b;
	char challenge[PKCE_TEXT];

	(void)state;
	pkce_init(&a);
	pkce_init(&b);
	assert_int_equal(strlen(a.verifier), 43);
	assert_int_equal(strspn(a.verifier, unreserved), 43);
	assert_int_equal(strspn(a.state, unreserved), 43);
	pkce_challenge(a.verifier, challenge);
	assert_string_equal(a.challenge, challenge);
	assert_string_not_equal(a.verifier, b.verifier);
	assert_string_not_equal(a.state, b.state);
	assert_string_not_equal(a.state, a.verifier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pkce__challenge),
	    cmocka_unit_test(test_pkce__is_new_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
