/* SPDX-License-Identifier: MIT */
#include "daemon/base/mask.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/t.h"

static void check(const char *in, const char *want)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "%s", in);
	mask_text(text, strlen(text));
	assert_string_equal(text, want);
}

static void test_mask__hides_what_was_added(void **state)
{
	(void)state;
	check("NO S3CR3T-canary", "NO S3CR3T-canary");
	mask_add("S3CR3T-canary", 13);
	mask_add("S3CR3T-canary", 13);
	check("NO S3CR3T-canary", "NO *************");
	check("S3CR3T-canary", "*************");
	check("aS3CR3T-canaryS3CR3T-canaryb", "a**************************b");
	check("S3CR3T-canarx S3CR3T-canar", "S3CR3T-canarx S3CR3T-canar");
	check("", "");
}

/* Of "\0u\0S3CR3T-canary", as PLAIN has it, and wherever else it stands. */
static void test_mask__hides_base64(void **state)
{
	(void)state;
	mask_add("S3CR3T-canary", 13);
	check("UzNDUjNULWNhbmFyeQ==", "*****************Q==");
	check("AHUAUzNDUjNULWNhbmFyeQ==", "AHUA*****************Q==");
	check("AHV2AFMzQ1IzVC1jYW5hcnk=", "AHV2AF****************k=");
	check("AHV2dwBTM0NSM1QtY2FuYXJ5", "AHV2dwB*****************");
}

static void test_mask__leaves_what_is_too_short(void **state)
{
	(void)state;
	mask_add("abc", 3);
	mask_add("", 0);
	check("abc abc", "abc abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mask__hides_what_was_added),
	    cmocka_unit_test(test_mask__hides_base64),
	    cmocka_unit_test(test_mask__leaves_what_is_too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
