/* SPDX-License-Identifier: MIT */
/* Answers of token and device endpoints, good, odd and hostile. */
#include "daemon/setup/grant.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/t.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TOKEN    "{\"access_token\":\"a\""

static void test_grant__reads_tokens(void **state)
{
	static const struct {
		const char *json;
		const char *refresh;
		int64_t expires_in;
	} table[] = {
	    {TOKEN ",\"token_type\":\"Bearer\",\"refresh_token\":\"r\","
		   "\"expires_in\":20}",
	     "r", 20},
	    {TOKEN ",\"token_type\":\"bEARER\",\"expires_in\":\"20\"}", NULL,
	     20},
	    {TOKEN ",\"refresh_token\":null,\"expires_in\":20.9}", NULL, 20},
	    {TOKEN "}", NULL, GRANT_EXPIRES_IN},
	    {TOKEN ",\"expires_in\":-1}", NULL, GRANT_EXPIRES_IN},
	    {TOKEN ",\"expires_in\":0}", NULL, GRANT_EXPIRES_IN},
	    {TOKEN ",\"expires_in\":1e300}", NULL, GRANT_EXPIRES_IN},
	    {TOKEN ",\"expires_in\":\"x\"}", NULL, GRANT_EXPIRES_IN},
	    {TOKEN ",\"expires_in\":[]}", NULL, GRANT_EXPIRES_IN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct grant g;
		const char *why;
		assert_int_equal(
		    grant_parse(table[i].json, strlen(table[i].json), &g, &why),
		    0);
		assert_string_equal(g.access_token, "a");
		assert_int_equal(g.expires_in, table[i].expires_in);
		if (table[i].refresh)
			assert_string_equal(g.refresh_token, table[i].refresh);
		else
			assert_null(g.refresh_token);
		assert_null(g.error);
		grant_release(&g);
	}
}

/* What else stands beside an error is not believed. */
static void test_grant__an_error_is_all(void **state)
{
	static const char json[] =
	    TOKEN ",\"error\":\"invalid_grant\",\"error_description\":"
		  "\"a\\u001b[31mb\\n\"}";
	struct grant g;
	const char *why;

	(void)state;
	assert_int_equal(grant_parse(json, strlen(json), &g, &why), 0);
	assert_string_equal(g.error, "invalid_grant");
	assert_string_equal(g.description, "a?[31mb?");
	assert_null(g.access_token);
	grant_release(&g);
}

static void test_grant__reads_device_codes(void **state)
{
	static const char json[] =
	    "{\"device_code\":\"d\",\"user_code\":\"U-1\","
	    "\"verification_url\":\"https://h/\",\"interval\":2}";
	struct grant g;
	const char *why;

	(void)state;
	assert_int_equal(grant_parse(json, strlen(json), &g, &why), 0);
	assert_string_equal(g.device_code, "d");
	assert_string_equal(g.user_code, "U-1");
	assert_string_equal(g.verification_uri, "https://h/");
	assert_int_equal(g.interval, 2);
	grant_release(&g);
}

static void test_grant__refuses_the_rest(void **state)
{
	static const char *const table[] = {
	    "",
	    "null",
	    "[]",
	    "{}",
	    "{",
	    "\xff",
	    TOKEN "} x",
	    TOKEN ",\"access_token\":\"b\"}",
	    TOKEN ",\"token_type\":\"mac\"}",
	    "{\"access_token\":\"\"}",
	    "{\"access_token\":1}",
	    "{\"access_token\":\"a b\"}",
	    "{\"access_token\":\"a\\u0001\"}",
	    "{\"access_token\":\"a\\u0000\"}",
	    "{\"access_token\":\"\xc3\xa4\"}",
	    TOKEN ",\"refresh_token\":\"\\n\"}",
	    "{\"device_code\":\"a b\"}",
	    "{\"refresh_token\":\"r\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct grant g;
		const char *why = NULL;
		if (grant_parse(table[i], strlen(table[i]), &g, &why) == 0)
			fail_msg("taken: %s", table[i]);
		assert_non_null(why);
	}
}

static void test_grant__bounds_a_token(void **state)
{
	size_t n = GRANT_TOKEN_MAX + 1;
	char *json = malloc(n + 64);
	struct grant g;
	const char *why;

	(void)state;
	assert_non_null(json);
	for (int more = 0; more < 2; more++) {
		size_t head = strlen("{\"access_token\":\"");
		size_t len = GRANT_TOKEN_MAX + (size_t)more;
		memcpy(json, "{\"access_token\":\"", head);
		memset(json + head, 'x', len);
		memcpy(json + head + len, "\"}", 2);
		assert_int_equal(grant_parse(json, head + len + 2, &g, &why),
				 -more);
		if (!more)
			grant_release(&g);
	}
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grant__reads_tokens),
	    cmocka_unit_test(test_grant__an_error_is_all),
	    cmocka_unit_test(test_grant__reads_device_codes),
	    cmocka_unit_test(test_grant__refuses_the_rest),
	    cmocka_unit_test(test_grant__bounds_a_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
