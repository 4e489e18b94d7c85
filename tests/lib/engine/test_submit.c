/* SPDX-License-Identifier: MIT */
/* Each command as it goes over the wire, and arguments that are refused. */
#include "tests/lib/engine/peer.h"

static struct peer p;

static int setup(void **state)
{
	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH [CAPABILITY LITERAL+ CONDSTORE X] hi\r\n");
	assert_int_equal(imap4_engine_select(p.e, peer_str("x"), NULL, NULL),
			 0);
	peer_flush(&p);
	peer_server(&p, "T1 OK done\r\n");
	buf_reset(&p.sent);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_release(&p);
	return 0;
}

static void test_submit__simple(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_capability(p.e, NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	assert_int_equal(imap4_engine_namespace(p.e, NULL), 0);
	assert_int_equal(imap4_engine_unselect(p.e, NULL), 0);
	assert_int_equal(imap4_engine_enable(p.e, "CONDSTORE X", NULL), 0);
	assert_int_equal(imap4_engine_enable(p.e, "", NULL), IMAP4_EINVAL);
	assert_int_equal(imap4_engine_logout(p.e, NULL), 0);
	peer_sends(&p, "T2 CAPABILITY\r\nT3 NOOP\r\nT4 NAMESPACE\r\n"
		       "T5 UNSELECT\r\nT6 ENABLE CONDSTORE X\r\n"
		       "T7 LOGOUT\r\n");
}

static void test_submit__id(void **state)
{
	const struct imap4_str kv[] = {
	    {"name", 4}, {"a \"b\"", 5}, {"os", 2}, {NULL, 0}};
	const struct imap4_str no_key[] = {{NULL, 0}, {"x", 1}};

	(void)state;
	assert_int_equal(imap4_engine_identify(p.e, NULL, 0, NULL), 0);
	assert_int_equal(imap4_engine_identify(p.e, kv, 2, NULL), 0);
	assert_int_equal(imap4_engine_identify(p.e, no_key, 1, NULL),
			 IMAP4_EINVAL);
	peer_sends(&p, "T2 ID NIL\r\n"
		       "T3 ID (\"name\" \"a \\\"b\\\"\" \"os\" NIL)\r\n");
}

static void test_submit__list(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_list(p.e, NULL, peer_str(""),
					   peer_str("%"), NULL, NULL),
			 0);
	assert_int_equal(imap4_engine_list(p.e, "SUBSCRIBED", peer_str("a"),
					   peer_str("*"),
					   "STATUS (MESSAGES UIDNEXT)", NULL),
			 0);
	assert_int_equal(
	    imap4_engine_lsub(p.e, peer_str(""), peer_str("*"), NULL), 0);
	assert_int_equal(imap4_engine_list(p.e, "a\r\nb", peer_str("a"),
					   peer_str("*"), NULL, NULL),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_list(p.e, NULL, peer_str("a"),
					   (struct imap4_str){"\0", 1}, NULL,
					   NULL),
			 IMAP4_EINVAL);
	peer_sends(&p, "T2 LIST \"\" \"%\"\r\n"
		       "T3 LIST (SUBSCRIBED) \"a\" \"*\" RETURN "
		       "(STATUS (MESSAGES UIDNEXT))\r\n"
		       "T4 LSUB \"\" \"*\"\r\n");
}

static void test_submit__mailboxes(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_create(p.e, peer_str("a b"), NULL), 0);
	assert_int_equal(imap4_engine_create(p.e, peer_str("&AOk-"), NULL), 0);
	assert_int_equal(imap4_engine_create(p.e, peer_str("a\r\nb"), NULL), 0);
	assert_int_equal(
	    imap4_engine_status(p.e, peer_str("INBOX"), 0x3ff, NULL), 0);
	assert_int_equal(imap4_engine_status(p.e, peer_str("x"), 0, NULL),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_status(p.e, peer_str("x"), 0x400, NULL),
			 IMAP4_EINVAL);
	peer_sends_literals(
	    &p, "T2 CREATE \"a b\"\r\nT3 CREATE &AOk-\r\n"
		"T4 CREATE {4}\r\na\r\nb\r\n"
		"T5 STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY "
		"UNSEEN HIGHESTMODSEQ SIZE DELETED MAILBOXID "
		"APPENDLIMIT)\r\n");
}

