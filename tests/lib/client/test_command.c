/* SPDX-License-Identifier: MIT */
/* What each command says on the wire, and which responses it returns. */
#include "tests/lib/client/scripted.h"

/* Answers a command with one response. */
#define ANSWER(command, response) \
	"C " command, "R " response "\r\n%t OK done\r\n"
#define DONE(command) "C " command, "S %t OK done"

static void test_command__mailboxes(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    DONE("CREATE \"a b\""),
	    DONE("CREATE Entw&APw-rfe"),
	    DONE("CREATE \"\""),
	    DONE("DELETE R&-D"),
	    DONE("RENAME a INBOX"),
	    DONE("SUBSCRIBE \"a\\\"b\""),
	    DONE("UNSUBSCRIBE a"),
	    ANSWER("LIST \"\" \"*\"", "* LIST (\\Noselect) \"/\" a"),
	    ANSWER("LIST \"x\" \"&AOQ-%\"", "* OK nothing"),
	    ANSWER("LSUB \"\" \"*\"", "* LSUB () \"/\" b"),
	    ANSWER("STATUS a (MESSAGES UNSEEN)",
		   "* STATUS a (MESSAGES 1 UNSEEN 0)"),
	    ANSWER("STATUS INBOX (UIDNEXT)", "* STATUS INBOX (UIDNEXT 7)"),
	    ANSWER("NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL"),
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_create(c, "a b"));
	expect_ok(c, imap4_client_create(c, "Entw\xc3\xbcrfe"));
	expect_ok(c, imap4_client_create(c, ""));
	assert_int_equal(imap4_client_create(c, "\xff"), IMAP4_EINVAL);
	expect_ok(c, imap4_client_delete(c, "R&D"));
	expect_ok(c, imap4_client_rename(c, "a", NULL));
	expect_ok(c, imap4_client_subscribe(c, "a\"b"));
	expect_ok(c, imap4_client_unsubscribe(c, "a"));
	expect_ok(c, imap4_client_list(c, NULL, NULL));
	expect_item(c, 0, "LIST", "(\\Noselect) \"/\" a", NULL);
	expect_ok(c, imap4_client_list(c, "x", "\xc3\xa4%"));
	assert_int_equal(imap4_client_data(c)->n, 0);
	expect_ok(c, imap4_client_lsub(c, NULL, NULL));
	expect_item(c, 0, "LSUB", "() \"/\" b", NULL);
	expect_ok(c, imap4_client_status(c, "a", "(MESSAGES UNSEEN)"));
	expect_item(c, 0, "STATUS", "a (MESSAGES 1 UNSEEN 0)", NULL);
	expect_ok(c, imap4_client_status(c, NULL, "UIDNEXT"));
	expect_ok(c, imap4_client_namespace(c));
	expect_item(c, 0, "NAMESPACE", "((\"\" \"/\")) NIL NIL", NULL);
	scripted_close(c, &peer);
}

