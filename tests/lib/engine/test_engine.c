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
	    imap4_engine_login(p->e, peer_str("ann"), peer_str("p\"w"), NULL),
	    0);
	peer_flush(p);
	peer_server(p, "* CAPABILITY IMAP4rev1 QRESYNC LITERAL+\r\n"
		       "T1 OK welcome\r\n");
	assert_int_equal(imap4_engine_enable(p->e, "QRESYNC", NULL), 0);
	assert_int_equal(imap4_engine_list(p->e, NULL, peer_str(""),
					   peer_str("*"), NULL, NULL),
			 0);
	assert_int_equal(imap4_engine_status(p->e, peer_str("INBOX"),
					     IMAP4_ST_MESSAGES, NULL),
			 0);
	assert_int_equal(
	    imap4_engine_select(p->e, peer_str("INBOX"), &qresync, NULL), 0);
	assert_int_equal(imap4_engine_uid_fetch(p->e, "1:*",
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
	    imap4_engine_uid_store(p->e, "1", '+', "\\Seen", 0, NULL), 0);
	assert_int_equal(imap4_engine_uid_search(p->e, "ALL", "ALL", NULL), 0);
	assert_int_equal(imap4_engine_logout(p->e, NULL), 0);
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
    "DONE 6 OK unparsed text=done\n"
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

static void test_engine__first_byte_tells_other_protocols(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *error;
	} rows[] = {
	    {"\x15\x03\x01\x00\x02\x02\x46", 7, "TLS"},
	    {"\x16", 1, "TLS"},
	    {"HTTP/1.1 400 Bad Request\r\n", 26, "HTTP"},
	    {"220 mail.example.com ESMTP\r\n", 28, "'220 mail.example.com"},
	    {"+OK POP3 \x1b[2J\r\n", 15, "'+OK POP3  [2J"},
	    {"* NO go away\r\n", 14, "greeting"},
	    {"* BAD\r\n", 7, "greeting"},
	    {"* 5 EXISTS\r\n", 12, "greeting"},
	    {"* OK\n", 5, "LF without CR"},
	    {"*\r\n", 3, "greeting"},
	    {"* HELO x\r\n", 10, "greeting"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer p;
		peer_init(&p, NULL);
		peer_feed(&p, rows[i].bytes, rows[i].len);
		assert_int_equal(p.rc, IMAP4_EPROTO);
		if (!strstr(imap4_engine_error(p.e), rows[i].error))
			fail_msg("%s: %s", rows[i].bytes,
				 imap4_engine_error(p.e));
		assert_null(strchr(imap4_engine_error(p.e), '\x1b'));
		/* Dead is dead. */
		peer_feed(&p, "* OK hi\r\n", 9);
		assert_int_equal(p.rc, IMAP4_EPROTO);
		assert_int_equal(imap4_engine_noop(p.e, NULL), IMAP4_ECLOSED);
		peer_release(&p);
	}
}

static void test_engine__greetings(void **state)
{
	static const struct {
		const char *line;
		enum imap4_state state;
		bool caps;
	} rows[] = {
	    {"* OK hi\r\n", IMAP4_STATE_NONAUTH, false},
	    {"* ok [CAPABILITY A] hi\r\n", IMAP4_STATE_NONAUTH, true},
	    {"* PREAUTH [CAPABILITY A] hi\r\n", IMAP4_STATE_AUTH, true},
	    {"* BYE busy\r\n", IMAP4_STATE_LOGOUT, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer p;
		peer_init(&p, NULL);
		assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_GREETING);
		assert_int_equal(imap4_engine_noop(p.e, NULL), IMAP4_ESTATE);
		peer_server(&p, rows[i].line);
		assert_int_equal(imap4_engine_state(p.e), rows[i].state);
		assert_int_equal(imap4_engine_has_capabilities(p.e),
				 rows[i].caps);
		assert_int_equal(imap4_engine_has(p.e, "a"), rows[i].caps);
		peer_release(&p);
	}
}

static void test_engine__tagged_reply_only_to_what_was_sent(void **state)
{
	const void *data;
	struct peer p;

	(void)state;
	/* Before it was written, in part, a wrong tag, twice. */
	for (int how = 0; how < 4; how++) {
		peer_init(&p, NULL);
		peer_server(&p, "* OK hi\r\n");
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
		size_t n = how > 0 ? imap4_engine_write(p.e, &data) : 0;
		imap4_engine_sent(p.e, how == 1 ? n - 1 : n);
		if (how == 3)
			peer_server(&p, "T1 OK done\r\n");
		peer_server(&p, how == 2 ? "T2 OK done\r\n" : "T1 OK done\r\n");
		assert_int_equal(p.rc, IMAP4_EPROTO);
		assert_string_equal(imap4_engine_error(p.e),
				    "the server answered a command that was "
				    "not sent");
		peer_release(&p);
	}
}

static void test_engine__limits(void **state)
{
	const struct imap4_limits limits = {.size = sizeof(limits),
					    .max_response = 100,
					    .max_body = 1000,
					    .max_nesting = 3,
					    .max_pending = 2};
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
	    {"* 1 FETCH (BODY[] {1001}\r\n", IMAP4_ELIMIT},
	    {"* 1 FETCH (BODY[] {9223372036854775808}\r\n", IMAP4_EPROTO},
	    {"* 1 FETCH (BODY[] {18446744073709551616}\r\n", IMAP4_EPROTO},
	    {"* X {101}\r\n", IMAP4_ELIMIT},
	    {"* X ((((a))))\r\n", 0},
	};
	struct peer p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		peer_init(&p, &limits);
		peer_server(&p, "* OK hi\r\n");
		peer_server(&p, rows[i].text);
		assert_int_equal(p.rc, rows[i].rc);
		peer_release(&p);
	}
	peer_init(&p, &limits);
	peer_server(&p, "* OK hi\r\n");
	for (int i = 0; i < 10 && p.rc == 0; i++)
		peer_feed(&p, "* OK endless", 12);
	assert_int_equal(p.rc, IMAP4_ELIMIT);
	peer_release(&p);
	peer_init(&p, &limits);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), IMAP4_ELIMIT);
	peer_release(&p);
}

