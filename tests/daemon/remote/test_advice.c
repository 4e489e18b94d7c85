/* SPDX-License-Identifier: MIT */
/* What is advised where a connection does not come about: a line that can be
 * written, and nothing that a server put there. */
#include "daemon/remote/advice.h"

#include <imap4.h>
#include <string.h>

#include "tests/support/t.h"

#define SEEN                                                      \
	"sha256:0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef"

static const struct {
	enum config_tls tls;
	uint16_t port;
	int result;
	const char *text;
	const char *hint; /* a part of it */
} rows[] = {
    {CONFIG_TLS_IMPLICIT, 143, IMAP4_ETLS,
     "the server speaks IMAP without TLS on this port",
     "tls = starttls, port = 143"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "the server does not speak TLS on this port", "check host, tls and port"},
    {CONFIG_TLS_STARTTLS, 143, IMAP4_ETLS, "the server does not offer STARTTLS",
     "tls = implicit, port = 993"},
    {CONFIG_TLS_STARTTLS, 143, IMAP4_ETIMEDOUT,
     "no answer for 60 s (no greeting)", "tls = implicit, port = 993"},
    {CONFIG_TLS_NONE, 9993, IMAP4_ETIMEDOUT, "no answer for 60 s (no greeting)",
     "tls = implicit, port = 9993"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETIMEDOUT,
     "no answer for 60 s (no greeting)", "temporary"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_EREFUSED, "connection refused",
     "tls = starttls, port = 143"},
    {CONFIG_TLS_STARTTLS, 143, IMAP4_EREFUSED, "connection refused",
     "tls = implicit, port = 993"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "certificate is self-signed (" SEEN ")", "tls_pin = " SEEN ";"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "certificate does not match the pin: its key is " SEEN,
     "if its key was changed on purpose: tls_pin = " SEEN},
    /* A name of the server's choice is not taken for the pin. */
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "certificate is signed by an unknown authority (sha256:ffff), " SEEN,
     "tls_pin = " SEEN ";"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "certificate is signed by an unknown authority (sha256:ffff), ",
     "check host"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "certificate is for a.example, b.example, not c.example",
     "host = a.example"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "certificate is for *.example, not c.example", "host = the name"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS,
     "certificate is for no host at all (a common name does not count), not "
     "c.example",
     "administrator"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ETLS, "certificate expired on 2020-01-01",
     "clock"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_EPROTO, "no IMAP", "IMAP server?"},
    {CONFIG_TLS_IMPLICIT, 993, IMAP4_ECLOSED, "closed", "temporary"},
};

static void test_advice__names_the_line_to_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config_account a = {.tls = rows[i].tls,
					   .port = rows[i].port};
		struct err err = {0};
		advise_connection(&a, rows[i].result, rows[i].text, &err);
		if (!strstr(err.hint, rows[i].hint))
			fail_msg("%s: %s", rows[i].text, err.hint);
	}
}

static void test_advice__a_token_is_no_password(void **state)
{
	char command[] = "pizauth show work", pass[] = "pass x";
	struct config_account a = {.token_command = command};
	struct err err = {0};

	(void)state;
	advise_login(&a, &err);
	assert_non_null(strstr(err.hint, command));
	assert_null(strstr(err.hint, "password"));
	a = (struct config_account){.password_command = pass};
	advise_login(&a, &err);
	assert_string_equal(err.hint, "check user and password");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_advice__names_the_line_to_write),
	    cmocka_unit_test(test_advice__a_token_is_no_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
