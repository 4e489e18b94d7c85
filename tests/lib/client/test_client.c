/* SPDX-License-Identifier: MIT */
/* How a client comes about, how it fails, and how it ends. */
#include "tests/lib/client/scripted.h"

static void test_client__opens(void **state)
{
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1 IDLE] hello", "E", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	assert_string_equal(imap4_client_error(c), "");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_NONE);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_NONAUTH);
	assert_string_equal(imap4_client_welcome(c),
			    "* OK [CAPABILITY IMAP4rev1 IDLE] hello");
	assert_string_equal(imap4_client_type(c), "");
	assert_int_equal(imap4_client_data(c)->n, 0);
	scripted_close(c, &peer);
}

static void test_client__finds_the_protocol(void **state)
{
	static const struct {
		const char *greeting, *protocol;
	} table[] = {
	    {"S * OK [CAPABILITY IMAP4 IMAP4rev1] hi", "IMAP4rev1"},
	    {"S * OK [CAPABILITY IMAP4] hi", "IMAP4"},
	    {"S * OK [CAPABILITY IMAP4rev2] hi", "IMAP4rev2"},
	    {"S * OK [CAPABILITY IMAP4rev1 IMAP4rev2] hi", "IMAP4rev1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *const script[] = {table[i].greeting, "E", NULL};
		struct peer peer;
		struct imap4_client *c = scripted_open(&peer, script);
		assert_string_equal(imap4_client_protocol(c),
				    table[i].protocol);
		scripted_close(c, &peer);
	}
}

static void test_client__enables_a_protocol(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 IMAP4rev2 ENABLE] hi",
	    "C ENABLE IMAP4rev2", "S * ENABLED IMAP4rev2\r\n%t OK done", "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_enable(c, "IMAP4rev2"));
	expect_item(c, 0, "ENABLED", "IMAP4rev2", NULL);
	assert_string_equal(imap4_client_protocol(c), "IMAP4rev2");
	scripted_close(c, &peer);
}

/* The reason is kept, and every command has it. */
static void expect_lost(struct imap4_client *c, int result, const char *text)
{
	assert_string_equal(imap4_client_error(c), text);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
	expect_error(c, imap4_client_noop(c), result, text);
	expect_error(c, imap4_client_select(c, NULL, false), result, text);
	expect_error(c, imap4_client_append(c, NULL, NULL, NULL, "x", 1),
		     result, text);
	expect_error(c, imap4_client_idle(c, 0), result, text);
	expect_error(c, imap4_client_logout(c), result, text);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_LOGOUT);
	assert_null(imap4_client_engine(c));
}

static void test_client__cannot_connect(void **state)
{
	static const struct {
		const char *const script[4];
		int result;
		const char *text;
	} table[] = {
	    {{"S * BYE not today", NULL},
	     IMAP4_ECLOSED,
	     "the server refused the connection: not today"},
	    {{"S * OK [CAPABILITY POP3] hi", "E", NULL},
	     IMAP4_EPROTO,
	     "the server does not speak IMAP4"},
	    {{NULL},
	     IMAP4_ECLOSED,
	     "the server closed the connection without a greeting"},
	    {{"E", NULL},
	     IMAP4_ETIMEDOUT,
	     "no answer for 100 ms (no greeting)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct imap4_client_opts o = {.timeout_ms = 100};
		struct peer peer;
		struct imap4_client *c =
		    scripted_open_with(&peer, table[i].script, &o);
		expect_lost(c, table[i].result, table[i].text);
		scripted_close(c, &peer);
	}
}

static void test_client__cannot_reach(void **state)
{
	char want[64];
	uint16_t port;

	(void)state;
	(void)close(peer_listen(&port));
	struct imap4_client *c = imap4_client_open("127.0.0.1", port, NULL);
	(void)snprintf(want, sizeof(want), "127.0.0.1:%u: connection refused",
		       (unsigned)port);
	expect_lost(c, IMAP4_EREFUSED, want);
	assert_int_equal(imap4_client_fd(c), -1);
	imap4_client_free(c);

	c = imap4_client_open_stream("exit 3", NULL);
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ABORT);
	imap4_client_free(c);

	c = imap4_client_open_stream(NULL, NULL);
	expect_lost(c, IMAP4_EINVAL,
		    "no command, too long a host name, or a negative "
		    "time-out");
	imap4_client_free(c);
}

