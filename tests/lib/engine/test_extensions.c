/* SPDX-License-Identifier: MIT */
/* Sessions out of the RFCs of extensions: what the client says, what the server
 * answers, and what the caller is told. In one piece and in bytes. */
#include "tests/lib/engine/peer.h"

static struct peer p;

#define OK(call) assert_int_equal(call, 0)

static void begin(size_t piece, const char *capabilities)
{
	char text[256];

	peer_init(&p, NULL);
	p.piece = piece;
	(void)snprintf(text, sizeof(text),
		       "* PREAUTH [CAPABILITY %s LITERAL+] hi\r\n",
		       capabilities);
	peer_server(&p, text);
	OK(imap4_engine_select(p.e, peer_str("INBOX"), NULL, NULL));
	peer_flush(&p);
	peer_server(&p, "T1 OK [READ-WRITE] selected\r\n");
	buf_reset(&p.sent);
	buf_reset(&p.log);
}

/* RFC 9738 3.1: what it did not list may be there all the same. */
static void messagelimit(void)
{
	OK(imap4_engine_uid_fetch(p.e, "1:*", "FLAGS", 0, false, NULL));
	OK(imap4_engine_uid_search(p.e, NULL, "ALL", NULL));
	OK(imap4_engine_uid_copy(p.e, "1:*", peer_str("x"), NULL));
	OK(imap4_engine_noop(p.e, NULL));
	peer_sends(&p, "T2 UID FETCH 1:* (FLAGS)\r\nT3 UID SEARCH ALL\r\n"
		       "T4 UID COPY 1:* x\r\nT5 NOOP\r\n");
	peer_server(&p, "* 12 FETCH (UID 23221 FLAGS ())\r\n"
			"T2 OK [MESSAGELIMIT 1000 23221] FETCH completed with "
			"1 partial result\r\n"
			"* SEARCH 7 8\r\n"
			"T3 OK [MESSAGELIMIT 1000 7] partial\r\n"
			"T4 NO [MESSAGELIMIT 1000] too many\r\n"
			"* NO [MESSAGELIMIT 1000 20001] not now\r\n"
			"T5 OK done\r\n");
	peer_logs(&p, "FETCH 12 uid=23221 flags=0\n"
		      "DONE 2 OK [MESSAGELIMIT 1000 0 uid=23221] partial "
		      "text=FETCH completed with 1 partial result\n"
		      "SEARCH id=0 set=7:8\n"
		      "DONE 3 OK [MESSAGELIMIT 1000 0 uid=7] partial "
		      "text=partial\n"
		      "DONE 4 NO [MESSAGELIMIT 1000 0] text=too many\n"
		      "STATUS 0 NO [MESSAGELIMIT 1000 0 uid=20001] "
		      "text=not now\n"
		      "DONE 5 OK text=done\n");
}

/* RFC 5465 5 and 5.8 */
static void notify(void)
{
	OK(imap4_engine_notify(
	    p.e,
	    "SET STATUS (SELECTED (MessageNew (UID FLAGS) MessageExpunge)) "
	    "(SUBTREE Lists MessageNew MessageExpunge)",
	    NULL));
	peer_sends(&p, "T2 NOTIFY SET STATUS (SELECTED (MessageNew (UID FLAGS) "
		       "MessageExpunge)) (SUBTREE Lists MessageNew "
		       "MessageExpunge)\r\n");
	peer_server(&p,
		    "* STATUS Lists/Lemonade (UIDVALIDITY 4 UIDNEXT 9999 "
		    "MESSAGES 500)\r\n"
		    "T2 OK done\r\n"
		    "* 127 FETCH (UID 127001 FLAGS (\\Seen))\r\n"
		    "* 127 EXISTS\r\n"
		    "* STATUS misc (UIDNEXT 999 MESSAGES 554)\r\n"
		    "* LIST (\\NonExistent) \".\" \"INBOX.DeletedFolder\"\r\n"
		    "* LIST () \"/\" \"NewName\" (\"OLDNAME\" "
		    "(\"OldName\"))\r\n"
		    "* OK [NOTIFICATIONOVERFLOW] ... more\r\n");
	peer_logs(&p,
		  "MAILBOX_STATUS raw=Lists/Lemonade messages=500 "
		  "uidnext=9999 uidvalidity=4\n"
		  "DONE 2 OK text=done\n"
		  "FETCH 127 uid=127001 flags=1\n"
		  "EXISTS 127\n"
		  "MAILBOX_STATUS raw=misc messages=554 uidnext=999\n"
		  "LIST 11 . raw=INBOX.DeletedFolder name=INBOX.DeletedFolder\n"
		  "LIST 0 / raw=NewName name=NewName old=OldName "
		  "ext=(\"OLDNAME\" (\"OldName\"))\n"
		  "STATUS 0 OK [NOTIFICATIONOVERFLOW 0 0] text=... more\n");
}