static void test_command__administration(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    ANSWER("GETACL a", "* ACL a fred lrs"),
	    DONE("SETACL a \"the fred\" +lrs"),
	    DONE("DELETEACL a fred"),
	    ANSWER("MYRIGHTS a", "* MYRIGHTS a lr"),
	    ANSWER("LISTRIGHTS a fred", "* LISTRIGHTS a fred l r s"),
	    ANSWER("GETQUOTA \"\"", "* QUOTA \"\" (STORAGE 1 2)"),
	    ANSWER("GETQUOTAROOT a",
		   "* QUOTAROOT a root\r\n* QUOTA root (STORAGE 1 2)"),
	    ANSWER("SETQUOTA root (STORAGE 512)",
		   "* QUOTA root (STORAGE 1 512)"),
	    DONE("SETQUOTA root ()"),
	    ANSWER("GETANNOTATION a \"/comment\" \"value.priv\"",
		   "* ANNOTATION a \"/comment\" (\"value.priv\" \"x\")"),
	    DONE("SETANNOTATION a \"/comment\" (\"value.priv\" NIL)"),
	    ANSWER("GETMETADATA \"\" /shared/comment",
		   "* METADATA \"\" (/shared/comment x)"),
	    DONE("SETMETADATA a (/private/comment \"x y\")"),
	    DONE("SETMETADATA a (/private/comment NIL)"),
	    DONE("PROXYAUTH \"ann lee\""),
	    ANSWER("ID (\"name\" \"x\")", "* ID (\"name\" \"y\")"),
	    ANSWER("ID NIL", "* ID NIL"),
	    ANSWER("CAPABILITY", "* CAPABILITY IMAP4rev1"),
	    "E",
	    NULL};
	static const char *const fields[] = {"name", "x", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_getacl(c, "a"));
	expect_item(c, 0, "ACL", "a fred lrs", NULL);
	expect_ok(c, imap4_client_setacl(c, "a", "the fred", "+lrs"));
	expect_ok(c, imap4_client_deleteacl(c, "a", "fred"));
	expect_ok(c, imap4_client_myrights(c, "a"));
	expect_item(c, 0, "MYRIGHTS", "a lr", NULL);
	expect_ok(c, imap4_client_listrights(c, "a", "fred"));
	expect_item(c, 0, "LISTRIGHTS", "a fred l r s", NULL);
	expect_ok(c, imap4_client_getquota(c, ""));
	expect_item(c, 0, "QUOTA", "\"\" (STORAGE 1 2)", NULL);
	expect_ok(c, imap4_client_getquotaroot(c, "a"));
	expect_item(c, 0, "QUOTAROOT", "a root", NULL);
	expect_ok(c, imap4_client_response(c, "QUOTA"));
	expect_item(c, 0, "QUOTA", "root (STORAGE 1 2)", NULL);
	expect_ok(c, imap4_client_setquota(c, "root", "(STORAGE 512)"));
	expect_item(c, 0, "QUOTA", "root (STORAGE 1 512)", NULL);
	expect_ok(c, imap4_client_setquota(c, "root", ""));
	expect_ok(c,
		  imap4_client_getannotation(c, "a", "/comment", "value.priv"));
	expect_item(c, 0, "ANNOTATION", "a \"/comment\" (\"value.priv\" \"x\")",
		    NULL);
	expect_ok(c, imap4_client_setannotation(c, "a", "/comment",
						"\"value.priv\" NIL", NULL));
	expect_ok(c, imap4_client_getmetadata(c, "", "/shared/comment"));
	expect_item(c, 0, "METADATA", "\"\" (/shared/comment x)", NULL);
	expect_ok(c,
		  imap4_client_setmetadata(c, "a", "/private/comment", "x y"));
	expect_ok(c,
		  imap4_client_setmetadata(c, "a", "/private/comment", NULL));
	expect_ok(c, imap4_client_proxyauth(c, "ann lee"));
	expect_ok(c, imap4_client_identify(c, fields));
	expect_item(c, 0, "ID", "(\"name\" \"y\")", NULL);
	expect_ok(c, imap4_client_identify(c, NULL));
	expect_ok(c, imap4_client_capability(c));
	assert_int_equal(imap4_client_data(c)->n, 1);
	scripted_close(c, &peer);
}