/* For a client that could not be made, there being no memory. */
static void test_client__null(void **state)
{
	(void)state;
	assert_int_equal(imap4_client_login(NULL, "a", "b"), IMAP4_ENOMEM);
	assert_int_equal(imap4_client_select(NULL, NULL, true), IMAP4_ENOMEM);
	assert_int_equal(imap4_client_append(NULL, NULL, NULL, NULL, "x", 1),
			 IMAP4_ENOMEM);
	assert_int_equal(imap4_client_idle(NULL, 0), IMAP4_ENOMEM);
	assert_int_equal(imap4_client_idle_next(NULL, 0), IMAP4_ENOMEM);
	assert_int_equal(imap4_client_response(NULL, "EXISTS"), IMAP4_ENOMEM);
	assert_int_equal(imap4_client_starttls(NULL, NULL), IMAP4_ENOMEM);
	assert_int_equal(imap4_client_logout(NULL), IMAP4_ENOMEM);
	assert_int_equal(imap4_client_run(NULL, 1, NULL), IMAP4_ENOMEM);
	assert_string_equal(imap4_client_error(NULL), "out of memory");
	assert_int_equal(imap4_client_class(NULL), IMAP4_CLASS_ERROR);
	assert_int_equal(imap4_client_state(NULL), IMAP4_STATE_LOGOUT);
	assert_string_equal(imap4_client_type(NULL), "");
	assert_string_equal(imap4_client_protocol(NULL), "");
	assert_string_equal(imap4_client_welcome(NULL), "");
	assert_int_equal(imap4_client_data(NULL)->n, 0);
	assert_null(imap4_client_take(NULL));
	assert_null(imap4_client_engine(NULL));
	assert_false(imap4_client_is_readonly(NULL));
	imap4_client_on_event(NULL, NULL, NULL);
	imap4_client_on_body(NULL, NULL, NULL);
	imap4_client_debug(NULL, 0, NULL, NULL);
	imap4_client_print_log(NULL, NULL, NULL);
	imap4_data_free(NULL);
	imap4_client_free(NULL);
}

/* imaplib's error, and the NO that is none. */
static void test_client__classes(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C CREATE a",
	    "S %t NO [ALREADYEXISTS] it is there",
	    "C XFOO",
	    "S %t BAD what\x1bis that",
	    "C NOOP",
	    "S %t OK done",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_create(c, "a"), IMAP4_ENO,
		     "CREATE: NO [ALREADYEXISTS] it is there");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_NONE);
	assert_string_equal(imap4_client_type(c), "NO");
	expect_item(c, 0, "NO", "[ALREADYEXISTS] it is there", NULL);
	expect_error(c, imap4_client_xatom(c, "XFOO", NULL), IMAP4_EBAD,
		     "XFOO: BAD what?is that");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	expect_error(c, imap4_client_fetch(c, "1", "FLAGS"), IMAP4_ESTATE,
		     "FETCH is not possible without a selected mailbox");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_ERROR);
	expect_error(c, imap4_client_status(c, "a", ")"), IMAP4_EINVAL,
		     "STATUS: an argument cannot be sent");
	/* The next one is not harmed. */
	expect_ok(c, imap4_client_noop(c));
	assert_string_equal(imap4_client_type(c), "OK");
	expect_item(c, 0, "OK", "done", NULL);
	scripted_close(c, &peer);
}

