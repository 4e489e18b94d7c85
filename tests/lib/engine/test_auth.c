/* SPDX-License-Identifier: MIT */
/* AUTHENTICATE: initial responses, challenges, cancelling, and the order that a
 * server has to keep. */
#include "tests/lib/engine/peer.h"

static const struct imap4_str none = {NULL, 0};

static void start(struct peer *p, const char *caps, const char *mechanism,
		  struct imap4_str initial)
{
	peer_init(p, NULL);
	peer_server(p, caps);
	buf_reset(&p->log);
	assert_int_equal(
	    imap4_engine_authenticate(p->e, mechanism, initial, NULL), 0);
}

#define SASL_IR "* OK [CAPABILITY SASL-IR] hi\r\n"
#define NO_IR   "* OK [CAPABILITY X] hi\r\n"

static void test_auth__initial_response_on_the_line(void **state)
{
	struct peer p;

	(void)state;
	start(&p, SASL_IR, "PLAIN", (struct imap4_str){"\0ann\0pw", 7});
	peer_sends(&p, "T1 AUTHENTICATE PLAIN AGFubgBwdw==\r\n");
	peer_server(&p, "T1 OK [CAPABILITY Y] in\r\n");
	peer_logs(&p, "DONE 1 OK [CAPABILITY 0 0 Y] text=in\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_AUTH);
	assert_true(imap4_engine_has(p.e, "Y"));
	peer_release(&p);
}

/* RFC 4959 3: an empty one is "=". */
static void test_auth__empty_initial_response(void **state)
{
	struct peer p;

	(void)state;
	start(&p, SASL_IR, "EXTERNAL", peer_str(""));
	peer_sends(&p, "T1 AUTHENTICATE EXTERNAL =\r\n");
	peer_server(&p, "T1 OK in\r\n");
	assert_int_equal(p.rc, 0);
	peer_release(&p);
	start(&p, NO_IR, "EXTERNAL", peer_str(""));
	peer_sends(&p, "T1 AUTHENTICATE EXTERNAL\r\n");
	peer_server(&p, "+\r\n");
	peer_sends(&p, "\r\n");
	peer_server(&p, "T1 OK in\r\n");
	assert_int_equal(p.rc, 0);
	peer_release(&p);
}

static void test_auth__initial_response_when_asked(void **state)
{
	/* iCloud has no blank; others greet the mechanism. */
	static const char *const asks[] = {"+\r\n", "+ \r\n", "+ go on\r\n"};
	struct peer p;

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		start(&p, NO_IR, "PLAIN", peer_str("abc"));
		peer_sends(&p, "T1 AUTHENTICATE PLAIN\r\n");
		peer_server(&p, asks[i]);
		peer_logs(&p, "");
		peer_sends(&p, "YWJj\r\n");
		peer_server(&p, "T1 NO [AUTHENTICATIONFAILED] no\r\n");
		peer_logs(&p, "DONE 1 NO [AUTHENTICATIONFAILED 0 0] text=no\n");
		assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_NONAUTH);
		assert_true(imap4_engine_has(p.e, "X"));
		peer_release(&p);
	}
}

static void test_auth__challenges(void **state)
{
	struct peer p;

	(void)state;
	start(&p, SASL_IR, "SCRAM-SHA-256", none);
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("x")),
			 IMAP4_ESTATE);
	assert_int_equal(imap4_engine_auth_cancel(p.e), IMAP4_ESTATE);
	peer_sends(&p, "T1 AUTHENTICATE SCRAM-SHA-256\r\n");
	peer_server(&p, "+ \r\n");
	peer_logs(&p, "CHALLENGE 1 challenge=\n");
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("n,,")), 0);
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("n,,")),
			 IMAP4_ESTATE);
	peer_sends(&p, "biws\r\n");
	/* Blanks behind the base64 are seen. */
	peer_server(&p, "+ cj1h \r\n");
	peer_logs(&p, "CHALLENGE 1 challenge=r=a\n");
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("")), 0);
	peer_sends(&p, "\r\n");
	peer_server(&p, "T1 OK in\r\n");
	assert_int_equal(imap4_engine_state(p.e), IMAP4_STATE_AUTH);
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("x")),
			 IMAP4_ESTATE);
	peer_release(&p);
}

/* RFC 7628 3.2.3: the error comes as a challenge, which must be answered. */
static void test_auth__oauth_error(void **state)
{
	struct peer p;

	(void)state;
	start(&p, SASL_IR, "OAUTHBEARER", peer_str("t"));
	peer_flush(&p);
	buf_reset(&p.sent);
	peer_server(&p, "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n");
	peer_logs(&p, "CHALLENGE 1 challenge={\"status\":\"400\"}\n");
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("\1")), 0);
	peer_sends(&p, "AQ==\r\n");
	peer_server(&p, "T1 NO failed\r\n");
	assert_int_equal(p.rc, 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	peer_sends(&p, "T2 NOOP\r\n");
	peer_release(&p);
}