static void test_command__messages(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    ANSWER("FETCH 1:* (FLAGS)", "* 1 FETCH (FLAGS ())"),
	    DONE("FETCH $ ALL"),
	    ANSWER("STORE 1 +FLAGS (\\Seen)", "* 1 FETCH (FLAGS (\\Seen))"),
	    DONE("STORE 1 -FLAGS.SILENT (a b)"),
	    DONE("COPY 1,3 \"a b\""),
	    DONE("MOVE 2 a"),
	    ANSWER("EXPUNGE", "* 3 EXPUNGE\r\n* 3 EXPUNGE"),
	    DONE("CHECK"),
	    DONE("CLOSE"),
	    SELECT,
	    DONE("UNSELECT"),
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_fetch(c, "1:*", "(FLAGS)"));
	expect_item(c, 0, "FETCH", "1 (FLAGS ())", NULL);
	expect_ok(c, imap4_client_fetch(c, "$", "ALL"));
	expect_ok(c, imap4_client_store(c, "1", "+FLAGS", "\\Seen"));
	expect_item(c, 0, "FETCH", "1 (FLAGS (\\Seen))", NULL);
	expect_ok(c, imap4_client_store(c, "1", "-FLAGS.SILENT", "(a b)"));
	expect_ok(c, imap4_client_copy(c, "1,3", "a b"));
	expect_ok(c, imap4_client_move(c, "2", "a"));
	expect_ok(c, imap4_client_expunge(c));
	assert_int_equal(imap4_client_data(c)->n, 2);
	expect_item(c, 1, "EXPUNGE", "3", NULL);
	expect_ok(c, imap4_client_check(c));
	expect_ok(c, imap4_client_close_mailbox(c));
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_AUTH);
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_unselect(c));
	scripted_close(c, &peer);
}

static void test_command__searches(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    ANSWER("SEARCH ALL", "* SEARCH 1 2"),
	    ANSWER("SEARCH CHARSET UTF-8 FROM \"Ann Lee\" 1:*", "* SEARCH"),
	    ANSWER("SEARCH (OR SEEN FLAGGED) SUBJECT \"\"", "* SEARCH 3"),
	    ANSWER("SEARCH SUBJECT \"(x\" BODY \"x)\" TEXT \"50%\"",
		   "* ESEARCH (TAG \"%t\") ALL 2:4"),
	    "C SEARCH SUBJECT {5}",
	    "S + go",
	    "C b\xc3\xa4", /* five octets with its CRLF, and another one */
	    "C ",
	    "S %t OK done",
	    ANSWER("SORT (REVERSE DATE) UTF-8 ALL", "* SORT 2 1"),
	    DONE("SORT (SUBJECT) US-ASCII UNSEEN"),
	    ANSWER("THREAD REFERENCES UTF-8 ALL", "* THREAD (1 2)"),
	    ANSWER("UID SEARCH ALL", "* SEARCH 17"),
	    ANSWER("UID FETCH 17 (FLAGS)", "* 1 FETCH (UID 17 FLAGS ())"),
	    DONE("UID COPY 17 \"a b\""),
	    DONE("XFOO bar \"b z\" \"\" (1 2) \"q\" \"NIL\""),
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_search(c, NULL, "ALL", NULL));
	expect_item(c, 0, "SEARCH", "1 2", NULL);
	expect_ok(
	    c, imap4_client_search(c, "UTF-8", "FROM", "Ann Lee", "1:*", NULL));
	expect_item(c, 0, "SEARCH", "", NULL);
	expect_ok(c, imap4_client_search(c, NULL, "(OR SEEN FLAGGED)",
					 "SUBJECT", "", NULL));
	expect_ok(c, imap4_client_search(c, NULL, "SUBJECT", "(x", "BODY", "x)",
					 "TEXT", "50%", NULL));
	assert_string_equal(imap4_client_data(c)->item[0].name, "ESEARCH");
	expect_ok(
	    c, imap4_client_search(c, NULL, "SUBJECT", "b\xc3\xa4\r\n", NULL));
	expect_ok(c, imap4_client_sort(c, "(REVERSE DATE)", NULL, "ALL", NULL));
	expect_item(c, 0, "SORT", "2 1", NULL);
	expect_ok(c,
		  imap4_client_sort(c, "SUBJECT", "US-ASCII", "UNSEEN", NULL));
	expect_ok(c, imap4_client_thread(c, "REFERENCES", NULL, "ALL", NULL));
	expect_item(c, 0, "THREAD", "(1 2)", NULL);
	expect_ok(c, imap4_client_uid(c, "search", "ALL", NULL));
	expect_item(c, 0, "SEARCH", "17", NULL);
	expect_ok(c, imap4_client_uid(c, "FETCH", "17", "(FLAGS)", NULL));
	expect_item(c, 0, "FETCH", "1 (UID 17 FLAGS ())", NULL);
	expect_ok(c, imap4_client_uid(c, "COPY", "17", "a b", NULL));
	expect_ok(c, imap4_client_xatom(c, "XFOO", "bar", "b z", "", "(1 2)",
					"\"q\"", "NIL", NULL));
	scripted_close(c, &peer);
}