/* RFC 5182 2, RFC 4731 3.1, RFC 9394 3.1 */
static void searches(void)
{
	OK(imap4_engine_uid_search(p.e, "SAVE", "FROM \"SMITH\"", NULL));
	OK(imap4_engine_uid_fetch(p.e, "$", "UID", 0, false, NULL));
	OK(imap4_engine_uid_search(p.e, "MIN COUNT", "DELETED", NULL));
	OK(imap4_engine_uid_search(p.e, "PARTIAL 1:100", "ALL", NULL));
	peer_sends(&p, "T2 UID SEARCH RETURN (SAVE) FROM \"SMITH\"\r\n"
		       "T3 UID FETCH $ (UID)\r\n"
		       "T4 UID SEARCH RETURN (MIN COUNT) DELETED\r\n"
		       "T5 UID SEARCH RETURN (PARTIAL 1:100) ALL\r\n");
	peer_server(&p, "T2 NO [NOTSAVED] no space\r\nT3 OK\r\n"
			"* ESEARCH (TAG \"@5\") UID PARTIAL (1:100 NIL)\r\n"
			"* ESEARCH (TAG \"@4\") UID MIN 2 COUNT 3\r\n"
			"T4 OK\r\nT5 OK\r\n");
	peer_logs(&p, "DONE 2 NO [NOTSAVED 0 0] text=no space\n"
		      "DONE 3 OK text=\n"
		      "SEARCH id=5 uid extended partial=1:100\n"
		      "SEARCH id=4 uid extended count=3 min=2\n"
		      "DONE 4 OK text=\nDONE 5 OK text=\n");
}

/* Text that is not ASCII goes as a literal. RFC 9051 6.4.4. */
static void charset(void)
{
	imap4_engine_command_begin(p.e, "UID SEARCH");
	imap4_engine_command_syntax(p.e, "RETURN (COUNT) CHARSET UTF-8 TEXT");
	imap4_engine_command_astring(p.e, peer_str("\xd0\xb4\xd0\xb0"));
	imap4_engine_command_syntax(p.e, "UNSEEN");
	OK(imap4_engine_command_end(p.e, NULL));
	peer_sends_literals(&p,
			    "T2 UID SEARCH RETURN (COUNT) CHARSET UTF-8 TEXT "
			    "{4}\r\n\xd0\xb4\xd0\xb0 UNSEEN\r\n");
	peer_server(&p, "T2 NO [BADCHARSET (US-ASCII KOI8-R)] no\r\n");
	peer_logs(&p, "DONE 2 NO [BADCHARSET 0 0 US-ASCII KOI8-R] text=no\n");
}

/* RFC 9586 3 */
static void uidonly(void)
{
	OK(imap4_engine_unselect(p.e, NULL));
	OK(imap4_engine_enable(p.e, "UIDONLY", NULL));
	peer_flush(&p);
	buf_reset(&p.sent);
	peer_server(&p, "T2 OK\r\n* ENABLED UIDONLY\r\nT3 OK\r\n");
	OK(imap4_engine_select(p.e, peer_str("x"), NULL, NULL));
	OK(imap4_engine_uid_fetch(p.e, "25900:26600", "FLAGS BODY.PEEK[]", 0,
				  false, NULL));
	peer_flush(&p);
	buf_reset(&p.log);
	peer_server(&p, "T4 OK\r\n* 25996 UIDFETCH (FLAGS (\\Seen))\r\n"
			"* 25997 UIDFETCH (BODY[] {2}\r\nhi FLAGS (x))\r\n"
			"* VANISHED 405,407,410,425\r\nT5 OK\r\n");
	peer_logs(&p, "DONE 4 OK text=\nFETCH 0 uid=25996 flags=1\n"
		      "BODY_BEGIN 0/25997 2 section=\n"
		      "BODY_END 'hi' 0/25997 2 section=\n"
		      "FETCH 0 uid=25997 flags=0 x body\n"
		      "VANISHED set=405:405,407:407,410:410,425:425\n"
		      "DONE 5 OK text=\n");
}

