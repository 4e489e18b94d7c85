/* SPDX-License-Identifier: MIT */
/* FETCH attributes; bodies as literals, strings and NIL.
 * Server names say who forced a row. */
#include "tests/lib/engine/line.h"

static const struct line lines[] = {
    {"* 1 FETCH (UID 5 FLAGS (\\Seen \\RECENT $x \\Foo) MODSEQ (12) "
     "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 EMAILID "
     "(M1) THREADID (T1) X-GM-MSGID 1278455344230334865)",
     "FETCH 1 uid=5 flags=21 $x \\Foo modseq=12 date=837596665-420 size=4286 "
     "gm=1278455344230334865 emailid=M1 threadid=T1\n"},
    /* Angus' tests: blanks in lists */
    {"* 1 FETCH (uid 5 flags () modseq ( 7 ) )",
     "FETCH 1 uid=5 flags=0 modseq=7\n"},
    {"* 1 FETCH (FLAGS (a) FLAGS (b))", "FETCH 1 flags=0 b\n"},
    /* Courier */
    {"* 0 FETCH (FLAGS ())", "FETCH 0 flags=0\n"},
    {"* 1 FETCH ()", "FETCH 1\n"},
    {"* 1 FETCH (UID 0)", "BAD\n"},
    {"* 1 FETCH (UID 5 UID 5)", "FETCH 1 uid=5\n"},
    /* two UIDs */
    {"* 1 FETCH (UID 5 UID 6)", "BAD\n"},
    {"* 1 FETCH (UID x)", "BAD\n"},
    {"* 1 FETCH (UID 4294967296)", "BAD\n"},
    /* Zoho: as good as not there */
    {"* 1 FETCH (MODSEQ (-1) UID 1)", "FETCH 1 uid=1\n"},
    {"* 1 FETCH (MODSEQ (0) UID 1)", "FETCH 1 uid=1\n"},
    {"* 1 FETCH (MODSEQ (9223372036854775808) UID 1)", "FETCH 1 uid=1\n"},
    {"* 1 FETCH (MODSEQ 5 UID 1)", "FETCH 1 uid=1 modseq=5\n"},
    /* mail.ru */
    {"* 1 FETCH (RFC822.SIZE 9.3e+06 UID 1)", "FETCH 1 uid=1\n"},
    {"* 1 FETCH (RFC822.SIZE 4294967296)", "FETCH 1 size=4294967296\n"},
    {"* 1 FETCH (INTERNALDATE \"00-Bad-0000\" UID 1)", "FETCH 1 uid=1\n"},
    {"* 1 FETCH (INTERNALDATE \" 1-Jan-1970 00:00:00 +0000\")",
     "FETCH 1 date=0+0\n"},
    {"* 1 FETCH (INTERNALDATE (x))", "BAD\n"},
    {"* 1 FETCH (THREADID NIL EMAILID (\"M 1\"))", "FETCH 1 emailid=M 1\n"},
    /* UID behind the body */
    {"* 1 FETCH (BODY[] {3}\r\n\x02\r\n UID 5)", "BODY_BEGIN 1/0 3 section=\n"
						 "BODY_END '\x02\r\n"
						 "' 1/0 3 section=\n"
						 "FETCH 1 uid=5 body\n"},
    {"* 1 FETCH (UID 5 BODY[]<4> {0}\r\n)",
     "BODY_BEGIN 1/5 0 section= from=4\n"
     "BODY_END '' 1/5 0 section= from=4\n"
     "FETCH 1 uid=5 body\n"},
    /* literals in the brackets are none of the body */
    {"* 1 FETCH (UID 5 BODY[HEADER.FIELDS (\"A]\" {3}\r\n(x))] {2}\r\nab)",
     "BODY_BEGIN 1/5 2 section=HEADER.FIELDS (\"A]\" {3}\r\n"
     "(x))\n"
     "BODY_END 'ab' 1/5 2 section=HEADER.FIELDS (\"A]\" {3}\r\n"
     "(x))\n"
     "FETCH 1 uid=5 body\n"},
    {"* 1 FETCH (RFC822 {1}\r\na RFC822.HEADER {1}\r\nb RFC822.TEXT {1}\r\nc "
     "BINARY[1.2] ~{1}\r\nd)",
     "BODY_BEGIN 1/0 1 section=\n"
     "BODY_END 'a' 1/0 1 section=\n"
     "BODY_BEGIN 1/0 1 section=HEADER\n"
     "BODY_END 'b' 1/0 1 section=HEADER\n"
     "BODY_BEGIN 1/0 1 section=TEXT\n"
     "BODY_END 'c' 1/0 1 section=TEXT\n"
     "BODY_BEGIN 1/0 1 section=1.2 binary\n"
     "BODY_END 'd' 1/0 1 section=1.2 binary\n"
     "FETCH 1 body\n"},
    /* no blank before the literal */
    {"* 1 FETCH (BODY[]{1}\r\na)", "BODY_BEGIN 1/0 1 section=\n"
				   "BODY_END 'a' 1/0 1 section=\n"
				   "FETCH 1 body\n"},
    /* two */
    {"* 1 FETCH (RFC822.HEADER  {1}\r\na)",
     "BODY_BEGIN 1/0 1 section=HEADER\n"
     "BODY_END 'a' 1/0 1 section=HEADER\n"
     "FETCH 1 body\n"},
    {"* 1 FETCH (BODY[1] \"x\\\\y\" BODY[2] \"\" UID 9)",
     "BODY_BEGIN 1/9 3 section=1\n"
     "BODY_END 'x\\y' 1/9 3 section=1\n"
     "BODY_BEGIN 1/9 0 section=2\n"
     "BODY_END '' 1/9 0 section=2\n"
     "FETCH 1 uid=9 body\n"},
    /* Gmail, Exchange */
    {"* 1 FETCH (UID 5 BODY[] NIL)", "FETCH 1 uid=5 body-nil\n"},
    /* Yandex */
    {"* 1 FETCH (UID 5 BODY[2] )", "FETCH 1 uid=5 body-nil\n"},
    /* literals elsewhere are collected */
    {"* 1 FETCH (UID 5 X {3}\r\nabc ENVELOPE (NIL {1}\r\n() BODY (\"a\" "
     "{1}\r\n)))",
     "FETCH 1 uid=5 envelope( subject='(' ) <1 'a'/')'>\n"},
    /* words in strings are no items */
    {"* 1 FETCH (UID 5 ENVELOPE (NIL \"BODY[] (\" {1}\r\nx) PREVIEW \"UID 6 "
     "BODY[] \" BODY[] {1}\r\ny)",
     "BODY_BEGIN 1/5 1 section=\n"
     "BODY_END 'y' 1/5 1 section=\n"
     "FETCH 1 uid=5 preview='UID 6 BODY[] ' body\n"},
    /* Domino: extra parentheses */
    {"* 1 FETCH (UID 14935 (ENVELOPE (NIL NIL)) RFC822.SIZE 1)",
     "FETCH 1 uid=14935 size=1 envelope( )\n"},
    {"* 1 FETCH (UID 5) x", "BAD\n"},
    {"* 1 FETCH (UID 5))", "BAD\n"},
    {"* 1 FETCH (FLAGS x)", "BAD\n"},
    {"* 1 FETCH (FLAGS ((x)))", "BAD\n"},
    {"* 1 FETCH (EMAILID x)", "BAD\n"},
    {"* 1 FETCH (X (y)", "BAD\n"},
    {"* 1 FETCH (\"UID\" 5)", "BAD\n"},
    {"* 1 FETCH (UID 5", "BAD\n"},
    {"* 1 FETCH UID 5", "BAD\n"},
    {"* FETCH (UID 5)", "BAD\n"},
    {"* 1 FETCH (BODY[] {x}", "BAD\n"},
    {"* 1 FETCH (BODY[] {3}abc)", "BAD\n"},
    {"* 1 FETCH (BODY[] {-1}", "BAD\n"},
    {"* 1 FETCH (BODY[] x)", "BAD\n"},
    {"* 1 FETCH (BODY[ UID 5)", "BAD\n"},
    /* RFC 9586 */
    {"* 25997 UIDFETCH (FLAGS (a) BODY[] {1}\r\nx)",
     "BODY_BEGIN 0/25997 1 section=\n"
     "BODY_END 'x' 0/25997 1 section=\n"
     "FETCH 0 uid=25997 flags=0 a body\n"},
    {"* 5 UIDFETCH (UID 5)", "FETCH 0 uid=5\n"},
    {"* 5 UIDFETCH (UID 6)", "BAD\n"},
    {"* 0 UIDFETCH (FLAGS ())", "BAD\n"},
    {"* 5 UIDFETCHED ()", "OTHER\n"},
    /* Gmail */
    {"* 1 FETCH (X-GM-THRID 1266894439832287888 X-GM-LABELS (\"\\\\Inbox\" "
     "foo \"Muy Importante\" a]) FLAGS (x))",
     "FETCH 1 flags=0 x gm-thread=1266894439832287888 labels:4 \\Inbox foo Muy "
     "Importante a]\n"},
    {"* 1 FETCH (X-GM-LABELS ())", "FETCH 1 labels:0\n"},
    {"* 1 FETCH (X-GM-LABELS x)", "BAD\n"},
    {"* 1 FETCH (X-GM-THRID 18446744073709551616)", "FETCH 1\n"},
    /* RFC 8514 */
    {"* 7 FETCH (SAVEDATE \"01-Jan-1970 00:00:01 +0000\")",
     "FETCH 7 saved=1+0\n"},
    {"* 7 FETCH (SAVEDATE NIL UID 1)", "FETCH 7 uid=1\n"},
    /* RFC 8970 */
    {"* 1 FETCH (PREVIEW NIL)", "FETCH 1 preview=-\n"},
    {"* 1 FETCH (PREVIEW \"\")", "FETCH 1 preview=''\n"},
    {"* 1 FETCH (PREVIEW (x))", "BAD\n"},
    /* RFC 3516 */
    {"* 3 FETCH (BINARY.SIZE[1] 7 BINARY.SIZE[2.1] 9223372036854775807 "
     "BINARY.SIZE[3] -1 BINARY.SIZE 5)",
     "FETCH 3 binary[2.1]=9223372036854775807 binary[1]=7\n"},
    {"* 1 FETCH (BINARY[1]<9223372036854775807> ~{1}\r\n\1)",
     "BODY_BEGIN 1/0 1 section=1 binary from=9223372036854775807\n"
     "BODY_END '\1' 1/0 1 section=1 binary from=9223372036854775807\n"
     "FETCH 1 body\n"},
    {"* 1 FETCH (BODY[1]<9223372036854775808> \"x\" BODY[2]<> \"y\")",
     "BODY_BEGIN 1/0 1 section=1\n"
     "BODY_END 'x' 1/0 1 section=1\n"
     "BODY_BEGIN 1/0 1 section=2\n"
     "BODY_END 'y' 1/0 1 section=2\n"
     "FETCH 1 body\n"},
    /* both were asked for, in any order */
    {"* 1 FETCH (BODY (a b) BODYSTRUCTURE (a b NIL NIL NIL NIL 1 NIL))",
     "FETCH 1 <1 'a'/'b' size=1 +1>\n"},
    {"* 1 FETCH (BODYSTRUCTURE (a b NIL NIL NIL NIL 1 NIL) BODY (a b))",
     "FETCH 1 <1 'a'/'b' size=1 +1>\n"},
    /* what cannot be understood does not spoil the rest */
    {"* 1 FETCH (ENVELOPE (\"x\" (\"y\")) BODYSTRUCTURE ((\"a\" \"b\") (x "
     "(y))) "
     "UID 5)",
     "FETCH 1 uid=5\n"},
    {"* 1 FETCH (ENVELOPE \"x\" UID 5 BODY)", "FETCH 1 uid=5\n"},
    /* a multipart without its parentheses: half a structure is none */
    {"* 1 FETCH (BODYSTRUCTURE (\"a\" \"b\")((\"c\" \"d\") \"mixed\") UID 5)",
     "FETCH 1 uid=5\n"},
    {"* 1 FETCH (BODYSTRUCTURE (\"a\" \"b\") (UID 5) FLAGS (x))",
     "FETCH 1 uid=5 flags=0 x <1 'a'/'b'>\n"},
};

static void test_resp_fetch__lines(void **state)
{
	(void)state;
	lines_check(lines, sizeof(lines) / sizeof(lines[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resp_fetch__lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
