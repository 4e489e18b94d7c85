/* SPDX-License-Identifier: MIT */
/* Addresses as text: names, groups, and what is missing. */
#include "tests/support/t.h"

#include <stdio.h>
#include <string.h>

#include <imap4/mime.h>

static const struct {
	const char *envelope; /* its From */
	const char *text;
} rows[] = {
    {"NIL", ""},
    {"((\"Ann Lee\" NIL \"ann\" \"example.org\"))",
     "Ann Lee <ann@example.org>"},
    {"((NIL NIL \"ann\" \"example.org\")(\"\" NIL \"b\" \"x\"))",
     "ann@example.org, b@x"},
    {"((\"Lee, Ann\" NIL \"a\" \"x\"))", "\"Lee, Ann\" <a@x>"},
    {"((\"a \\\"b\\\" \\\\c\" NIL \"a\" \"x\"))",
     "\"a \\\"b\\\" \\\\c\" <a@x>"},
    {"((\"=?utf-8?q?J=C3=BCrgen?=\" NIL \"j\" \"x\"))", "J\xc3\xbcrgen <j@x>"},
    /* a name that shows as an address of somebody else is in quotes */
    {"((\"=?utf-8?q?boss=40example.com_=3C=3E?=\" NIL \"j\" \"x\"))",
     "\"boss@example.com <>\" <j@x>"},
    {"((NIL NIL \"team\" NIL)(\"A\" NIL \"a\" \"x\")(NIL NIL \"b\" \"x\")"
     "(NIL NIL NIL NIL)(NIL NIL \"c\" \"x\"))",
     "team: A <a@x>, b@x;, c@x"},
    {"((NIL NIL \"none\" NIL)(NIL NIL NIL NIL))", "none:;"},
    {"((NIL NIL NIL NIL))", ""},
    {"((NIL NIL NIL \"x\"))", "@x"},
    {"((\"a\x1b[m\" NIL \"a\x7f\" \"x\"))",
     "\"a\xef\xbf\xbd[m\" <a\xef\xbf\xbd@x>"},
};

static void test_address__table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512], out[256];
		struct imap4_envelope *env;
		int n = snprintf(text, sizeof(text), "(NIL NIL %s)",
				 rows[i].envelope);
		assert_int_equal(
		    imap4_envelope_parse((struct imap4_str){text, (size_t)n},
					 NULL, &env),
		    0);
		size_t len =
		    imap4_addresses_format(env->from, out, sizeof(out));
		assert_string_equal(out, rows[i].text);
		assert_int_equal(len, strlen(out));
		imap4_envelope_free(env);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_address__table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