/* What is searched for is text, whatever it looks like, and is one argument. */
static void test_command__search_takes_words_literally(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    DONE("SEARCH SUBJECT \"\\\"a\\\" NOT SUBJECT \\\"b\\\"\""),
	    DONE("SEARCH SUBJECT \"(DELETED)\" SEEN"),
	    DONE("SEARCH \"(SEEN) NOT (DELETED)\""),
	    DONE("SEARCH text \"*\" 1:*"),
	    DONE("SEARCH HEADER X-Y \"(a b)\" (SEEN)"),
	    DONE("SEARCH FROM \"Ann \\\\ Lee\" KEYWORD $x"),
	    DONE("SEARCH (TO \"a) NOT (b\")"),
	    DONE("SEARCH \"(OR \""),
	    DONE("UID SEARCH OR (SUBJECT \"a)\") TO \"(x)\""),
	    DONE("SORT (DATE) UTF-8 CC \"()\""),
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_search(c, NULL, "SUBJECT",
					 "\"a\" NOT SUBJECT \"b\"", NULL));
	expect_ok(c, imap4_client_search(c, NULL, "SUBJECT", "(DELETED)",
					 "SEEN", NULL));
	expect_ok(c,
		  imap4_client_search(c, NULL, "(SEEN) NOT (DELETED)", NULL));
	expect_ok(c, imap4_client_search(c, NULL, "text", "*", "1:*", NULL));
	expect_ok(c, imap4_client_search(c, NULL, "HEADER", "X-Y", "(a b)",
					 "(SEEN)", NULL));
	expect_ok(c, imap4_client_search(c, NULL, "FROM", "\"Ann \\\\ Lee\"",
					 "KEYWORD", "$x", NULL));
	expect_ok(c, imap4_client_search(c, NULL, "(TO \"a) NOT (b\")", NULL));
	expect_ok(c, imap4_client_search(c, NULL, "(OR ", NULL));
	expect_ok(c, imap4_client_uid(c, "SEARCH", "OR", "(SUBJECT \"a)\")",
				      "TO", "(x)", NULL));
	expect_ok(c, imap4_client_sort(c, "DATE", NULL, "CC", "()", NULL));
	scripted_close(c, &peer);
}

/* The forms on UIDs take what those on numbers take, and both add the
 * parentheses that the protocol wants. */
