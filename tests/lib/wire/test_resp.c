/* SPDX-License-Identifier: MIT */
/* Tag, number and name; responses of bare words; what is passed on unparsed.
 * Server names say who forced a row. */
#include "tests/lib/engine/line.h"

static const struct line lines[] = {
    /* iCloud: blanks at the end */
    {"* CAPABILITY IMAP4rev1  AUTH=PLAIN ",
     "CAPABILITY IMAP4rev1 AUTH=PLAIN\n"},
    {"* CAPABILITY", "CAPABILITY\n"},
    {"* CAPABILITY (X)", "BAD\n"},
    {"* capability x", "CAPABILITY x\n"},
    /* empty: nothing was enabled */
    {"* ENABLED", "ENABLED\n"},
    {"* ENABLED CONDSTORE QRESYNC", "ENABLED CONDSTORE QRESYNC\n"},
    /* Gmail: ']' in flags */
    {"* FLAGS (\\Seen [Gmail]/x $a)", "FLAGS \\Seen [Gmail]/x $a\n"},
    {"* FLAGS \\Seen", "BAD\n"},
    {"* FLAGS (a", "BAD\n"},
    {"* FLAGS (a (b))", "BAD\n"},
    {"* 5 EXISTS", "EXISTS 5\n"},
    {"*  5  EXISTS ", "EXISTS 5\n"},
    {"* EXISTS 5", "BAD\n"},
    {"* 4294967296 EXISTS", "BAD\n"},
    {"* -1 EXISTS", "BAD\n"},
    {"* 0 EXISTS", "EXISTS 0\n"},
    /* there is no message 0 */
    {"* 0 EXPUNGE", "BAD\n"},
    {"* 3 EXPUNGE", "EXPUNGE 3\n"},
    {"* 3 RECENT", "RECENT 3\n"},
    {"* 3 RECENT x", "BAD\n"},
    {"* ID NIL", "ID\n"},
    {"* ID (\"a\" \"b\" \"c\" NIL)", "ID a b c NIL\n"},
    /* a key without a value */
    {"* ID (\"a\")", "ID a NIL\n"},
    /* XGen */
    {"* ID (a {2}\r\nbc)+", "ID a bc\n"},
    {"* ID (a (b))", "BAD\n"},
    {"* ID x", "BAD\n"},
    {"* XYZZY a (b \"c\") ~{3}\r\n\x02\r\n NIL", "OTHER\n"},
    {"* XYZZY (a", "BAD\n"},
    {"* XYZZY a)", "BAD\n"},
    {"* XYZZY \"a", "BAD\n"},
    {"* (ONE) FETCH", "BAD\n"},
    /* home.pl: a code without its response */
    {"* [COPYUID 55 31 6]", "BAD\n"},
    {"* ", "BAD\n"},
    {"*", "BAD\n"},
};

static void test_resp__lines(void **state)
{
	(void)state;
	lines_check(lines, sizeof(lines) / sizeof(lines[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resp__lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
