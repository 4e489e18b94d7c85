/* SPDX-License-Identifier: MIT */
/* A session from the credential to the point where mailboxes can be selected,
 * and what is said where it does not get there. */
#include "daemon/remote/session.h"

#include "daemon/base/xalloc.h"
#include "tests/lib/net/peer.h"

#define LOGIN    "C LOGIN joe secret"
#define GREETING "S * OK [CAPABILITY IMAP4rev1] hi"
#define IN       "S %t OK [CAPABILITY IMAP4rev1] welcome"

struct rig {
	struct event_base *base;
	struct session *session;
	struct config_account account;
	unsigned ready, closed, alerts, events;
	struct err err;
	void (*once_ready)(void);
};

static struct rig r;

static char user[] = "joe", password[] = "secret", host[] = "127.0.0.1",
	    name[] = "work", login[] = "login";
static char *auth[] = {login, NULL};

static int setup(void **state)
{
	(void)state;
	r = (struct rig){
	    .account = {.name = name,
			.host = host,
			.tls = CONFIG_TLS_NONE,
			.timeout_ms = 5000,
			.user = user,
			.password = password,
			.auth = auth},
	};
	r.base = event_base_new();
	assert_non_null(r.base);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	session_free(r.session);
	event_base_free(r.base);
	return 0;
}

static void leave(void)
{
	(void)event_base_loopbreak(r.base);
}

static void on_ready(void *ctx)
{
	(void)ctx;
	r.ready++;
	if (r.once_ready)
		r.once_ready();
	else
		leave();
}

static void on_event(void *ctx, const struct imap4_event *ev)
{
	(void)ctx;
	r.alerts += ev->code.code == IMAP4_CODE_ALERT;
	r.events++;
	if (r.ready && ev->type == IMAP4_EV_DONE)
		leave();
}

static void on_closed(void *ctx, const struct err *err)
{
	(void)ctx;
	r.closed++;
	r.err = *err;
	leave();
}

static const struct session_handler handler = {
    .ready = on_ready, .event = on_event, .closed = on_closed};

static void run(const char *const *script)
{
	const struct timeval patience = {.tv_sec = 10};
	struct peer peer;

	peer_start(&peer, script, NULL);
	r.account.port = peer.port;
	r.session = session_new(r.base, &r.account, &handler, NULL);
	assert_int_equal(r.ready + r.closed, 0);
	(void)event_base_loopexit(r.base, &patience);
	(void)event_base_dispatch(r.base);
	assert_true(r.ready + r.closed > 0);
	session_free(r.session);
	r.session = NULL;
	peer_join(&peer);
	assert_string_equal(peer.failure, "");
}

static void test_session__logs_in(void **state)
{
	static const char *const script[] = {GREETING, LOGIN, IN, "E", NULL};

	(void)state;
	run(script);
	assert_int_equal(r.ready, 1);
	assert_int_equal(r.closed, 0);
}

/* Where they are not told with the login they are asked for; what the session
 * sends along is nobody else's business. */
static void submit_noop(void)
{
	imap4_id id;

	assert_int_equal(imap4_engine_noop(session_engine(r.session), &id), 0);
	session_flush(r.session);
}

static void test_session__sets_up(void **state)
{
	static const char *const script[] = {
	    "S * OK hi",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1",
	    "S %t OK done",
	    LOGIN,
	    "S %t OK welcome",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC",
	    "S %t OK done",
	    "C ENABLE QRESYNC",
	    "S * ENABLED QRESYNC",
	    "S %t OK done",
	    "C NOOP",
	    "S %t OK done",
	    "E",
	    NULL};

	(void)state;
	r.once_ready = submit_noop;
	run(script);
	assert_int_equal(r.ready, 1);
	assert_int_equal(r.closed, 0);
	/* The end of NOOP, and of what ENABLED says. */
	assert_in_range(r.events, 1, 2);
}

static void test_session__refused(void **state)
{
	static const struct {
		const char *answer;
		enum err_code code;
		bool busy;
	} rows[] = {
	    {"S %t NO [AUTHENTICATIONFAILED] who?", ERR_AUTH, false},
	    {"S %t NO [UNAVAILABLE] later", ERR_TEMP, true},
	    {"S %t BAD what", ERR_AUTH, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const script[] = {GREETING, LOGIN, rows[i].answer,
					      "E", NULL};
		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		run(script);
		assert_int_equal(r.ready, 0);
		assert_int_equal(r.closed, 1);
		assert_int_equal(r.err.code, rows[i].code);
		assert_int_equal(r.err.busy, rows[i].busy);
		assert_int_equal(r.err.scope, ERR_SCOPE_ACCOUNT);
		assert_non_null(strstr(r.err.text, "login as 'joe' refused"));
	}
}

/* Whose mailbox would that be? */
static void test_session__preauth(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1] hi", "E", NULL};

	(void)state;
	run(script);
	assert_int_equal(r.closed, 1);
	assert_int_equal(r.err.code, ERR_PROTOCOL);
	assert_non_null(strstr(r.err.hint, "tunnel"));
}