/* RFC 5256 4, RFC 4314, RFC 9208, RFC 5464: answers to imaplib's commands. */
static void administration(void)
{
	OK(imap4_engine_sort(p.e, "SUBJECT", "US-ASCII", "TEXT \"x\"", NULL));
	OK(imap4_engine_thread(p.e, "REFERENCES", "US-ASCII", "ALL", NULL));
	OK(imap4_engine_getquotaroot(p.e, peer_str("INBOX"), NULL));
	OK(imap4_engine_getacl(p.e, peer_str("INBOX"), NULL));
	peer_flush(&p);
	buf_reset(&p.sent);
	peer_server(&p, "* SORT\r\nT2 NO something like that\r\n"
			"* THREAD (2)(3 6 (4 23)(44 7 96))\r\nT3 OK\r\n"
			"* QUOTAROOT INBOX \"\"\r\n"
			"* QUOTA \"\" (STORAGE 10 512)\r\nT4 OK\r\n"
			"* ACL INBOX Fred rwipsldexta\r\nT5 OK\r\n");
	peer_logs(&p, "SORT\nDONE 2 NO text=something like that\n"
		      "THREAD (2)(3 6 (4 23)(44 7 96))\nDONE 3 OK text=\n"
		      "QUOTAROOT raw='INBOX' name='INBOX' root=''\n"
		      "QUOTA root='' resource='STORAGE' 10/512\n"
		      "DONE 4 OK text=\n"
		      "ACL raw='INBOX' name='INBOX' who='Fred' "
		      "rights='rwipsldexta'\nDONE 5 OK text=\n");
}

/* RFC 9051: names in UTF-8, once it is enabled; RFC 9585 while one waits. */
static void rev2(void)
{
	OK(imap4_engine_unselect(p.e, NULL));
	OK(imap4_engine_enable(p.e, "IMAP4rev2", NULL));
	OK(imap4_engine_list(p.e, NULL, peer_str(""), peer_str("*"), NULL,
			     NULL));
	peer_flush(&p);
	buf_reset(&p.sent);
	peer_server(&p, "T2 OK\r\n* LIST () \"/\" &AOk-\r\n"
			"* ENABLED IMAP4rev2\r\nT3 OK\r\n"
			"* OK [INPROGRESS (\"@4\" 454 1000)] hang in\r\n"
			"* LIST () \"/\" \"\xc3\xa9\"\r\n"
			"* LIST () \"/\" \"\xff\"\r\n"
			"* LIST () \"/\" &AOk-\r\n* LIST () \"/\" inbox\r\n"
			"T4 OK\r\n");
	peer_logs(&p, "DONE 2 OK text=\nLIST 0 / raw=&AOk- name=\xc3\xa9\n"
		      "ENABLED IMAP4rev2\nDONE 3 OK text=\n"
		      "STATUS 0 OK [INPROGRESS 454 0 of=1000 id=4] "
		      "text=hang in\n"
		      "LIST 0 / raw=\xc3\xa9 name=\xc3\xa9\n"
		      "LIST 0 / raw=\xff undecodable\n"
		      "LIST 0 / raw=&AOk- name=&AOk-\n"
		      "LIST 0 / raw=inbox name=INBOX\nDONE 4 OK text=\n");
}

/* RFC 3516 4.2 and 4.3, RFC 8970, RFC 8514, RFC 8474 */
static void items(void)
{
	OK(imap4_engine_uid_fetch(
	    p.e, "1", "BINARY.PEEK[1] BINARY.SIZE[1] PREVIEW", 0, false, NULL));
	peer_flush(&p);
	buf_reset(&p.sent);
	peer_server(&p, "* 1 FETCH (UID 1 BINARY.SIZE[1] 3 BINARY[1] {3}\r\n"
			"abc PREVIEW \"hi\" SAVEDATE NIL EMAILID (M6d))\r\n"
			"T2 NO [UNKNOWN-CTE] cannot\r\n");
	peer_logs(&p, "BODY_BEGIN 1/1 3 section=1 binary\n"
		      "BODY_END 'abc' 1/1 3 section=1 binary\n"
		      "FETCH 1 uid=1 emailid=M6d preview='hi' binary[1]=3 "
		      "body\n"
		      "DONE 2 NO [UNKNOWN-CTE 0 0] text=cannot\n");
}