/* A line of a hundred thousand parentheses, one of a million flags, one of half
 * a million numbers counting down: a while each, not for ever. */
static void test_engine__large_lines(void **state)
{
	const struct imap4_limits limits = {.size = sizeof(limits),
					    .max_response = 64U << 20};
	const struct imap4_event *ev;
	struct peer p;
	struct buf b;
	size_t used;

	(void)state;
	peer_init(&p, &limits);
	peer_server(&p, "* OK hi\r\n");
	buf_init(&b, 64U << 20);
	(void)buf_adds(&b, "* THREAD ");
	for (int i = 0; i < 100000; i++)
		(void)buf_addc(&b, '(');
	(void)buf_adds(&b, "\r\n* 1 FETCH (FLAGS (");
	for (int i = 0; i < 1000000; i++)
		(void)buf_adds(&b, " \\Seen k");
	(void)buf_adds(&b, "))\r\n* SEARCH");
	for (int i = 500000; i > 0; i--)
		(void)buf_addf(&b, " %d", 2 * i);
	(void)buf_adds(&b, "\r\n");
	const enum imap4_event_type expected[] = {IMAP4_EV_BAD, IMAP4_EV_FETCH,
						  IMAP4_EV_SEARCH};
	size_t at = 0;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
		    imap4_engine_read(p.e, b.data + at, b.len - at, &used, &ev),
		    0);
		at += used;
		assert_int_equal(ev->type, expected[i]);
		if (i == 1)
			assert_int_equal(ev->fetch.nwords, 1000000);
	}
	assert_int_equal(ev->search.set.n, 500000);
	buf_release(&b);
	peer_release(&p);
}

static void test_engine__body_points_into_the_callers_buffer(void **state)
{
	static const char text[] =
	    "* OK hi\r\n* 1 FETCH (BODY[] {5}\r\nhello)\r\n";
	const struct imap4_event *ev;
	struct peer p;
	size_t at = 0, used;

	(void)state;
	peer_init(&p, NULL);
	do {
		assert_int_equal(imap4_engine_read(p.e, text + at,
						   strlen(text) - at, &used,
						   &ev),
				 0);
		at += used;
	} while (ev->type != IMAP4_EV_BODY_DATA);
	assert_ptr_equal(ev->body.data.p, strstr(text, "hello"));
	assert_int_equal(ev->body.data.len, 5);
	peer_release(&p);
}