static void test_command__uid_takes_what_the_others_take(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    SELECT,
	    DONE("UID STORE 7 +FLAGS (\\Seen a)"),
	    DONE("UID STORE 7 (UNCHANGEDSINCE 3) FLAGS.SILENT (\\Seen)"),
	    DONE("UID STORE 7 -X-GM-LABELS ($x)"),
	    DONE("UID FETCH 7 (UID FLAGS)"),
	    DONE("UID FETCH 7 FLAGS (CHANGEDSINCE 5)"),
	    DONE("UID FETCH 7 (UID FLAGS) (CHANGEDSINCE 5)"),
	    DONE("UID FETCH 7 BODY.PEEK[HEADER.FIELDS (DATE)]<0.9>"),
	    DONE("UID FETCH 7 (UID BODY[HEADER.FIELDS (TO)] FLAGS)"),
	    DONE("UID FETCH 7 ALL (CHANGEDSINCE 5)"),
	    DONE("FETCH 7 (UID FLAGS)"),
	    DONE("FETCH 7 FLAGS"),
	    DONE("UID MOVE 7 &AOQ-"),
	    DONE("UID EXPUNGE 7:9"),
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(
	    c, imap4_client_uid(c, "STORE", "7", "+FLAGS", "\\Seen a", NULL));
	expect_ok(c, imap4_client_uid(c, "store", "7", "(UNCHANGEDSINCE 3)",
				      "FLAGS.SILENT", "(\\Seen)", NULL));
	expect_ok(
	    c, imap4_client_uid(c, "STORE", "7", "-X-GM-LABELS", "$x", NULL));
	expect_ok(c, imap4_client_uid(c, "FETCH", "7", "UID FLAGS", NULL));
	expect_ok(c, imap4_client_uid(c, "FETCH", "7", "FLAGS",
				      "(CHANGEDSINCE 5)", NULL));
	expect_ok(c, imap4_client_uid(c, "FETCH", "7",
				      "UID FLAGS (CHANGEDSINCE 5)", NULL));
	expect_ok(c, imap4_client_uid(c, "FETCH", "7",
				      "BODY.PEEK[HEADER.FIELDS (DATE)]<0.9>",
				      NULL));
	expect_ok(c,
		  imap4_client_uid(c, "FETCH", "7",
				   "UID BODY[HEADER.FIELDS (TO)] FLAGS", NULL));
	expect_ok(
	    c, imap4_client_uid(c, "FETCH", "7", "ALL (CHANGEDSINCE 5)", NULL));
	expect_ok(c, imap4_client_fetch(c, "7", "UID FLAGS"));
	expect_ok(c, imap4_client_fetch(c, "7", "FLAGS"));
	expect_ok(c, imap4_client_uid(c, "MOVE", "7", "\xc3\xa4", NULL));
	expect_ok(c, imap4_client_uid(c, "EXPUNGE", "7:9", NULL));
	assert_int_equal(imap4_client_uid(c, "FETCH", "x", "FLAGS", NULL),
			 IMAP4_EINVAL);
	scripted_close(c, &peer);
}

static void test_command__partial(void **state)
{
	static const char *const modern[] = {
	    GREETING,
	    SELECT,
	    ANSWER("FETCH 3 BODY[]<0.10>", "* 3 FETCH (BODY[]<0> \"x\")"),
	    DONE("FETCH 3 BODY.PEEK[HEADER]<99.10>"),
	    DONE("FETCH 3 BODY[1.2]<1.5>"),
	    "E",
	    NULL};
	static const char *const ancient[] = {
	    "S * PREAUTH [CAPABILITY IMAP4] hi", SELECT,
	    ANSWER("PARTIAL 3 RFC822 1 10", "* 3 FETCH (RFC822 \"x\")"), "E",
	    NULL};
	char longest[300];
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, modern);

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_partial(c, 3, "rfc822", 1, 10));
	expect_item(c, 0, "FETCH", "3 (BODY[]<0> \"x\")", NULL);
	expect_ok(c, imap4_client_partial(c, 3, "RFC822.HEADER", 100, 10));
	expect_ok(c, imap4_client_partial(c, 3, "BODY[1.2]", 2, 5));
	assert_int_equal(imap4_client_partial(c, 3, longest, 1, 1),
			 IMAP4_EINVAL);
	scripted_close(c, &peer);

	c = scripted_open(&peer, ancient);
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_ok(c, imap4_client_partial(c, 3, "RFC822", 1, 10));
	expect_item(c, 0, "FETCH", "3 (RFC822 \"x\")", NULL);
	scripted_close(c, &peer);
}