/* Gmail's own: a thread, labels, its search; labels are changed as flags are.
 */
static void gmail(void)
{
	OK(imap4_engine_uid_search(
	    p.e, NULL, "X-GM-RAW \"has:attachment in:unread\"", NULL));
	OK(imap4_engine_uid_fetch(
	    p.e, "1:2", "X-GM-MSGID X-GM-THRID X-GM-LABELS", 0, false, NULL));
	peer_sends(&p,
		   "T2 UID SEARCH X-GM-RAW \"has:attachment in:unread\"\r\n"
		   "T3 UID FETCH 1:2 (X-GM-MSGID X-GM-THRID X-GM-LABELS)\r\n");
	peer_server(&p, "* SEARCH 1\r\nT2 OK\r\n"
			"* 1 FETCH (UID 1 X-GM-MSGID 1278455344230334865 "
			"X-GM-THRID 1266894439832287888 X-GM-LABELS "
			"(\"\\\\Inbox\" \"Muy Importante\"))\r\nT3 OK\r\n");
	OK(imap4_engine_store(p.e, "1", "+X-GM-LABELS", "foo", NULL));
	peer_sends(&p, "T4 STORE 1 +X-GM-LABELS (foo)\r\n");
	peer_server(&p, "* 1 FETCH (X-GM-LABELS (foo))\r\nT4 OK\r\n");
	peer_logs(&p, "SEARCH id=0 set=1:1\nDONE 2 OK text=\n"
		      "FETCH 1 uid=1 gm=1278455344230334865 "
		      "gm-thread=1266894439832287888 labels:2 \\Inbox Muy "
		      "Importante\nDONE 3 OK text=\n"
		      "FETCH 1 labels:1 foo\nDONE 4 OK text=\n");
}

struct session {
	const char *capabilities;
	void (*run)(void);
};

static void run_session(void **state)
{
	const struct session *s = *state;

	for (size_t piece = 0; piece < 3; piece++) {
		begin(piece, s->capabilities);
		s->run();
		assert_int_equal(p.rc, 0);
		peer_release(&p);
	}
}

/* However deep a caller lets parentheses nest, the stack has an end. */
static void test_extensions__nesting_is_bounded(void **state)
{
	const struct imap4_limits limits = {.size = sizeof(limits),
					    .max_nesting = 1000000};
	struct buf b;

	(void)state;
	peer_init(&p, &limits);
	peer_server(&p, "* PREAUTH hi\r\n");
	buf_reset(&p.log);
	buf_init(&b, 1 << 20);
	(void)buf_adds(&b, "* 1 FETCH (BODYSTRUCTURE ");
	for (int i = 0; i < 100000; i++)
		(void)buf_addc(&b, '(');
	(void)buf_adds(&b, "\r\n* THREAD ");
	for (int i = 0; i < 10000; i++)
		(void)buf_adds(&b, "(1 (2)");
	for (int i = 0; i < 10000; i++)
		(void)buf_addc(&b, ')');
	(void)buf_adds(&b, "\r\n");
	peer_feed(&p, b.data, b.len);
	assert_int_equal(p.rc, 0);
	/* A discussion is not as deep as a stack. */
	assert_memory_equal(p.log.data, "BAD\nTHREAD (1 (2)(1 (2)", 23);
	buf_release(&b);
	peer_release(&p);
}

#define session(name, capabilities)                                 \
	{                                                           \
		"test_extensions__" #name, run_session, NULL, NULL, \
		    &(struct session)                               \
		{                                                   \
			capabilities, name                          \
		}                                                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    session(messagelimit, "MESSAGELIMIT=1000"),
	    session(notify, "NOTIFY"),
	    session(searches, "ESEARCH SEARCHRES PARTIAL"),
	    session(charset, "ESEARCH"),
	    session(uidonly, "UIDONLY ENABLE"),
	    session(administration, "SORT THREAD=REFERENCES QUOTA ACL"),
	    session(rev2, "IMAP4rev1 IMAP4rev2"),
	    session(items, "BINARY PREVIEW SAVEDATE OBJECTID"),
	    session(gmail, "X-GM-EXT-1"),
	    cmocka_unit_test(test_extensions__nesting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
