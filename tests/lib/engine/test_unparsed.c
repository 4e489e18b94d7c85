/* SPDX-License-Identifier: MIT */
/* What a server sends that is not what the RFCs say: what is passed over, what
 * ends the connection, and which command is told. */
#include "tests/lib/engine/peer.h"

static void test_unparsed__malformed_lines(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
	    {"* LIST garbage\r\n", 0},
	    {"T1 OOPS x\r\n", IMAP4_EPROTO},
	    {"T1\r\n", IMAP4_EPROTO},
	    {"\r\n", 0},
	    {" * 5 EXISTS\r\n", 0},
	    {")\r\n", 0},
	    {"x)\r\n", IMAP4_EPROTO},
	    {"T01 OK x\r\n", IMAP4_EPROTO},
	    {"+ huh\r\n", IMAP4_EPROTO},
	    {"* 1 FETCH (BODY[] {1}\r\nx UID 5\r\n", 0},
	    {"* 1 FETCH (UID 5 BODY[] {1}\r\nx UID 6)\r\n", 0},
	    {"* 1 FETCH (X UID 5 BODY[] {1}\r\nx)\r\n", 0},
	    {"* 1 FETCH (X UID 5 NIL BODY[] {1}\r\nx UID 6)\r\n", 0},
	    {"* 1 FETCH (UID 5 UID 6 FLAGS (a))\r\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer p;
		peer_init(&p, NULL);
		peer_server(&p, "* OK hi\r\n");
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		peer_flush(&p);
		peer_server(&p, rows[i].text);
		assert_int_equal(p.rc, rows[i].rc);
		peer_release(&p);
	}
}

static void check_not_understood(const char *text, const char *log,
				 unsigned unparsed, size_t piece)
{
	struct peer p;

	peer_init(&p, NULL);
	p.piece = piece;
	peer_server(&p, "* PREAUTH hi\r\n");
	assert_int_equal(imap4_engine_select(p.e, peer_str("x"), NULL, NULL),
			 0);
	peer_flush(&p);
	peer_server(&p, "T1 OK done\r\n");
	assert_int_equal(
	    imap4_engine_uid_fetch(p.e, "1", "UID", 0, false, NULL), 0);
	assert_int_equal(imap4_engine_uid_search(p.e, NULL, "ALL", NULL), 0);
	assert_int_equal(imap4_engine_uid_store(p.e, "1", '+', "a", 0, NULL),
			 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_flush(&p);
	buf_reset(&p.log);
	peer_server(&p, text);
	assert_int_equal(p.rc, 0);
	peer_logs(&p, log);
	peer_server(&p, "T2 OK a\r\nT3 OK a\r\nT4 OK a\r\nT5 OK a\r\n");
	struct buf expected;
	buf_init(&expected, 4096);
	for (unsigned i = 0; i < 4; i++)
		(void)buf_addf(&expected, "DONE %u OK%s text=a\n", i + 2,
			       unparsed & 1U << i ? " unparsed" : "");
	peer_logs(&p, expected.data);
	buf_release(&expected);
	peer_release(&p);
}

/* What a server sends while a FETCH, a SEARCH, a STORE and a NOOP are under
 * way, what is reported, and which of them were not understood. */
static void test_unparsed__what_was_not_understood(void **state)
{
	static const struct {
		const char *text;
		const char *log;
		unsigned unparsed; /* a bit for each command */
	} rows[] = {
	    {"* SEARCH 1 x 3\r\n", "BAD\n", 2},
	    {"* ESEARCH UID ALL *\r\n", "BAD\n", 2},
	    {"* 1 FETCH (UID x)\r\n", "BAD\n", 5},
	    {"* STATUS x (MESSAGES\r\n", "BAD\n", 0},
	    {"* [COPYUID 1 2 3]\r\n", "BAD\n", 7},
	    {"* SEARCH 1\r\n\r\n\r\n* SEARCH\r\n",
	     "SEARCH id=0 set=1:1\nSEARCH id=0\n", 0},
	    /* Xeams; behind a body that was handed out */
	    {"* 1 FETCH (UID 9 BODY[] {1}\r\nx) FLAGS ()\r\n FLAGS ()\r\n",
	     "BODY_BEGIN 1/9 1 section=\nBODY_END 'x' 1/9 1 section=\n"
	     "BAD\nBAD\n",
	     5},
	    /* A line end behind a literal, inside a list. */
	    {"* 1 FETCH (UID 1 BODY[] {1}\r\nx\r\n\r\n FLAGS (a) X "
	     "{1}\r\ny\r\n)"
	     "\r\n",
	     "BODY_BEGIN 1/1 1 section=\nBODY_END 'x' 1/1 1 section=\n"
	     "FETCH 1 uid=1 flags=0 a body\n",
	     0},
	    {"* LIST () \"/\" {1}\r\na\r\n\r\n* 1 EXISTS\r\n",
	     "LIST 0 / raw=a name=a\nEXISTS 1\n", 0},
	    /* A list that is never closed does not take the next response. */
	    {"* 1 FETCH (UID 1 BODY[] {1}\r\nx\r\n* 2 EXISTS\r\n",
	     "BODY_BEGIN 1/1 1 section=\nBODY_END 'x' 1/1 1 section=\n"
	     "BAD\nEXISTS 2\n",
	     5},
	    /* GreenMail, Exchange: a line end inside a string */
	    {"* 9 FETCH (UID 9 ENVELOPE (NIL \"s\" ((\"A\r\n"
	     "x\" NIL) BODY[] {1}\r\ny)\r\n+ z\r\n[+\"\"\r\n* 3 EXISTS\r\n",
	     "BAD\nBAD\nBAD\nBAD\nEXISTS 3\n", 5},
	    {"* LIST () \"/\" \" \"\"\r\n+ z\r\nx\r\n",
	     "LIST 0 / raw= \" name= \"\nBAD\nBAD\n", 0},
	    /* Which item's octets are these? Nobody's. */
	    {"* 1 FETCH (BODY[1] BODY[1.MIME] {1}\r\nx)\r\n", "BAD\n", 5},
	    {"* 1 FETCH (UID 5 X BODY[] {1}\r\nx BODY[2] {1}\r\ny)\r\n",
	     "BAD\n", 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece = 0; piece < 80; piece++)
			check_not_understood(rows[i].text, rows[i].log,
					     rows[i].unparsed, piece);
	}
}

/* Behind a torn response what nobody asked for is passed over; up to the next
 * tagged one. */
static void test_unparsed__torn_until_tagged(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH hi\r\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "* X \"a\r\nb\r\nT1 OK done\r\n");
	assert_int_equal(p.rc, 0);
	peer_server(&p, "b\r\n");
	assert_int_equal(p.rc, IMAP4_EPROTO);
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unparsed__malformed_lines),
	    cmocka_unit_test(test_unparsed__what_was_not_understood),
	    cmocka_unit_test(test_unparsed__torn_until_tagged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
