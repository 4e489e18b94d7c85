/* SPDX-License-Identifier: MIT */
/* imap4_conn_login(): the whole of it against a scripted server. */
#include "tests/lib/net/session.h"

#include <imap4/sasl.h>
#include <imap4/submit.h>

#define HELLO(capabilities) "S * OK [CAPABILITY IMAP4rev1 " capabilities "] hi"
/* RFC 2195 2. */
#define CRAM        "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"
#define CRAM_ANSWER "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"

struct told {
	int calls;
	int result;
	enum imap4_code code;
	char text[512];
};

static struct imap4_credentials credentials(void)
{
	return (struct imap4_credentials){
	    .size = sizeof(struct imap4_credentials),
	    .user = {"tim", 3},
	    .password = {"tanstaaftanstaaf", 16},
	};
}

static void on_done(void *ctx, struct imap4_conn *conn, int result,
		    enum imap4_code code, const char *text)
{
	struct client *cl = ctx;
	struct told *told = cl->arg;

	told->calls++;
	told->result = result;
	told->code = code;
	(void)snprintf(told->text, sizeof(told->text), "%s", text);
	if (result == 0)
		assert_int_equal(imap4_engine_state(imap4_conn_engine(conn)),
				 IMAP4_STATE_AUTH);
	client_note(cl, "done");
	assert_int_equal(imap4_engine_logout(imap4_conn_engine(conn), NULL), 0);
	imap4_conn_flush(conn);
}

static void log_in(struct client *cl)
{
	const struct imap4_credentials cred = credentials();

	assert_int_equal(imap4_conn_login(cl->conn, &cred, on_done, cl), 0);
	assert_int_equal(imap4_conn_login(cl->conn, &cred, on_done, cl),
			 IMAP4_ESTATE);
}

static void check(const char *const *script, int result, enum imap4_code code,
		  const char *text, const char *events)
{
	struct told told = {0};
	struct client cl = {.on_ready = log_in, .arg = &told};
	struct peer peer;

	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_string_equal(peer.failure, "");
	assert_int_equal(told.calls, 1);
	assert_string_equal(told.text, text);
	assert_int_equal(told.result, result);
	assert_int_equal(told.code, code);
	assert_string_equal(cl.events, events);
}

#define BYE "C LOGOUT", "R * BYE\r\n%t OK\r\n", NULL

/* The challenge is not the program's to answer, and it does not see it. */
static void test_login__answers_challenges(void **state)
{
	static const char *const script[] = {HELLO("AUTH=CRAM-MD5"),
					     "C AUTHENTICATE CRAM-MD5",
					     "S + " CRAM,
					     "C " CRAM_ANSWER,
					     "S %t OK welcome",
					     "C CAPABILITY",
					     "S %t OK nothing",
					     BYE};

	(void)state;
	check(script, 0, IMAP4_CODE_NONE, "",
	      "greeting ready OK OK done status OK");
}

static void test_login__asks_for_capabilities(void **state)
{
	static const char *const script[] = {
	    HELLO("SASL-IR AUTH=PLAIN"),
	    "C AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm",
	    "S %t OK welcome",
	    "C CAPABILITY",
	    "R * CAPABILITY IMAP4rev1 IDLE\r\n%t OK done\r\n",
	    BYE};
	static const char *const refused[] = {
	    HELLO("SASL-IR AUTH=PLAIN"),
	    "C AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm",
	    "S %t OK welcome",
	    "C CAPABILITY",
	    "S %t NO not now",
	    BYE};

	(void)state;
	check(script, 0, IMAP4_CODE_NONE, "",
	      "greeting ready OK capability OK done status OK");
	check(refused, 0, IMAP4_CODE_NONE, "",
	      "greeting ready OK NO done status OK");
}

static void test_login__needs_no_question(void **state)
{
	static const char *const script[] = {
	    HELLO(""), "C LOGIN tim tanstaaftanstaaf",
	    "S %t OK [CAPABILITY IMAP4rev1 IDLE] welcome", BYE};

	(void)state;
	check(script, 0, IMAP4_CODE_NONE, "",
	      "greeting ready OK done status OK");
}

static void test_login__says_how_it_was_refused(void **state)
{
	static const char *const script[] = {
	    HELLO("AUTH=PLAIN SASL-IR"),
	    "C AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm",
	    "S %t NO [UNAVAILABLE] the database sleeps", BYE};

	(void)state;
	check(script, IMAP4_EAUTH, IMAP4_CODE_UNAVAILABLE,
	      "PLAIN: NO the database sleeps",
	      "greeting ready NO done status OK");
}

/* From the loop, as all else. */
static void test_login__finds_no_mechanism(void **state)
{
	static const char *const script[] = {HELLO("LOGINDISABLED AUTH=GSSAPI"),
					     BYE};

	(void)state;
	check(script, IMAP4_EAUTH, IMAP4_CODE_NONE,
	      "no login mechanism fits: the server has (GSSAPI), we have "
	      "(SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 "
	      "CRAM-MD5 PLAIN LOGIN LOGIN)",
	      "greeting ready done status OK");
}

/* closed() has the word then. */
static void test_login__is_silent_where_the_connection_ends(void **state)
{
	static const char *const script[] = {HELLO("AUTH=CRAM-MD5"),
					     "C AUTHENTICATE CRAM-MD5", NULL};
	struct told told = {0};
	struct client cl = {.on_ready = log_in, .arg = &told};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_int_equal(told.calls, 0);
	assert_int_equal(cl.result, IMAP4_ECLOSED);
	assert_string_equal(cl.events, "greeting ready LOST");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login__answers_challenges),
	    cmocka_unit_test(test_login__asks_for_capabilities),
	    cmocka_unit_test(test_login__needs_no_question),
	    cmocka_unit_test(test_login__says_how_it_was_refused),
	    cmocka_unit_test(test_login__finds_no_mechanism),
	    cmocka_unit_test(test_login__is_silent_where_the_connection_ends),
	};

	return cmocka_run_group_tests(tests, session_set_up, session_tear_down);
}