static void test_auth__cancel(void **state)
{
	struct peer p;

	(void)state;
	start(&p, SASL_IR, "LOGIN", none);
	peer_flush(&p);
	peer_server(&p, "+ eA==\r\n");
	assert_int_equal(imap4_engine_auth_cancel(p.e), 0);
	assert_int_equal(imap4_engine_auth_cancel(p.e), IMAP4_ESTATE);
	buf_reset(&p.sent);
	peer_sends(&p, "*\r\n");
	buf_reset(&p.log);
	peer_server(&p, "T1 BAD cancelled\r\n");
	peer_logs(&p, "DONE 1 BAD text=cancelled\n");
	peer_release(&p);
}

/* Each is the server's fault and ends the connection. */
static void test_auth__out_of_turn(void **state)
{
	static const struct {
		bool flush;
		const char *text;
	} rows[] = {
	    {false, "+ \r\n"},           /* before the command */
	    {false, "T1 OK in\r\n"},     /* the same */
	    {true, "+ \r\n+ \r\n"},      /* twice */
	    {true, "+ not base64!\r\n"}, /* where base64 belongs */
	    {true, "+ YQ=\r\n"},         /* cut */
	};
	struct peer p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(&p, SASL_IR, "PLAIN", none);
		if (rows[i].flush)
			peer_flush(&p);
		peer_server(&p, rows[i].text);
		assert_int_equal(p.rc, IMAP4_EPROTO);
		peer_release(&p);
	}
	/* OK before the response was sent; a challenge after cancelling. */
	for (int i = 0; i < 2; i++) {
		start(&p, SASL_IR, "PLAIN", none);
		peer_flush(&p);
		peer_server(&p, "+ \r\n");
		if (i == 0) {
			(void)imap4_engine_auth_respond(p.e, peer_str("x"));
		} else {
			(void)imap4_engine_auth_cancel(p.e);
			peer_flush(&p);
		}
		peer_server(&p, i == 0 ? "T1 OK in\r\n" : "+ \r\n");
		assert_int_equal(p.rc, IMAP4_EPROTO);
		peer_release(&p);
	}
}

/* The server gave up while the answer was on its way into the buffer: the
 * answer must not become the next command line. */
static void test_auth__refused_before_the_answer_left(void **state)
{
	struct peer p;

	(void)state;
	start(&p, SASL_IR, "PLAIN", none);
	peer_flush(&p);
	peer_server(&p, "+ \r\n");
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("secret")), 0);
	peer_server(&p, "T1 NO too late\r\n");
	assert_int_equal(p.rc, 0);
	assert_int_equal(imap4_engine_noop(p.e, NULL), 0);
	buf_reset(&p.sent);
	peer_sends(&p, "T2 NOOP\r\n");
	peer_release(&p);
}

static void test_auth__mechanism_names(void **state)
{
	static const char *const bad[] = {"", "A B", "A\r\nB", "PLAIN{3}",
					  "ABCDEFGHIJKLMNOPQRSTU"};
	struct peer p;

	(void)state;
	peer_init(&p, NULL);
	peer_server(&p, SASL_IR);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    imap4_engine_authenticate(p.e, bad[i], none, NULL),
		    IMAP4_EINVAL);
	assert_int_equal(imap4_engine_pending(p.e), 0);
	peer_release(&p);
}

/* Lost in the middle: everything is forgotten, nothing is sent any more. */
static void test_auth__close(void **state)
{
	struct peer p;

	(void)state;
	start(&p, NO_IR, "PLAIN", peer_str("secret"));
	peer_flush(&p);
	imap4_engine_close(p.e);
	peer_server(&p, "");
	peer_logs(&p, "DONE 1 LOST\n");
	assert_null(p.e->auth.initial.data);
	assert_int_equal(imap4_engine_auth_respond(p.e, peer_str("x")),
			 IMAP4_ECLOSED);
	peer_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_auth__initial_response_on_the_line),
	    cmocka_unit_test(test_auth__empty_initial_response),
	    cmocka_unit_test(test_auth__initial_response_when_asked),
	    cmocka_unit_test(test_auth__challenges),
	    cmocka_unit_test(test_auth__oauth_error),
	    cmocka_unit_test(test_auth__cancel),
	    cmocka_unit_test(test_auth__out_of_turn),
	    cmocka_unit_test(test_auth__refused_before_the_answer_left),
	    cmocka_unit_test(test_auth__mechanism_names),
	    cmocka_unit_test(test_auth__close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