static void test_engine__close_completes_all_in_order(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH hi\r\n");
	buf_reset(&p.log);
	for (int i = 0; i < 3; i++)
		assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_flush(&p);
	assert_int_equal(imap4_engine_select(p.e, peer_str("x"), NULL, NULL),
			 0);
	/* In the middle of a body. */
	peer_server(&p, "T2 OK done\r\n* 1 FETCH (BODY[] {9}\r\nabc");
	imap4_engine_close(p.e);
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_LOGOUT);
	assert_int_equal(imap4_engine_noop(p.e, NULL), IMAP4_ECLOSED);
	peer_server(&p, "");
	peer_logs(&p, "DONE 2 OK text=done\n"
		      "BODY_BEGIN 1/0 9 section=\n"
		      "DONE 1 LOST\n"
		      "DONE 3 LOST\n"
		      "DONE 4 LOST\n");
	assert_int_equal(p.rc, 0);
	assert_int_equal(imap4_engine_pending(p.e), 0);
	buf_reset(&p.sent);
	peer_sends(&p, "");
	peer_feed(&p, "x", 1);
	assert_int_equal(p.rc, IMAP4_ECLOSED);
	peer_release(&p);
}

static void test_engine__starttls(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK [CAPABILITY STARTTLS X] hi\r\n");
	assert_int_equal(imap4_engine_starttls_done(p.e), IMAP4_EPROTO);
	assert_int_equal(imap4_engine_starttls(p.e, NULL), 0);
	/* Not pipelined, whatever is submitted. */
	assert_int_equal(imap4_engine_capability(p.e, NULL), 0);
	peer_sends(&p, "T1 STARTTLS\r\n");
	peer_server(&p, "* ENABLED EVIL\r\nT1 OK go\r\n");
	peer_sends(&p, "");
	assert_true(imap4_engine_has(p.e, "X"));
	assert_int_equal(imap4_engine_starttls_done(p.e), 0);
	assert_false(imap4_engine_has_capabilities(p.e));
	assert_false(imap4_engine_has(p.e, "X"));
	assert_false(imap4_engine_enabled(p.e, "EVIL"));
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_NONAUTH);
	peer_sends(&p, "T2 CAPABILITY\r\n");
	peer_server(&p, "* CAPABILITY A\r\nT2 OK done\r\n");
	assert_int_equal(p.rc, 0);
	assert_int_equal(imap4_engine_starttls_done(p.e), IMAP4_EPROTO);
	peer_release(&p);
}

static void test_engine__starttls_injection(void **state)
{
	struct peer p;
	const struct imap4_event *ev;
	size_t used;
	char text[64];

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(imap4_engine_starttls(p.e, NULL), 0);
	peer_flush(&p);
	int n = snprintf(text, sizeof(text), "%s1 OK go\r\n* OK evil\r\n",
			 p.e->prefix);
	assert_int_equal(imap4_engine_read(p.e, text, (size_t)n, &used, &ev),
			 0);
	/* The rest is left to the caller to see. */
	assert_int_equal(used, n - 11);
	assert_int_equal(ev->type, IMAP4_EV_DONE);
	assert_int_equal(imap4_engine_read(p.e, "", 0, &used, &ev), 0);
	assert_int_equal(imap4_engine_read(p.e, text + used, 1, &used, &ev),
			 IMAP4_EPROTO);
	assert_int_equal(imap4_engine_starttls_done(p.e), IMAP4_EPROTO);
	peer_release(&p);
}