/* Nothing but NOOP may come of all of these. */
static void test_command__cannot_be_injected(void **state)
{
	static const char *const script[] = {GREETING, SELECT, DONE("NOOP"),
					     "E", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
#define refused(call) assert_int_equal(call, IMAP4_EINVAL)
	refused(imap4_client_fetch(c, "1\r\nz NOOP", "FLAGS"));
	refused(imap4_client_fetch(c, "1", "FLAGS\r\nz NOOP"));
	refused(imap4_client_fetch(c, "1", "(FLAGS"));
	refused(imap4_client_fetch(c, "1", "BODY[]{5}"));
	refused(imap4_client_fetch(c, "1", ""));
	refused(imap4_client_store(c, "1", "+FLAGS", "\\Seen)\r\nz NOOP ("));
	refused(imap4_client_store(c, "1", "+FLAGS", "\\Seen) ("));
	refused(imap4_client_status(c, "a", "(MESSAGES)\r\n"));
	refused(imap4_client_setquota(c, "a", "(STORAGE 1)\n"));
	refused(imap4_client_uid(c, "FETCH 1 FLAGS\r\nz", "NOOP", NULL));
	refused(imap4_client_xatom(c, "NOOP\r\nz NOOP", NULL));
	refused(imap4_client_xatom(c, "", NULL));
	assert_true(imap4_client_xatom(c, "LOGIN", "a", "b", NULL) < 0);
	assert_true(imap4_client_xatom(c, "IDLE", NULL) < 0);
	refused(imap4_client_search(c, NULL, "(ALL\r\nz NOOP)", NULL));
	refused(imap4_client_append(c, "a", "\\Seen) {1}", NULL, "x", 1));
	refused(imap4_client_append(c, "a", NULL, "\"\r\n\"", "x", 1));
#undef refused
	expect_ok(c, imap4_client_noop(c));
	scripted_close(c, &peer);
}

/* RFC 5161 3.1, RFC 6855 3: said here, and not to the server. */
static void test_command__enables_what_is_offered(void **state)
{
	static const char *const without[] = {GREETING, "E", NULL};
	static const char *const with[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT] hi",
	    ANSWER("ENABLE UTF8=ACCEPT", "* ENABLED UTF8=ACCEPT"),
	    SELECT,
	    "C SEARCH ALL",
	    "S %t OK done",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, without);

	(void)state;
	expect_error(c, imap4_client_enable(c, "CONDSTORE"), IMAP4_ESTATE,
		     "the server does not support ENABLE");
	scripted_close(c, &peer);
	c = scripted_open(&peer, with);
	expect_ok(c, imap4_client_enable(c, "UTF8=ACCEPT"));
	expect_item(c, 0, "ENABLED", "UTF8=ACCEPT", NULL);
	expect_ok(c, imap4_client_select(c, NULL, false));
	expect_error(c, imap4_client_search(c, "UTF-8", "ALL", NULL),
		     IMAP4_EINVAL,
		     "SEARCH: no charset may be named once UTF8 is enabled");
	expect_ok(c, imap4_client_search(c, NULL, "ALL", NULL));
	scripted_close(c, &peer);
}

/* What the engine can and this has no call for. */
static void test_command__runs_any(void **state)
{
	static const char *const script[] = {
	    GREETING, SELECT,
	    ANSWER("UID SEARCH RETURN (COUNT) ALL",
		   "* ESEARCH (TAG \"%t\") UID COUNT 5"),
	    "E", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);
	imap4_id id;

	(void)state;
	expect_ok(c, imap4_client_select(c, NULL, false));
	struct imap4_engine *e = imap4_client_engine(c);
	imap4_engine_command_begin(e, "UID SEARCH");
	imap4_engine_command_syntax(e, "RETURN (COUNT) ALL");
	assert_int_equal(imap4_engine_command_end(e, &id), 0);
	expect_ok(c, imap4_client_run(c, id, "ESEARCH"));
	assert_int_equal(imap4_client_data(c)->n, 1);
	assert_non_null(
	    strstr(imap4_client_data(c)->item[0].text.p, "COUNT 5"));
	scripted_close(c, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_command__mailboxes),
	    cmocka_unit_test(test_command__administration),
	    cmocka_unit_test(test_command__messages),
	    cmocka_unit_test(test_command__searches),
	    cmocka_unit_test(test_command__search_takes_words_literally),
	    cmocka_unit_test(test_command__uid_takes_what_the_others_take),
	    cmocka_unit_test(test_command__partial),
	    cmocka_unit_test(test_command__cannot_be_injected),
	    cmocka_unit_test(test_command__enables_what_is_offered),
	    cmocka_unit_test(test_command__runs_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
