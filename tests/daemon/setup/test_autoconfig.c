/* SPDX-License-Identifier: MIT */
/* config-v1.1.xml: whose server is taken, and what is refused. */
#include "daemon/setup/autoconfig.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/t.h"

#define SERVER(type, host, port, socket, user)                       \
	"<incomingServer type=\"" type "\"><hostname>" host          \
	"</hostname><port>" port "</port><socketType>" socket        \
	"</socketType><username>" user "</username><authentication>" \
	"password-cleartext</authentication></incomingServer>"
#define FILE_OF(servers) "<clientConfig>" servers "</clientConfig>"
#define GOOD             SERVER("imap", "imap.h", "993", "SSL", "%EMAILADDRESS%")

static int read(const char *xml, struct autoconfig *out)
{
	return autoconfig_read(xml, strlen(xml), "ann@h.example", out);
}

static void test_autoconfig__takes_the_first_protected_server(void **state)
{
	static const struct {
		const char *xml, *host, *user;
		int port;
		enum config_tls tls;
	} table[] = {
	    {FILE_OF(GOOD), "imap.h", "ann@h.example", 993,
	     CONFIG_TLS_IMPLICIT},
	    {FILE_OF(SERVER("pop3", "pop.h", "995", "SSL", "x")
			 SERVER("imap", "clear.h", "143", "plain", "x")
			     SERVER("imap", "b.h", "143", "STARTTLS",
				    "%EMAILLOCALPART%+%EMAILDOMAIN%%") GOOD),
	     "b.h", "ann+h.example%", 143, CONFIG_TLS_STARTTLS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct autoconfig a;
		assert_int_equal(read(table[i].xml, &a), 0);
		assert_string_equal(a.host, table[i].host);
		assert_string_equal(a.user, table[i].user);
		assert_int_equal(a.port, table[i].port);
		assert_int_equal(a.tls, table[i].tls);
		assert_false(a.oauth_only);
	}
}

static void test_autoconfig__says_when_a_token_is_needed(void **state)
{
	static const char head[] =
	    "<c><incomingServer type=\"imap\"><hostname>h</hostname><port>1"
	    "</port><socketType>SSL</socketType><username>u</username>"
	    "<authentication>OAuth2</authentication>";
	char xml[600];
	struct autoconfig a;

	(void)state;
	(void)snprintf(xml, sizeof(xml), "%s</incomingServer></c>", head);
	assert_int_equal(read(xml, &a), 0);
	assert_true(a.oauth_only);
	(void)snprintf(xml, sizeof(xml),
		       "%s<authentication>password-encrypted</authentication>"
		       "</incomingServer></c>",
		       head);
	assert_int_equal(read(xml, &a), 0);
	assert_false(a.oauth_only);
}

static void test_autoconfig__refuses_the_rest(void **state)
{
	static const char *const table[] = {
	    "",
	    "x",
	    "<clientConfig>",
	    FILE_OF(""),
	    FILE_OF(SERVER("imap", "a&#10;b", "993", "SSL", "u")),
	    FILE_OF(SERVER("imap", "", "993", "SSL", "u")),
	    FILE_OF(SERVER("imap", "h", "", "SSL", "u")),
	    FILE_OF(SERVER("imap", "h", "0", "SSL", "u")),
	    FILE_OF(SERVER("imap", "h", "65536", "SSL", "u")),
	    FILE_OF(SERVER("imap", "h", "993", "none", "u")),
	    FILE_OF(SERVER("imap", "h", "993", "SSL", "")),
	    FILE_OF(SERVER("imap", "h", "993", "SSL", "u&#10;tls = none")),
	    FILE_OF(SERVER("imap", "h", "993", "SSL", "\xc3\xa4")),
	    FILE_OF(SERVER("exchange", "h", "993", "SSL", "u")),
	    /* What makes a text grow. */
	    "<!DOCTYPE c [<!ENTITY a \"u\">]>" FILE_OF(GOOD),
	    "<!DOCTYPE c SYSTEM \"file:///etc/passwd\">" FILE_OF(GOOD),
	    FILE_OF(SERVER("imap", "h", "993", "SSL", "&a;")),
	    /* Cut behind the server. */
	    "<clientConfig>" GOOD,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct autoconfig a;
		if (read(table[i], &a) == 0)
			fail_msg("taken: %s", table[i]);
	}
}

static void test_autoconfig__is_bounded(void **state)
{
	char xml[4096] = "";
	struct autoconfig a;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(xml + n, sizeof(xml) - n, "<a>");
	n += (size_t)snprintf(xml + n, sizeof(xml) - n, "%s", GOOD);
	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(xml + n, sizeof(xml) - n, "</a>");
	assert_int_equal(read(xml, &a), -1);
	/* A user's name that would not fit. */
	n = (size_t)snprintf(xml, sizeof(xml),
			     "<c><incomingServer type=\"imap\"><hostname>h"
			     "</hostname><port>1</port><socketType>SSL"
			     "</socketType><username>");
	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(xml + n, sizeof(xml) - n,
				      "%%EMAILADDRESS%%");
	n += (size_t)snprintf(xml + n, sizeof(xml) - n,
			      "</username></incomingServer></c>");
	if (read(xml, &a) == 0)
		assert_true(strlen(a.user) < sizeof(a.user));
	assert_int_equal(autoconfig_read("x", 1, "no address", &a), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_autoconfig__takes_the_first_protected_server),
	    cmocka_unit_test(test_autoconfig__says_when_a_token_is_needed),
	    cmocka_unit_test(test_autoconfig__refuses_the_rest),
	    cmocka_unit_test(test_autoconfig__is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
