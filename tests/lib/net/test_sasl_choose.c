/* SPDX-License-Identifier: MIT */
/* Which mechanism is chosen, and what is said where none fits. */
#include "tests/lib/net/login.h"

#define EVERYTHING                                                          \
	"SASL-IR AUTH=LOGIN AUTH=PLAIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 "     \
	"AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256-PLUS " \
	"AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=EXTERNAL"

enum {
	NONE = BINDING_NONE,
	UNIQUE = BINDING_UNIQUE,
	EXPORTER = BINDING_EXPORTER
};

static const char *const names_scram[] = {"scram-sha-1", "SCRAM-SHA-256", NULL};
static const char *const names_plus[] = {"SCRAM-SHA-256-PLUS", "plain", NULL};
static const char *const names_external[] = {"external", NULL};
static const char *const names_login[] = {"login", NULL};
static const char *const names_plain[] = {"digest-md5", "plain", NULL};
static const struct {
	const char *offer;
	const char *password, *token;
	bool safe;
	int bound;
	const char *const *names;
	const char *want; /* NULL: nothing fits */
} choices[] = {
    {EVERYTHING, "p", "t", true, UNIQUE, NULL, "OAUTHBEARER"},
    {"AUTH=XOAUTH2 AUTH=PLAIN", "p", "t", true, UNIQUE, NULL, "XOAUTH2"},
    {EVERYTHING, "p", NULL, true, UNIQUE, NULL, "SCRAM-SHA-256-PLUS"},
    /* TLS 1.3: only where asked for. */
    {EVERYTHING, "p", NULL, true, EXPORTER, NULL, "SCRAM-SHA-256"},
    {"AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256", "p", NULL, true, UNIQUE, NULL,
     "SCRAM-SHA-1-PLUS"},
    {EVERYTHING, "p", NULL, true, NONE, NULL, "SCRAM-SHA-256"},
    {"AUTH=PLAIN AUTH=SCRAM-SHA-1 AUTH=CRAM-MD5", "p", NULL, true, NONE, NULL,
     "SCRAM-SHA-1"},
    {"AUTH=PLAIN AUTH=CRAM-MD5", "p", NULL, true, NONE, NULL, "CRAM-MD5"},
    {"AUTH=LOGIN AUTH=PLAIN", "p", NULL, true, NONE, NULL, "PLAIN"},
    {"AUTH=LOGIN", "p", NULL, true, NONE, NULL, "LOGIN"},
    {"", "p", NULL, true, NONE, NULL, "LOGIN"},
    {"LOGINDISABLED", "p", NULL, true, NONE, NULL, NULL},
    {"LOGINDISABLED AUTH=PLAIN", "p", NULL, true, NONE, NULL, "PLAIN"},
    /* A line that others can read. */
    {EVERYTHING, "p", "t", false, NONE, NULL, "SCRAM-SHA-256"},
    {"AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5", "p", NULL, false, NONE, NULL,
     "CRAM-MD5"},
    {"AUTH=PLAIN AUTH=LOGIN", "p", NULL, false, NONE, NULL, NULL},
    {"AUTH=OAUTHBEARER AUTH=XOAUTH2", NULL, "t", false, NONE, NULL, NULL},
    {"AUTH=PLAIN", "p", NULL, false, NONE, names_plain, NULL},
    /* A password that SASLprep does not take. */
    {"AUTH=SCRAM-SHA-256 AUTH=CRAM-MD5 AUTH=PLAIN", "p\xf0\x9f\x98\x80", NULL,
     true, NONE, NULL, "PLAIN"},
    /* By name: in the user's order. */
    {EVERYTHING, "p", "t", true, UNIQUE, names_scram, "SCRAM-SHA-1"},
    {EVERYTHING, "p", NULL, true, EXPORTER, names_plus, "SCRAM-SHA-256-PLUS"},
    {EVERYTHING, "p", NULL, true, NONE, names_plus, "PLAIN"},
    {EVERYTHING, "p", "t", true, NONE, names_plain, "PLAIN"},
    {EVERYTHING, NULL, NULL, true, NONE, names_external, "EXTERNAL"},
    {"AUTH=EXTERNAL", "p", NULL, true, NONE, NULL, "LOGIN"},
    {"AUTH=EXTERNAL LOGINDISABLED", "p", NULL, true, NONE, NULL, NULL},
    {"", "p", NULL, true, NONE, names_login, "LOGIN"},
    {"AUTH=PLAIN", NULL, NULL, true, NONE, NULL, NULL},
};

static void test_sasl_choose__chooses_the_strongest(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct login l = {
		    .channel = {.protected_ = choices[i].safe},
		    .cred = {.user = str("u"),
			     .password = str(choices[i].password),
			     .token = str(choices[i].token),
			     .mechanisms = choices[i].names},
		};
		l.channel.binding.type = choices[i].bound;
		l.channel.binding.len = choices[i].bound ? 12 : 0;
		greet(&l, choices[i].offer);
		bool chosen = choose(&l);
		if (chosen != (choices[i].want != NULL))
			fail_msg("row %zu: %s", i, l.err);
		if (chosen)
			assert_string_equal(imap4_sasl_mechanism(l.sasl),
					    choices[i].want);
		end(&l);
	}
}

static void test_sasl_choose__names_both_sides_where_nothing_fits(void **state)
{
	static const char *const names[] = {"scram-sha-256", NULL};
	struct login l = with_password(false);

	(void)state;
	l.cred.mechanisms = names;
	greet(&l, "AUTH=PLAIN AUTH=CRAM-MD5 LOGINDISABLED");
	assert_false(choose(&l));
	assert_string_equal(
	    l.err, "no login mechanism fits: the server has (PLAIN CRAM-MD5), "
		   "we have (scram-sha-256), and on a line that is not "
		   "encrypted no password is shown");
	end(&l);
}

static void test_sasl_choose__refuses_what_cannot_be_sent(void **state)
{
	struct login l = with_password(true);

	(void)state;
	greet(&l, EVERYTHING);
	l.cred.password = (struct imap4_str){"a\0b", 3};
	assert_false(choose(&l));
	assert_string_equal(l.err, "the user name or the password holds a NUL");
	l.cred.password = str("p");
	l.cred.token = str("a\x01"
			   "b");
	assert_false(choose(&l));
	assert_memory_equal(l.err, "the token is no bearer token", 28);
	l.cred.token = str("t");
	l.cred.user = str("a\nb");
	assert_false(choose(&l));
	assert_string_equal(l.err, "the user name holds a control character");
	l.cred.user = str(NULL);
	assert_false(choose(&l));
	assert_string_equal(l.err, "there is no user name");
	end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sasl_choose__chooses_the_strongest),
	    cmocka_unit_test(
		test_sasl_choose__names_both_sides_where_nothing_fits),
	    cmocka_unit_test(test_sasl_choose__refuses_what_cannot_be_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
