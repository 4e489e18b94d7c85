/* SPDX-License-Identifier: MIT */
/* The commands beyond those of a sync: what goes over the wire, and what is
 * refused. The texts are those of the RFCs' examples where they have any. */
#include "tests/lib/engine/peer.h"
#include "tests/support/str.h"

static struct peer p;

static int setup(void **state)
{
	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH [CAPABILITY LITERAL+ REPLACE BINARY "
			"CATENATE APPENDLIMIT=35651584 X= UIDONLY "
			"UTF8=ACCEPT] hi\r\n");
	assert_int_equal(imap4_engine_select(p.e, str("x"), NULL, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "T1 OK done\r\n");
	buf_reset(&p.sent);
	buf_reset(&p.log);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_release(&p);
	return 0;
}

#define OK(call)      assert_int_equal(call, 0)
#define EINVALS(call) assert_int_equal(call, IMAP4_EINVAL)
#define ESTATES(call) assert_int_equal(call, IMAP4_ESTATE)

static void test_submit_more__messages(void **state)
{
	(void)state;
	OK(imap4_engine_uid_fetch_partial(p.e, "1:*", "UID FLAGS", -1, -100,
					  NULL));
	OK(imap4_engine_uid_fetch_partial(p.e, "$", "UID", 1, 4294967295,
					  NULL));
	EINVALS(imap4_engine_uid_fetch_partial(p.e, "1", "UID", 0, 1, NULL));
	EINVALS(imap4_engine_uid_fetch_partial(p.e, "1", "UID", -1, 1, NULL));
	EINVALS(imap4_engine_uid_fetch_partial(p.e, "1", "UID", 1, INT64_MAX,
					       NULL));
	EINVALS(imap4_engine_uid_fetch_partial(p.e, "1", "UID", INT64_MIN, -1,
					       NULL));
	OK(imap4_engine_uid_sort(p.e, "REVERSE DATE", "UTF-8", "ALL", NULL));
	EINVALS(imap4_engine_uid_sort(p.e, "A) (", "UTF-8", "ALL", NULL));
	OK(imap4_engine_uid_thread(p.e, "REFERENCES", "US-ASCII",
				   "SINCE 5-MAR-2000", NULL));
	EINVALS(imap4_engine_uid_thread(p.e, "A B", "UTF-8", "ALL", NULL));
	OK(imap4_engine_esearch(p.e, "mailboxes (\"a b\" c) personal",
				"COUNT ALL", "UNSEEN", NULL));
	OK(imap4_engine_esearch(p.e, NULL, NULL, "ALL", NULL));
	peer_sends(&p, "T2 UID FETCH 1:* (UID FLAGS) (PARTIAL -1:-100)\r\n"
		       "T3 UID FETCH $ (UID) (PARTIAL 1:4294967295)\r\n"
		       "T4 UID SORT (REVERSE DATE) UTF-8 ALL\r\n"
		       "T5 UID THREAD REFERENCES US-ASCII SINCE 5-MAR-2000\r\n"
		       "T6 ESEARCH IN (mailboxes (\"a b\" c) personal) "
		       "RETURN (COUNT ALL) UNSEEN\r\n"
		       "T7 ESEARCH ALL\r\n");
}

/* By message number: one behind the other, as no EXPUNGE comes during them. */
static void test_submit_more__by_number(void **state)
{
	(void)state;
	OK(imap4_engine_fetch(p.e, "1:*", "FLAGS", 0, NULL));
	OK(imap4_engine_fetch(p.e, "1", "FLAGS", 7, NULL));
	OK(imap4_engine_store(p.e, "1", "+FLAGS", "\\Deleted x", NULL));
	EINVALS(imap4_engine_store(p.e, "1", "+FLAGS (x) y", "x", NULL));
	OK(imap4_engine_search(p.e, NULL, "SUBJECT \"a)b\"", NULL));
	OK(imap4_engine_sort(p.e, "SUBJECT", "UTF-8", "ALL", NULL));
	OK(imap4_engine_thread(p.e, "ORDEREDSUBJECT", "UTF-8", "ALL", NULL));
	OK(imap4_engine_copy(p.e, "2:4", str("MEETING"), NULL));
	peer_sends(&p, "T2 FETCH 1:* (FLAGS)\r\n"
		       "T3 FETCH 1 (FLAGS) (CHANGEDSINCE 7)\r\n"
		       "T4 STORE 1 +FLAGS (\\Deleted x)\r\n"
		       "T5 SEARCH SUBJECT \"a)b\"\r\n"
		       "T6 SORT (SUBJECT) UTF-8 ALL\r\n"
		       "T7 THREAD ORDEREDSUBJECT UTF-8 ALL\r\n"
		       "T8 COPY 2:4 MEETING\r\n");
}

/* RFC 9051 5.5: an EXPUNGE may come during a COPY, or any UID command. */
static void test_submit_more__numbers_wait_for_what_may_change_them(
    void **state)
{
	(void)state;
	OK(imap4_engine_copy(p.e, "1", str("a"), NULL));
	OK(imap4_engine_fetch(p.e, "2", "FLAGS", 0, NULL));
	OK(imap4_engine_move(p.e, "3", str("a"), NULL));
	OK(imap4_engine_expunge(p.e, NULL));
	OK(imap4_engine_uid_search(p.e, NULL, "ALL", NULL));
	OK(imap4_engine_search(p.e, NULL, "ALL", NULL));
	peer_sends(&p, "T2 COPY 1 a\r\n");
	peer_server(&p, "T2 OK done\r\n");
	peer_sends(&p, "T3 FETCH 2 (FLAGS)\r\nT4 MOVE 3 a\r\nT5 EXPUNGE\r\n"
		       "T6 UID SEARCH ALL\r\n");
	peer_server(&p, "T3 OK\r\nT4 OK\r\nT5 OK\r\n");
	peer_sends(&p, "");
	peer_server(&p, "T6 OK\r\n");
	peer_sends(&p, "T7 SEARCH ALL\r\n");
}

/* RFC 9586 3: there are none any more. */
static void test_submit_more__numbers_are_refused_with_uidonly(void **state)
{
	(void)state;
	/* As if ENABLE was under way. */
	OK(caps_ask(p.e, "UIDONLY", strlen("UIDONLY")));
	peer_server(&p, "* ENABLED UIDONLY\r\n");
	ESTATES(imap4_engine_fetch(p.e, "1", "FLAGS", 0, NULL));
	ESTATES(imap4_engine_store(p.e, "1", "FLAGS", "x", NULL));
	ESTATES(imap4_engine_search(p.e, NULL, "ALL", NULL));
	ESTATES(imap4_engine_sort(p.e, "SUBJECT", "UTF-8", "ALL", NULL));
	ESTATES(imap4_engine_thread(p.e, "X", "UTF-8", "ALL", NULL));
	ESTATES(imap4_engine_copy(p.e, "1", str("a"), NULL));
	ESTATES(imap4_engine_move(p.e, "1", str("a"), NULL));
	OK(imap4_engine_uid_fetch(p.e, "1", "FLAGS", 0, false, NULL));
	peer_sends(&p, "T2 UID FETCH 1 (FLAGS)\r\n");
}

static void test_submit_more__session(void **state)
{
	(void)state;
	OK(imap4_engine_notify(p.e, NULL, NULL));
	OK(imap4_engine_notify(
	    p.e, "SET STATUS (SELECTED (MessageNew MessageExpunge))", NULL));
	EINVALS(imap4_engine_notify(p.e, "SET (", NULL));
	EINVALS(imap4_engine_notify(p.e, "NONE\r\nT9 LOGOUT", NULL));
	OK(imap4_engine_close_mailbox(p.e, NULL));
	OK(imap4_engine_proxyauth(p.e, str("a b"), NULL));
	ESTATES(imap4_engine_close_mailbox(p.e, NULL));
	peer_sends(&p, "T2 NOTIFY NONE\r\n"
		       "T3 NOTIFY SET STATUS (SELECTED (MessageNew "
		       "MessageExpunge))\r\n"
		       "T4 CLOSE\r\nT5 PROXYAUTH \"a b\"\r\n");
	peer_server(&p, "T2 OK\r\nT3 OK\r\nT4 OK\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_AUTH);
}

static void test_submit_more__quota_and_rights(void **state)
{
	(void)state;
	OK(imap4_engine_getquota(p.e, str(""), NULL));
	OK(imap4_engine_getquotaroot(p.e, str("INBOX"), NULL));
	OK(imap4_engine_setquota(p.e, str(""), "STORAGE 512", NULL));
	OK(imap4_engine_setquota(p.e, str(""), "", NULL));
	EINVALS(imap4_engine_setquota(p.e, str(""), "STORAGE 1) (", NULL));
	OK(imap4_engine_getacl(p.e, str("INBOX"), NULL));
	OK(imap4_engine_setacl(p.e, str("INBOX/Drafts"), str("John"),
			       str("+lrQswicda"), NULL));
	OK(imap4_engine_deleteacl(p.e, str("INBOX"), str("-F d"), NULL));
	OK(imap4_engine_listrights(p.e, str("~/Mail"), str("smith"), NULL));
	OK(imap4_engine_myrights(p.e, str("INBOX"), NULL));
	peer_sends(&p, "T2 GETQUOTA \"\"\r\nT3 GETQUOTAROOT INBOX\r\n"
		       "T4 SETQUOTA \"\" (STORAGE 512)\r\n"
		       "T5 SETQUOTA \"\" ()\r\nT6 GETACL INBOX\r\n"
		       "T7 SETACL INBOX/Drafts John +lrQswicda\r\n"
		       "T8 DELETEACL INBOX \"-F d\"\r\n"
		       "T9 LISTRIGHTS ~/Mail smith\r\nT10 MYRIGHTS INBOX\r\n");
}

static void test_submit_more__metadata(void **state)
{
	const struct imap4_str entries[] = {str("/shared/comment"),
					    str("/private/comment")};
	const struct imap4_str kv[] = {
	    str("/private/comment"), {"My \"new\"", 8},
	    str("/shared/comment"),  {NULL, 0},
	    str("/shared/x"),        {"a\0b", 3}};

	(void)state;
	OK(imap4_engine_getmetadata(p.e, str(""), NULL, entries, 1, NULL));
	OK(imap4_engine_getmetadata(p.e, str("INBOX"), "MAXSIZE 1024 DEPTH 1",
				    entries, 2, NULL));
	EINVALS(imap4_engine_getmetadata(p.e, str(""), NULL, NULL, 0, NULL));
	OK(imap4_engine_setmetadata(p.e, str("INBOX"), kv, 3, NULL));
	EINVALS(imap4_engine_setmetadata(p.e, str("INBOX"), NULL, 0, NULL));
	peer_flush_literals(&p);
	assert_int_equal(p.sent.data[p.sent.len - 5], '\0');
	p.sent.data[p.sent.len - 5] = '0';
	peer_sends(&p, "T2 GETMETADATA \"\" (/shared/comment)\r\n"
		       "T3 GETMETADATA (MAXSIZE 1024 DEPTH 1) INBOX "
		       "(/shared/comment /private/comment)\r\n"
		       "T4 SETMETADATA INBOX (/private/comment "
		       "\"My \\\"new\\\"\" /shared/comment NIL /shared/x "
		       "~{3}\r\na0b)\r\n");
}

static void test_submit_more__limits_of_capabilities(void **state)
{
	uint64_t n = 0;

	(void)state;
	assert_true(imap4_engine_limit(p.e, "appendlimit", &n));
	assert_int_equal(n, 35651584);
	assert_false(imap4_engine_limit(p.e, "X", &n));
	assert_false(imap4_engine_limit(p.e, "APPEND", &n));
	assert_false(imap4_engine_limit(p.e, "BINARY", &n));
}

static void test_submit_more__names_follow_enable(void **state)
{
	char out[16];
	const char *name = "\xc3\xa9";

	(void)state;
	assert_int_equal(imap4_engine_wire_name(p.e, name, 2, out, 16), 5);
	assert_string_equal(out, "&AOk-");
	OK(imap4_engine_create(p.e, str(name), NULL));
	/* As if ENABLE was under way. */
	OK(caps_ask(p.e, "UTF8=ACCEPT", strlen("UTF8=ACCEPT")));
	peer_server(&p, "* ENABLED UTF8=ACCEPT\r\n");
	assert_int_equal(imap4_engine_wire_name(p.e, name, 2, out, 16), 2);
	assert_string_equal(out, name);
	assert_int_equal(imap4_engine_wire_name(p.e, name, 2, NULL, 0), 2);
	assert_int_equal(imap4_engine_wire_name(p.e, name, 2, out, 2),
			 IMAP4_ELIMIT);
	assert_int_equal(imap4_engine_wire_name(p.e, "\xff", 1, out, 16),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_wire_name(p.e, "\0", 1, out, 16),
			 IMAP4_EINVAL);
	OK(imap4_engine_create(p.e, str(name), NULL));
	OK(imap4_engine_create(p.e, str("\xff"), NULL));
	OK(imap4_engine_uid_search(p.e, NULL, "SUBJECT \"\xc3\xa9\"", NULL));
	EINVALS(imap4_engine_uid_search(p.e, NULL, "SUBJECT \"\xc3\"", NULL));
	/* RFC 6855 3 */
	EINVALS(imap4_engine_uid_search(p.e, NULL, "CHARSET UTF-8 ALL", NULL));
	EINVALS(imap4_engine_search(p.e, "ALL", "charset UTF-8 ALL", NULL));
	imap4_engine_command_begin(p.e, "UID SEARCH");
	imap4_engine_command_syntax(p.e, "RETURN (COUNT) CHARSET UTF-8 TEXT");
	imap4_engine_command_astring(p.e, str("x"));
	EINVALS(imap4_engine_command_end(p.e, NULL));
	peer_sends_literals(&p, "T2 CREATE {2}\r\n\xc3\xa9\r\n"
				"T3 CREATE \"\xc3\xa9\"\r\n"
				"T4 CREATE {1}\r\n\xff\r\n"
				"T5 UID SEARCH SUBJECT \"\xc3\xa9\"\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_submit_more__messages, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_submit_more__by_number, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		test_submit_more__numbers_wait_for_what_may_change_them, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(
		test_submit_more__numbers_are_refused_with_uidonly, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_submit_more__session, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_submit_more__quota_and_rights,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(test_submit_more__metadata, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		test_submit_more__limits_of_capabilities, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_submit_more__names_follow_enable, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