static void test_client__lost_in_a_command(void **state)
{
	static const struct {
		const char *const script[8];
		int result;
		const char *text;
	} table[] = {
	    {{GREETING, "C NOOP", NULL},
	     IMAP4_ECLOSED,
	     "the server closed the connection"},
	    {{GREETING, "C NOOP", "S * BYE shutting down", NULL},
	     IMAP4_ECLOSED,
	     "the server closed the connection: shutting down"},
	    {{GREETING, "C NOOP", "S %t PERHAPS", "E", NULL},
	     IMAP4_EPROTO,
	     "a line that is no IMAP response"},
	    {{GREETING, "C NOOP", "E", NULL},
	     IMAP4_ETIMEDOUT,
	     "no answer for 200 ms"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct imap4_client_opts o = {.timeout_ms = 200};
		struct peer peer;
		struct imap4_client *c =
		    scripted_open_with(&peer, table[i].script, &o);
		expect_error(c, imap4_client_noop(c), table[i].result,
			     table[i].text);
		expect_lost(c, table[i].result, table[i].text);
		scripted_close(c, &peer);
	}
}

static void test_client__lost_behind_the_answer(void **state)
{
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1] hi", "C LOGIN a b",
	    "R %t OK in\r\n* BYE and out\r\n", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_login(c, "a", "b"));
	assert_int_equal(imap4_client_noop(c), IMAP4_ECLOSED);
	scripted_close(c, &peer);
}

static void test_client__readonly(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C SELECT INBOX",
	    "S * 3 EXISTS\r\n%t OK [READ-ONLY] look",
	    "C EXAMINE INBOX",
	    "S %t OK [READ-ONLY] done",
	    SELECT,
	    "C NOOP",
	    "S * OK [READ-ONLY] no more writing\r\n%t OK done",
	    "C NOOP",
	    "S %t OK done",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_select(c, NULL, false), IMAP4_EREADONLY,
		     "the mailbox is read-only");
	assert_int_equal(imap4_client_class(c), IMAP4_CLASS_READONLY);
	assert_int_equal(imap4_client_state(c), IMAP4_STATE_SELECTED);
	expect_item(c, 0, "EXISTS", "3", NULL);
	expect_ok(c, imap4_client_examine(c, NULL));
	assert_true(imap4_client_is_readonly(c));
	expect_ok(c, imap4_client_select(c, NULL, false));
	assert_false(imap4_client_is_readonly(c));
	/* Later, it is told by the next command, which is not sent; once. */
	expect_ok(c, imap4_client_noop(c));
	assert_true(imap4_client_is_readonly(c));
	expect_error(c, imap4_client_noop(c), IMAP4_EREADONLY,
		     "the mailbox has become read-only");
	expect_ok(c, imap4_client_noop(c));
	scripted_close(c, &peer);
}

static void test_client__logs_out(void **state)
{
	static const char *const polite[] = {
	    GREETING, "C LOGOUT", "S * BYE see you\r\n%t OK gone", NULL};
	static const char *const rude[] = {GREETING, "C LOGOUT", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, polite);

	(void)state;
	expect_ok(c, imap4_client_logout(c));
	assert_string_equal(imap4_client_type(c), "BYE");
	expect_item(c, 0, "BYE", "see you", NULL);
	expect_error(c, imap4_client_noop(c), IMAP4_ECLOSED, "logged out");
	scripted_close(c, &peer);

	c = scripted_open(&peer, rude);
	expect_ok(c, imap4_client_logout(c));
	assert_int_equal(imap4_client_data(c)->n, 0);
	scripted_close(c, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client__opens),
	    cmocka_unit_test(test_client__finds_the_protocol),
	    cmocka_unit_test(test_client__enables_a_protocol),
	    cmocka_unit_test(test_client__cannot_connect),
	    cmocka_unit_test(test_client__cannot_reach),
	    cmocka_unit_test(test_client__null),
	    cmocka_unit_test(test_client__classes),
	    cmocka_unit_test(test_client__lost_in_a_command),
	    cmocka_unit_test(test_client__lost_behind_the_answer),
	    cmocka_unit_test(test_client__readonly),
	    cmocka_unit_test(test_client__logs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
