/* SPDX-License-Identifier: MIT */
/* Whose addresses an account uses, and what is said when that one says no. */
#include "daemon/setup/issuer.h"

#include <string.h>

#include "daemon/setup/explain.h"
#include "tests/support/t.h"

static void test_issuer__has_https_addresses(void **state)
{
	static char names[][16] = {"google", "microsoft", "yahoo", "aol",
				   "fastmail"};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct config_account a = {.oauth = {.provider = names[i]}};
		struct issuer is;
		assert_int_equal(issuer_of(&a, &is, &err), 0);
		assert_string_equal(is.name, names[i]);
		assert_int_equal(strncmp(is.authorize_url, "https://", 8), 0);
		assert_int_equal(strncmp(is.token_url, "https://", 8), 0);
		assert_true(!is.device_url ||
			    strncmp(is.device_url, "https://", 8) == 0);
		assert_null(strchr(is.token_url, '{'));
		assert_true(is.scope[0] != '\0');
		assert_null(is.client_secret);
		issuer_release(&is);
	}
}

static void test_issuer__takes_the_accounts_own(void **state)
{
	char microsoft[] = "microsoft", tenant[] = "t.example";
	char own[] = "own", a_url[] = "https://a/", t_url[] = "https://t/";
	char ca[] = "/ca", scope[] = "s";
	struct config_account a = {
	    .tls_ca_file = ca,
	    .oauth = {.provider = microsoft, .tenant = tenant}};
	struct issuer is;
	struct err err;

	(void)state;
	assert_int_equal(issuer_of(&a, &is, &err), 0);
	assert_string_equal(
	    is.token_url,
	    "https://login.microsoftonline.com/t.example/oauth2/v2.0/token");
	/* The mail server's authority is not Microsoft's. */
	assert_null(is.ca_file);
	issuer_release(&is);
	a.oauth = (struct config_oauth){.provider = own,
					.authorize_url = a_url,
					.token_url = t_url,
					.scope = scope};
	assert_int_equal(issuer_of(&a, &is, &err), 0);
	assert_string_equal(is.authorize_url, "https://a/");
	assert_null(is.device_url);
	assert_string_equal(is.scope, "s");
	assert_string_equal(is.ca_file, "/ca");
	issuer_release(&is);
	a.oauth.provider = NULL;
	assert_int_equal(issuer_of(&a, &is, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
}

static void test_explain__google_in_testing(void **state)
{
	char error[] = "invalid_grant";
	struct issuer google = {.name = "google"};
	struct grant g = {.error = error};
	struct err err;

	(void)state;
	(void)explain_refusal(&google, 400, &g, 8 * 86400, &err);
	assert_int_equal(err.code, ERR_AUTH);
	assert_non_null(strstr(err.hint, "after 7 days"));
	(void)explain_refusal(&google, 400, &g, 86400, &err);
	assert_null(strstr(err.hint, "7 days"));
}

static void test_explain__tells_what_passes(void **state)
{
	(void)state;
	assert_true(explain_is_transient(503, NULL, NULL));
	assert_true(explain_is_transient(429, "invalid_grant", NULL));
	assert_true(explain_is_transient(408, NULL, NULL));
	assert_true(explain_is_transient(400, "server_error", NULL));
	assert_true(
	    explain_is_transient(400, "invalid_grant", "AADSTS90033: later"));
	assert_false(
	    explain_is_transient(400, "invalid_grant", "AADSTS900330: no"));
	assert_false(explain_is_transient(400, "invalid_grant", NULL));
	assert_false(explain_is_transient(400, "nobody knows it", NULL));
	assert_false(explain_is_transient(200, NULL, NULL));
}

static void test_explain__what_nobody_knows(void **state)
{
	char error[] = "weird", said[] = "words";
	struct issuer own = {.name = "own"};
	struct grant g = {.error = error, .description = said};
	struct err err;

	(void)state;
	(void)explain_refusal(&own, 400, &g, 0, &err);
	assert_string_equal(err.text,
			    "own: it says no: weird, words (status 400)");
	assert_true(err.hint[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_issuer__has_https_addresses),
	    cmocka_unit_test(test_issuer__takes_the_accounts_own),
	    cmocka_unit_test(test_explain__google_in_testing),
	    cmocka_unit_test(test_explain__tells_what_passes),
	    cmocka_unit_test(test_explain__what_nobody_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
