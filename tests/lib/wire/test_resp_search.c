/* SPDX-License-Identifier: MIT */
/* SEARCH, ESEARCH, SORT, THREAD and VANISHED.
 * Server names say who forced a row. */
#include "tests/lib/engine/line.h"

static const struct line lines[] = {
    {"* SEARCH", "SEARCH id=0\n"},
    {"* SEARCH 2 3  6 4294967295 ",
     "SEARCH id=0 set=2:3,6:6,4294967295:4294967295\n"},
    /* any order, twice */
    {"* SEARCH 9 8 7 1 9", "SEARCH id=0 set=1:1,7:9\n"},
    {"* SEARCH 1 2 (MODSEQ 917162500)",
     "SEARCH id=0 modseq=917162500 set=1:2\n"},
    {"* SEARCH (MODSEQ 5)", "SEARCH id=0 modseq=5\n"},
    {"* SEARCH 0", "BAD\n"},
    {"* SEARCH 4294967296", "BAD\n"},
    {"* SEARCH 1:5", "BAD\n"},
    {"* SEARCH *", "BAD\n"},
    {"* SEARCH 6 ...", "BAD\n"},
    {"* SEARCH 1 (MODSEQ a)", "BAD\n"},
    {"* SEARCH 1 (MODSEQ 9223372036854775808)", "BAD\n"},
    {"* SEARCH 1(MODSEQ 5)2 9", "SEARCH id=0 modseq=5 set=1:2,9:9\n"},
    {"* SEARCH 1 (MODSEQ 5) x", "BAD\n"},
    {"* SEARCH 1 (X 5)", "BAD\n"},
    {"* ESEARCH", "SEARCH id=0 extended\n"},
    /* no hits */
    {"* ESEARCH (TAG \"@7\") UID", "SEARCH id=7 uid extended\n"},
    /* another's tag */
    {"* ESEARCH (TAG \"zz\") UID COUNT 5",
     "SEARCH id=0 uid extended count=5\n"},
    {"* ESEARCH UID MIN 2 MAX 9 COUNT 3 ALL 2,5:9 MODSEQ 12 PARTIAL (1:3 NIL)",
     "SEARCH id=0 uid extended count=3 min=2 max=9 modseq=12 set=2:2,5:9 "
     "partial=1:3\n"},
    {"* ESEARCH (TAG \"x\" MAILBOX \"mb\" UIDVALIDITY 1) COUNT 0",
     "SEARCH id=0 extended count=0 raw=mb name=mb uidvalidity=1\n"},
    {"* ESEARCH (TAG \"x\" MAILBOX iNbOx X (Y)) UID ALL 1",
     "SEARCH id=0 uid extended set=1:1 raw=iNbOx name=INBOX\n"},
    {"* ESEARCH (MAILBOX &&)", "SEARCH id=0 extended raw=&&\n"},
    {"* ESEARCH (UIDVALIDITY x)", "BAD\n"},
    {"* ESEARCH (MAILBOX)", "BAD\n"},
    /* RFC 9394 */
    {"* ESEARCH (TAG \"@1\") UID PARTIAL (-1:-100 200:250,252:300)",
     "SEARCH id=1 uid extended partial=-1:-100 part=200:250,252:300\n"},
    {"* ESEARCH PARTIAL (1:2 x)", "BAD\n"},
    {"* ESEARCH PARTIAL 1:2", "BAD\n"},
    {"* ESEARCH PARTIAL (1:2 3 4)", "BAD\n"},
    /* RFC 5267 */
    {"* ESEARCH (TAG \"@2\") UID ADDTO (0 32768:32769 1 5,3) REMOVEFROM (0 "
     "7)",
     "SEARCH id=2 uid extended +0 set=32768:32769 text=32768:32769 +1 "
     "set=3:3,5:5 text=5,3 -0 set=7:7 text=7\n"},
    {"* ESEARCH ADDTO ()", "SEARCH id=0 extended\n"},
    {"* ESEARCH ADDTO (x 1)", "BAD\n"},
    {"* ESEARCH ADDTO (1)", "BAD\n"},
    {"* ESEARCH ADDTO (1 *)", "BAD\n"},
    {"* ESEARCH ADDTO 1", "BAD\n"},
    /* never expanded */
    {"* ESEARCH UID ALL 3,5 (MODSEQ 284535)",
     "SEARCH id=0 uid extended modseq=284535 set=3:3,5:5\n"},
    {"* ESEARCH UID ALL 3 (X 1)", "BAD\n"},
    {"* ESEARCH UID ALL 1:4294967295",
     "SEARCH id=0 uid extended set=1:4294967295\n"},
    {"* ESEARCH UID ALL", "BAD\n"},
    {"* ESEARCH UID ALL *", "BAD\n"},
    {"* ESEARCH COUNT x", "BAD\n"},
    {"* ESEARCH (TAG", "BAD\n"},
    {"* ESEARCH (TAG (x))", "BAD\n"},
    {"* ESEARCH ((TAG) x)", "BAD\n"},
    {"* ESEARCH (FOO", "BAD\n"},
    {"* ESEARCH UID (COUNT) 1", "BAD\n"},
    {"* ESEARCH FOO", "BAD\n"},
    {"* ESEARCH FOO (1 2) COUNT 1", "SEARCH id=0 extended count=1\n"},
    {"* ESEARCH MODSEQ 9223372036854775808", "BAD\n"},
    {"* ESEARCH UID MIN 4294967296", "BAD\n"},
    {"* ESEARCH ALL \"\"", "BAD\n"},
    {"* SORT", "SORT\n"},
    {"* SORT 2 84 882 2", "SORT 2 84 882 2\n"},
    {"* SORT 5 1 2 3 4 6 7 8 9 10 11 12 13 14 15 16 17 18",
     "SORT 5 1 2 3 4 6 7 8 9 10 11 12 13 14 15 16 17 18\n"},
    {"* SORT 2 3 (MODSEQ 65402) ", "SORT 2 3 modseq=65402\n"},
    {"* SORT 0", "BAD\n"},
    {"* SORT 4294967296", "BAD\n"},
    {"* SORT 1 (MODSEQ)", "BAD\n"},
    {"* SORT 1 (MODSEQ 1) 2", "BAD\n"},
    {"* THREAD", "THREAD \n"},
    {"* THREAD (2)(3 6 (4 23)(44 7 96))", "THREAD (2)(3 6 (4 23)(44 7 96))\n"},
    {"* THREAD ((3)(5))", "THREAD ((3)(5))\n"},
    {"* THREAD (1 ( 2 ) (3 (4)(5 (6)(7))))(8)",
     "THREAD (1 (2)(3 (4)(5 (6)(7))))(8)\n"},
    {"* THREAD (((1)(2))(3))", "THREAD (((1)(2))(3))\n"},
    /* one list alone says no more than none */
    {"* THREAD (1 (2))", "THREAD (1 2)\n"},
    {"* THREAD ()", "BAD\n"},
    {"* THREAD 1", "BAD\n"},
    {"* THREAD (1", "BAD\n"},
    {"* THREAD (1))", "BAD\n"},
    {"* THREAD (0)", "BAD\n"},
    {"* THREAD (\"1\")", "BAD\n"},
    {"* THREAD (1 x)", "BAD\n"},
    {"* VANISHED 1:3,7", "VANISHED set=1:3,7:7\n"},
    {"* VANISHED (EARLIER) 4294967295",
     "VANISHED earlier=4294967295:4294967295\n"},
    {"* VANISHED (EARLIER)", "BAD\n"},
    {"* VANISHED 5:*", "BAD\n"},
    {"* VANISHED (LATER) 5", "BAD\n"},
    {"* VANISHED 0", "BAD\n"},
    {"* VANISHED 1 2", "BAD\n"},
    {"* VANISHED (1)", "BAD\n"},
    {"* VANISHED", "BAD\n"},
    {"* 5 VANISHED 1", "BAD\n"},
};

static void test_resp_search__lines(void **state)
{
	(void)state;
	lines_check(lines, sizeof(lines) / sizeof(lines[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resp_search__lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