static void test_engine__refused_starttls_goes_on(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* OK hi\r\n");
	assert_int_equal(imap4_engine_starttls(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "T1 NO sorry\r\n* OK more\r\n");
	assert_int_equal(p.rc, 0);
	assert_int_equal(imap4_engine_starttls_done(p.e), IMAP4_EPROTO);
	peer_release(&p);
}

static void test_engine__selected_state(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH hi\r\n");
	assert_int_equal(imap4_engine_select(p.e, peer_str("a"), NULL, NULL),
			 0);
	assert_int_equal(imap4_engine_select(p.e, peer_str("b"), NULL, NULL),
			 0);
	assert_int_equal(imap4_engine_select(p.e, peer_str("c"), NULL, NULL),
			 0);
	assert_int_equal(imap4_engine_unselect(p.e, NULL), 0);
	peer_flush(&p);
	peer_server(&p, "T1 OK done\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_SELECTED);
	peer_server(&p, "* OK [CLOSED] x\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_AUTH);
	peer_server(&p, "T2 OK done\r\n");
	/* No SELECT at all, so nothing changed; then one that failed. */
	peer_server(&p, "T3 BAD what\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_SELECTED);
	peer_server(&p, "T4 OK done\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_AUTH);
	assert_int_equal(imap4_engine_select(p.e, peer_str("d"), NULL, NULL),
			 0);
	peer_flush(&p);
	peer_server(&p, "T5 OK done\r\n");
	assert_int_equal(imap4_engine_select(p.e, peer_str("e"), NULL, NULL),
			 0);
	peer_flush(&p);
	peer_server(&p, "T6 NO gone\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_AUTH);
	assert_int_equal(imap4_engine_unselect(p.e, NULL), IMAP4_ESTATE);
	peer_release(&p);
}

static void test_engine__bye_ends_it(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, "* PREAUTH hi\r\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_flush(&p);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	/* Yandex says it twice. */
	peer_server(&p, "* BYE [UNAVAILABLE] later\r\n* BYE again\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_LOGOUT);
	peer_sends(&p, "T1 NOOP\r\n");
	assert_int_equal(imap4_engine_noop(p.e, NULL), IMAP4_ECLOSED);
	peer_server(&p, "T1 OK done\r\n");
	assert_int_equal(p.rc, 0);
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_LOGOUT);
	peer_release(&p);
}

/* An older caller's smaller struct. */
static void test_engine__options_by_size(void **state)
{
	struct imap4_limits limits = {
	    .size = offsetof(struct imap4_limits, max_body),
	    .max_response = 50,
	    .max_body = 1};
	struct imap4_select_opts opts = {
	    .size = offsetof(struct imap4_select_opts, condstore),
	    .examine = true,
	    .condstore = true};
	struct peer p;

	(void)state;
	peer_init(&p, &limits);
	assert_int_equal(p.e->limits.max_response, 50);
	assert_true(p.e->limits.max_body > 1);
	peer_server(&p, "* PREAUTH hi\r\n");
	assert_int_equal(imap4_engine_select(p.e, peer_str("a"), &opts, NULL),
			 0);
	peer_sends(&p, "T1 EXAMINE a\r\n");
	peer_release(&p);
}

static void test_engine__tags_differ_by_seed(void **state)
{
	char seen[64][9];

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		struct imap4_engine *e = imap4_engine_new(NULL, i);
		assert_non_null(e);
		memcpy(seen[i], e->prefix, sizeof(seen[i]));
		assert_int_equal(strlen(seen[i]), 8);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
		imap4_engine_free(e);
	}
	imap4_engine_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_engine__session_in_pieces_of_any_size),
	    cmocka_unit_test(test_engine__first_byte_tells_other_protocols),
	    cmocka_unit_test(test_engine__greetings),
	    cmocka_unit_test(test_engine__tagged_reply_only_to_what_was_sent),
	    cmocka_unit_test(test_engine__limits),
	    cmocka_unit_test(test_engine__large_lines),
	    cmocka_unit_test(test_engine__body_points_into_the_callers_buffer),
	    cmocka_unit_test(test_engine__close_completes_all_in_order),
	    cmocka_unit_test(test_engine__starttls),
	    cmocka_unit_test(test_engine__starttls_injection),
	    cmocka_unit_test(test_engine__refused_starttls_goes_on),
	    cmocka_unit_test(test_engine__selected_state),
	    cmocka_unit_test(test_engine__bye_ends_it),
	    cmocka_unit_test(test_engine__options_by_size),
	    cmocka_unit_test(test_engine__tags_differ_by_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
