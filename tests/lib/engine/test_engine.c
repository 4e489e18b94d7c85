/* SPDX-License-Identifier: MIT */
/* The engine against a scripted server: whole sessions in pieces of any size,
 * the states, and the ways in which a connection ends. */
#include "tests/lib/engine/peer.h"

/* From the greeting to LOGOUT, all kinds of events on the way. */
static void session(struct peer *p)
{
	const struct imap4_select_opts qresync = {
	    .size = sizeof(qresync), .uidvalidity = 7, .modseq = 99};

	peer_server(p, "* OK [CAPABILITY IMAP4rev1 LITERAL+] hello\r\n");
	assert_int_equal(
	    imap4_submit_login(p->e, peer_str("ann"), peer_str("p\"w"), NULL),
	    0);
	peer_flush(p);
	peer_server(p, "* CAPABILITY IMAP4rev1 QRESYNC LITERAL+\r\n"
		       "T1 OK welcome\r\n");
	assert_int_equal(imap4_submit_enable(p->e, "QRESYNC", NULL), 0);
	assert_int_equal(imap4_submit_list(p->e, NULL, peer_str(""),
					   peer_str("*"), NULL, NULL),
			 0);
	assert_int_equal(imap4_submit_status(p->e, peer_str("INBOX"),
					     IMAP4_ST_MESSAGES, NULL),
			 0);
	assert_int_equal(
	    imap4_submit_select(p->e, peer_str("INBOX"), &qresync, NULL), 0);
	assert_int_equal(imap4_submit_uid_fetch(p->e, "1:*",
						"UID FLAGS BODY.PEEK[]", 0,
						false, NULL),
			 0);
	peer_flush(p);
	peer_server(
	    p, "* ENABLED QRESYNC\r\n"
	       "T2 OK done\r\n"
	       "* LIST (\\HasNoChildren) \"/\" INBOX\r\n"
	       "* LIST (\\Trash) \".\" \"M&APw-ll\"\r\n"
	       "* LIST () NIL {3}\r\na\"b\r\n"
	       "T3 OK done\r\n"
	       "* STATUS INBOX (MESSAGES 2 UIDNEXT 5)\r\n"
	       "T4 OK done\r\n"
	       "* FLAGS (\\Seen $x)\r\n"
	       "* 2 EXISTS\r\n"
	       "* OK [UIDVALIDITY 7] ok\r\n"
	       "* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n"
	       "* VANISHED (EARLIER) 3:4,9\r\n"
	       "T5 OK [READ-WRITE] done\r\n"
	       "* 1 FETCH (UID 1 FLAGS (\\Seen $x) BODY[] {5}\r\nab\r\nc)\r\n"
	       "* 2 FETCH (BODY[] {0}\r\n UID 2 FLAGS ())\r\n"
	       "* 3 FETCH (UID 3 BODY[] \"q\\\"x\" BODY[TEXT] NIL)\r\n"
	       "* 2 FETCH (BROKEN\r\n"
	       "* 9 XYZZY (a {3}\r\nb)\r)\r\n"
	       "T6 OK done\r\n");
	assert_int_equal(
	    imap4_submit_uid_store(p->e, "1", '+', "\\Seen", 0, NULL), 0);
	assert_int_equal(imap4_submit_uid_search(p->e, "ALL", "ALL", NULL), 0);
	assert_int_equal(imap4_submit_logout(p->e, NULL), 0);
	peer_flush(p);
	peer_server(p, "T7 NO [MODIFIED 3,1] some\r\n"
		       "* ESEARCH (TAG \"@8\") UID COUNT 2 ALL 1:2\r\n"
		       "T8 OK done\r\n"
		       "* BYE see you\r\n"
		       "T9 OK done\r\n");
}

static const char session_log[] =
    "GREETING 0 OK [CAPABILITY 0 0 IMAP4rev1 LITERAL+] text=hello\n"
    "CAPABILITY IMAP4rev1 QRESYNC LITERAL+\n"
    "DONE 1 OK text=welcome\n"
    "ENABLED QRESYNC\n"
    "DONE 2 OK text=done\n"
    "LIST 8 / raw=INBOX name=INBOX\n"
    "LIST 8000 . raw=M&APw-ll name=M\xc3\xbcll\n"
    "LIST 0 0 raw=a\"b name=a\"b\n"
    "DONE 3 OK text=done\n"
    "MAILBOX_STATUS raw=INBOX messages=2 uidnext=5\n"
    "DONE 4 OK text=done\n"
    "FLAGS \\Seen $x\n"
    "EXISTS 2\n"
    "STATUS 0 OK [UIDVALIDITY 7 0] text=ok\n"
    "STATUS 0 OK [PERMANENTFLAGS 0 0 \\Seen \\*] text=ok\n"
    "VANISHED earlier=3:4,9:9\n"
    "DONE 5 OK [READ-WRITE 0 0] text=done\n"
    "BODY_BEGIN 1/1 5 section=\n"
    "BODY_END 'ab\r\nc' 1/1 5 section=\n"
    "FETCH 1 uid=1 flags=1 $x body\n"
    "BODY_BEGIN 2/0 0 section=\n"
    "BODY_END '' 2/0 0 section=\n"
    "FETCH 2 uid=2 flags=0 body\n"
    "BODY_BEGIN 3/3 3 section=\n"
    "BODY_END 'q\"x' 3/3 3 section=\n"
    "FETCH 3 uid=3 body body-nil\n"
    "BAD\n"
    "OTHER\n"
    "DONE 6 OK text=done\n"
    "DONE 7 NO [MODIFIED 0 0 src=1:1,3:3] text=some\n"
    "SEARCH id=8 uid extended count=2 set=1:2\n"
    "DONE 8 OK text=done\n"
    "STATUS 0 BYE text=see you\n"
    "DONE 9 OK text=done\n";

static const char session_sent[] =
    "T1 LOGIN ann \"p\\\"w\"\r\n"
    "T2 ENABLE QRESYNC\r\n"
    "T3 LIST \"\" \"*\"\r\n"
    "T4 STATUS INBOX (MESSAGES)\r\n"
    "T5 SELECT INBOX (QRESYNC (7 99))\r\n"
    "T6 UID FETCH 1:* (UID FLAGS BODY.PEEK[])\r\n"
    "T7 UID STORE 1 +FLAGS.SILENT (\\Seen)\r\n"
    "T8 UID SEARCH RETURN (ALL) ALL\r\n"
    "T9 LOGOUT\r\n";

static void test_engine__session_in_pieces_of_any_size(void **state)
{
	(void)state;
	for (size_t piece = 0; piece < 200; piece++) {
		struct peer p;
		peer_init(&p, NULL);
		p.piece = piece;
		session(&p);
		peer_logs(&p, session_log);
		peer_expect(&p.sent, session_sent);
		assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_LOGOUT);
		assert_int_equal(imap4_engine_pending(p.e), 0);
		peer_release(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_engine__session_in_pieces_of_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