static void test_session__turned_away(void **state)
{
	static const char *const script[] = {
	    "S * BYE [UNAVAILABLE] too many connections", NULL};

	(void)state;
	run(script);
	assert_int_equal(r.closed, 1);
	assert_int_equal(r.err.scope, ERR_SCOPE_ACCOUNT);
	assert_true(r.err.busy);
}

static void test_session__no_imap(void **state)
{
	static const char *const script[] = {"S HTTP/1.1 400 what", "E", NULL};

	(void)state;
	run(script);
	assert_int_equal(r.closed, 1);
	assert_int_equal(r.err.code, ERR_PROTOCOL);
}

static void test_session__alerts_before_it_is_ready(void **state)
{
	static const char *const script[] = {
	    GREETING, LOGIN, "S * NO [ALERT] down at noon", IN, "E", NULL};

	(void)state;
	run(script);
	assert_int_equal(r.alerts, 1);
	assert_int_equal(r.ready, 1);
}

/* Not from within what it is called by. */
static void abort_it(void)
{
	struct err why;

	err_set(&why, ERR_PROTOCOL, ERR_SCOPE_FOLDER, "that is enough");
	session_abort(r.session, &why);
	assert_int_equal(r.closed, 0);
	assert_null(session_engine(r.session));
	assert_null(session_conn(r.session));
	session_flush(r.session);
	session_pause(r.session);
	session_resume(r.session);
}

static void test_session__aborted(void **state)
{
	static const char *const script[] = {GREETING, LOGIN, IN, "E", NULL};

	(void)state;
	r.once_ready = abort_it;
	run(script);
	assert_int_equal(r.closed, 1);
	assert_string_equal(r.err.text, "that is enough");
}

static void test_session__no_such_mechanism(void **state)
{
	static const char *const script[] = {GREETING, "E", NULL};
	static char scram[] = "scram-sha-256";
	static char *only[] = {scram, NULL};

	(void)state;
	r.account.auth = only;
	run(script);
	assert_int_equal(r.err.code, ERR_AUTH);
	assert_non_null(strstr(r.err.text, "cannot log in"));
}

/* A token may have expired: once its command is asked again. */
static void test_session__renews_a_token_once(void **state)
{
	static char command[] = "echo token", oauthbearer[] = "xoauth2";
	static char *only[] = {oauthbearer, NULL};
	static const char *const script[] = {
	    "S * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] hi",
	    "C AUTHENTICATE XOAUTH2 "
	    "dXNlcj1qb2UBYXV0aD1CZWFyZXIgdG9rZW4BAQ==",
	    "S %t NO [AUTHENTICATIONFAILED] expired", "E", NULL};

	(void)state;
	r.account.password = NULL;
	r.account.token_command = command;
	r.account.auth = only;
	/* The second connection finds nobody: the peer serves one. */
	r.account.timeout_ms = 300;
	run(script);
	assert_int_equal(r.ready, 0);
	assert_int_equal(r.closed, 1);
}

static void test_session__no_credential(void **state)
{
	static char file[] = "/nonexistent/file";

	(void)state;
	r.account.password = NULL;
	r.account.password_file = file;
	r.account.port = 1;
	r.session = session_new(r.base, &r.account, &handler, NULL);
	(void)event_base_dispatch(r.base);
	assert_int_equal(r.closed, 1);
	assert_non_null(strstr(r.err.text, file));
}

static void test_session__no_such_ca_file(void **state)
{
	static char file[] = "/nonexistent/ca.pem";

	(void)state;
	r.account.tls = CONFIG_TLS_IMPLICIT;
	r.account.tls_ca_file = file;
	r.account.port = 1;
	r.session = session_new(r.base, &r.account, &handler, NULL);
	(void)event_base_dispatch(r.base);
	assert_int_equal(r.closed, 1);
	assert_int_equal(r.err.code, ERR_CONFIG);
}

#define session_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    session_test(test_session__logs_in),
	    session_test(test_session__sets_up),
	    session_test(test_session__refused),
	    session_test(test_session__preauth),
	    session_test(test_session__turned_away),
	    session_test(test_session__no_imap),
	    session_test(test_session__alerts_before_it_is_ready),
	    session_test(test_session__aborted),
	    session_test(test_session__no_such_mechanism),
	    session_test(test_session__renews_a_token_once),
	    session_test(test_session__no_credential),
	    session_test(test_session__no_such_ca_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