static void test_submit__select(void **state)
{
	struct imap4_select_opts o = {.size = sizeof(o), .condstore = true};

	(void)state;
	assert_int_equal(imap4_engine_select(p.e, peer_str("a"), &o, NULL), 0);
	o.uidvalidity = 4294967295U;
	assert_int_equal(imap4_engine_select(p.e, peer_str("a"), &o, NULL), 0);
	o.modseq = INT64_MAX;
	o.examine = true;
	assert_int_equal(imap4_engine_select(p.e, peer_str("a"), &o, NULL), 0);
	o.modseq++;
	assert_int_equal(imap4_engine_select(p.e, peer_str("a"), &o, NULL),
			 IMAP4_EINVAL);
	peer_sends(&p, "T2 SELECT a (CONDSTORE)\r\nT3 SELECT a (CONDSTORE)\r\n"
		       "T4 EXAMINE a (QRESYNC (4294967295 "
		       "9223372036854775807))\r\n");
}

static void test_submit__fetch(void **state)
{
	static const char *const sets[] = {"", "a", "1 2", "1,2)", "1\r\n"};

	(void)state;
	assert_int_equal(
	    imap4_engine_uid_fetch(p.e, "1:*", "UID FLAGS", 0, false, NULL), 0);
	assert_int_equal(
	    imap4_engine_uid_fetch(p.e, "1,5:9", "FLAGS", 12, false, NULL), 0);
	assert_int_equal(
	    imap4_engine_uid_fetch(p.e, "1", "FLAGS", 12, true, NULL), 0);
	assert_int_equal(
	    imap4_engine_uid_fetch(p.e, "1", "FLAGS", 0, true, NULL),
	    IMAP4_EINVAL);
	assert_int_equal(imap4_engine_uid_fetch(p.e, "1", "FLAGS",
						UINT64_C(1) << 63, true, NULL),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_uid_fetch(p.e, "1", "", 0, false, NULL),
			 IMAP4_EINVAL);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		assert_int_equal(imap4_engine_uid_fetch(p.e, sets[i], "FLAGS",
							0, false, NULL),
				 IMAP4_EINVAL);
	peer_sends(&p, "T2 UID FETCH 1:* (UID FLAGS)\r\n"
		       "T3 UID FETCH 1,5:9 (FLAGS) (CHANGEDSINCE 12)\r\n"
		       "T4 UID FETCH 1 (FLAGS) (CHANGEDSINCE 12 VANISHED)\r\n");
}

static void test_submit__store(void **state)
{
	static const char *const bad[] = {"",     " ",      "a(b", "a)",
					  "\"a",  "a\\b",   "a*",  "a%",
					  "a{3}", "a\r\nb", "\xff"};

	(void)state;
	assert_int_equal(
	    imap4_engine_uid_store(p.e, "1", '+', "\\Seen $x", 0, NULL), 0);
	/* Gmail's labels. */
	assert_int_equal(
	    imap4_engine_uid_store(p.e, "1:2", '-', "[G]x", 7, NULL), 0);
	assert_int_equal(
	    imap4_engine_uid_store(p.e, "1", '=', "\\Seen", 0, NULL),
	    IMAP4_EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    imap4_engine_uid_store(p.e, "1", '+', bad[i], 0, NULL),
		    IMAP4_EINVAL);
	peer_sends(&p, "T2 UID STORE 1 +FLAGS.SILENT (\\Seen $x)\r\n"
		       "T3 UID STORE 1:2 (UNCHANGEDSINCE 7) -FLAGS.SILENT "
		       "([G]x)\r\n");
}

static void test_submit__search(void **state)
{
	(void)state;
	assert_int_equal(imap4_engine_uid_search(p.e, NULL, "UID 1:5", NULL),
			 0);
	assert_int_equal(imap4_engine_uid_search(p.e, "", "ALL", NULL), 0);
	assert_int_equal(
	    imap4_engine_uid_search(p.e, "MIN MAX", "TEXT \"{3}\"", NULL), 0);
	assert_int_equal(imap4_engine_uid_search(p.e, NULL, "TEXT {3}", NULL),
			 IMAP4_EINVAL);
	assert_int_equal(imap4_engine_uid_search(p.e, NULL, "", NULL),
			 IMAP4_EINVAL);
	assert_int_equal(
	    imap4_engine_uid_search(p.e, NULL, "ALL\r\nX NOOP", NULL),
	    IMAP4_EINVAL);
	peer_sends(&p, "T2 UID SEARCH UID 1:5\r\n"
		       "T3 UID SEARCH RETURN () ALL\r\n"
		       "T4 UID SEARCH RETURN (MIN MAX) TEXT \"{3}\"\r\n");
	assert_int_equal(imap4_engine_pending(p.e), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_submit__simple, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_submit__id, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_submit__list, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_submit__mailboxes, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_submit__select, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_submit__fetch, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_submit__store, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_submit__search, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
