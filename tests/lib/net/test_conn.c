/* SPDX-License-Identifier: MIT */
/* A connection against a scripted server: pauses, silence, cuts, tunnels, and
 * free at any moment. */
#include "tests/lib/net/session.h"

#include <imap4/submit.h>

#define BODY_BYTES "1000000"
#define BODY_SIZE  1000000

static void test_conn__cannot_reach(void **state)
{
	struct client cl = {0};
	char want[64];
	struct imap4_conn_opts o = {.size = sizeof(o),
				    .host = "127.0.0.1",
				    .security = IMAP4_SECURITY_NONE,
				    .timeout_ms = 500};

	(void)state;
	(void)close(peer_listen(&o.port));
	client_open(&cl, &o);
	client_run(&cl);
	(void)snprintf(want, sizeof(want), "127.0.0.1:%u: connection refused",
		       (unsigned)o.port);
	assert_string_equal(cl.text, want);
	assert_int_equal(cl.result, IMAP4_EREFUSED);
	assert_int_equal(imap4_conn_fd(cl.conn), -1);
	client_close(&cl);

	cl = (struct client){0};
	o.host = "no-such-host.invalid";
	client_open(&cl, &o);
	client_run(&cl);
	assert_memory_equal(cl.text,
			    "cannot resolve no-such-host.invalid: ", 37);
	assert_int_equal(cl.result, IMAP4_ERESOLVE);
	client_close(&cl);
}

static void test_conn__refuses_senseless_options(void **state)
{
	static const struct imap4_conn_handler handler = {0};
	struct event_base *base = event_base_new();
	const struct imap4_conn_opts good = {.size = sizeof(good),
					     .host = "localhost",
					     .port = 1,
					     .security = IMAP4_SECURITY_NONE};
	struct imap4_conn_opts o;

	(void)state;
	o = good;
	o.host = NULL;
	assert_null(imap4_conn_new(base, &o, &handler, NULL));
	o = good;
	o.host = "";
	assert_null(imap4_conn_new(base, &o, &handler, NULL));
	o = good;
	o.port = 0;
	assert_null(imap4_conn_new(base, &o, &handler, NULL));
	o = good;
	o.security = IMAP4_SECURITY_STARTTLS; /* and no tls */
	assert_null(imap4_conn_new(base, &o, &handler, NULL));
	o = good;
	o.timeout_ms = -1;
	assert_null(imap4_conn_new(base, &o, &handler, NULL));
	event_base_free(base);
}

static void ask_noop(struct client *cl)
{
	assert_int_equal(imap4_engine_noop(imap4_conn_engine(cl->conn), NULL),
			 0);
}

/* The server stops talking in each of these, and the client must notice. */
static void test_conn__notices_silence(void **state)
{
	static const char *const greeting[] = {"E", NULL};
	static const char *const command[] = {
	    "S * OK [CAPABILITY IMAP4rev1] hi", "C NOOP", "E", NULL};
	static const struct {
		enum imap4_security security;
		const char *const *script;
		const char *text, *events;
	} table[] = {
	    {IMAP4_SECURITY_NONE, greeting,
	     "no answer for 200 ms (no greeting)", ""},
	    {IMAP4_SECURITY_TLS, greeting,
	     "no answer for 200 ms to the TLS handshake", ""},
	    {IMAP4_SECURITY_NONE, command, "no answer for 200 ms",
	     "greeting ready LOST"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct client cl = {.on_ready = ask_noop};
		struct peer peer;
		peer_start(&peer, table[i].script, server_ctx);
		struct imap4_conn_opts o = {.size = sizeof(o),
					    .host = "127.0.0.1",
					    .port = peer.port,
					    .security = table[i].security,
					    .tls = tls,
					    .timeout_ms = 200};
		client_open(&cl, &o);
		client_run(&cl);
		client_close(&cl);
		peer_join(&peer);
		assert_string_equal(cl.text, table[i].text);
		assert_int_equal(cl.result, IMAP4_ETIMEDOUT);
		assert_string_equal(cl.events, table[i].events);
	}
}

static void stop_loop(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = arg;

	(void)fd;
	(void)what;
	(void)event_base_loopbreak(cl->base);
}

/* Whatever happens, nothing may happen for a while. */
static void bears_silence(const char *const *script,
			  void (*on_ready)(struct client *cl),
			  const char *events)
{
	const struct timeval later = {.tv_usec = 250000};
	struct client cl = {.on_ready = on_ready};
	struct peer peer;

	peer_start(&peer, script, NULL);
	struct imap4_conn_opts o = {.size = sizeof(o),
				    .host = "127.0.0.1",
				    .port = peer.port,
				    .security = IMAP4_SECURITY_NONE,
				    .timeout_ms = 60};
	client_open(&cl, &o);
	struct event *timer = evtimer_new(cl.base, stop_loop, &cl);
	assert_int_equal(evtimer_add(timer, &later), 0);
	client_run(&cl);
	assert_false(cl.closed);
	assert_string_equal(cl.events, events);
	event_free(timer);
	client_close(&cl);
	peer_join(&peer);
}

/* Nothing is pending: silence is what one expects then. */
static void test_conn__bears_silence_while_idle(void **state)
{
	static const char *const script[] = {"S * OK [CAPABILITY IMAP4rev1] hi",
					     "C NOOP", "S %t OK", "E", NULL};

	(void)state;
	bears_silence(script, ask_noop, "greeting ready OK");
}

static void ask_idle(struct client *cl)
{
	assert_int_equal(imap4_engine_idle(imap4_conn_engine(cl->conn), NULL),
			 0);
}

static void test_conn__bears_silence_during_idle(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 IDLE] hi", "C IDLE",
	    "S + idling", "E", NULL};

	(void)state;
	bears_silence(script, ask_idle, "greeting ready other");
}

/* A server that does not even take it up is gone. */
static void test_conn__notices_silence_before_idle(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 IDLE] hi", "C IDLE", "E", NULL};
	struct client cl = {.on_ready = ask_idle};
	struct peer peer;

	(void)state;
	peer_start(&peer, script, NULL);
	struct imap4_conn_opts o = {.size = sizeof(o),
				    .host = "127.0.0.1",
				    .port = peer.port,
				    .security = IMAP4_SECURITY_NONE,
				    .timeout_ms = 60};
	client_open(&cl, &o);
	client_run(&cl);
	assert_int_equal(cl.result, IMAP4_ETIMEDOUT);
	client_close(&cl);
	peer_join(&peer);
}

static void fetch(struct client *cl)
{
	const struct imap4_str inbox = {"INBOX", 5};

	assert_int_equal(
	    imap4_engine_select(imap4_conn_engine(cl->conn), inbox, NULL, NULL),
	    0);
	assert_int_equal(imap4_engine_uid_fetch(imap4_conn_engine(cl->conn),
						"1", "UID BODY.PEEK[]", 0,
						false, NULL),
			 0);
}

#define FETCH_BODY                                                            \
	"S * PREAUTH [CAPABILITY IMAP4rev1] hi", "C SELECT INBOX", "S %t OK", \
	    "C UID FETCH 1 (UID BODY.PEEK[])",                                \
	    "R * 1 FETCH (UID 1 BODY[] {" BODY_BYTES "}\r\n"

static void test_conn__cut_in_the_middle_of_a_body(void **state)
{
	static const char *const closed[] = {FETCH_BODY, "B 300000", NULL};
	static const char *const cut[] = {"T", FETCH_BODY, "B 300000", "Q",
					  NULL};
	struct client cl = {.on_ready = fetch};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, closed, &peer);
	assert_string_equal(cl.text, "the server closed the connection");
	assert_int_equal(cl.result, IMAP4_ECLOSED);
	assert_string_equal(cl.events, "greeting ready OK begin LOST");
	assert_int_equal(cl.body_bytes, 300000);

	/* TLS without close_notify is no end. */
	cl = (struct client){.on_ready = fetch};
	session_run(&cl, IMAP4_SECURITY_TLS, cut, &peer);
	assert_string_equal(cl.text,
			    "connection cut (TLS ended without notice)");
	assert_int_equal(cl.result, IMAP4_ENET);
	assert_string_equal(cl.events, "greeting ready OK begin LOST");
}

static void test_conn__closes_after_bye(void **state)
{
	static const char *const script[] = {"S * OK [CAPABILITY IMAP4rev1] hi",
					     "C NOOP",
					     "S * BYE shutting\x1b down", NULL};
	static const char *const cut[] = {
	    "T",      "S * OK [CAPABILITY IMAP4rev1] hi",
	    "C NOOP", "S * BYE shutting down",
	    "Q",      NULL};
	struct client cl = {.on_ready = ask_noop};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_string_equal(cl.text,
			    "the server closed the connection: shutting? down");
	assert_int_equal(cl.result, IMAP4_ECLOSED);
	assert_string_equal(cl.events, "greeting ready status LOST");

	cl = (struct client){.on_ready = ask_noop};
	session_run(&cl, IMAP4_SECURITY_TLS, cut, &peer);
	assert_string_equal(cl.text,
			    "the server closed the connection: shutting down");
	assert_int_equal(cl.result, IMAP4_ECLOSED);
}

/* Pausing at every piece of a body. */
struct pausing {
	struct event *resume;
	unsigned pauses;
	bool paused;
};

static void resume(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = arg;
	struct pausing *p = cl->arg;

	(void)fd;
	(void)what;
	p->paused = false;
	imap4_conn_resume(cl->conn);
	/* Callbacks come from the loop, not from in there. */
	assert_int_equal(p->paused, false);
}

static void pause_at_data(struct client *cl, const struct imap4_event *ev)
{
	const struct timeval soon = {.tv_usec = 1000};
	struct pausing *p = cl->arg;

	/* No event while paused. */
	assert_false(p->paused);
	if (ev->type == IMAP4_EV_DONE && cl->body_bytes > 0)
		leave(cl);
	if (ev->type != IMAP4_EV_BODY_DATA)
		return;
	for (size_t i = 0; i < ev->body.data.len; i++)
		assert_int_equal(ev->body.data.p[i], 'x');
	p->pauses++;
	p->paused = true;
	imap4_conn_pause(cl->conn);
	assert_int_equal(evtimer_add(p->resume, &soon), 0);
}

static void test_conn__pauses_in_the_middle_of_a_body(void **state)
{
	static const char *const clear[] = {FETCH_BODY, "B " BODY_BYTES,
					    "R )\r\n%t OK done\r\n", "E", NULL};
	static const char *const secure[] = {
	    "T", FETCH_BODY, "B " BODY_BYTES, "R )\r\n%t OK done\r\n",
	    "E", NULL};
	const char *const *const scripts[] = {clear, secure};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct pausing p = {0};
		struct client cl = {
		    .on_ready = fetch, .on_event = pause_at_data, .arg = &p};
		struct peer peer;
		peer_start(&peer, scripts[i], server_ctx);
		struct imap4_conn_opts o = {.size = sizeof(o),
					    .host = "127.0.0.1",
					    .port = peer.port,
					    .security =
						i == 0 ? IMAP4_SECURITY_NONE
						       : IMAP4_SECURITY_TLS,
					    .tls = tls,
					    .timeout_ms = 3000};
		client_open(&cl, &o);
		p.resume = evtimer_new(cl.base, resume, &cl);
		client_run(&cl);
		assert_string_equal(cl.events,
				    "greeting ready OK begin end fetch OK");
		assert_int_equal(cl.body_bytes, BODY_SIZE);
		assert_true(p.pauses > 3);
		assert_true(imap4_conn_bytes_in(cl.conn) > BODY_SIZE);
		event_free(p.resume);
		client_close(&cl);
		peer_join(&peer);
		assert_string_equal(peer.failure, "");
	}
}

static void free_now(struct client *cl)
{
	imap4_conn_free(cl->conn);
	cl->conn = NULL;
	leave(cl);
}

static void free_at_ready(struct client *cl)
{
	ask_noop(cl);
	free_now(cl);
}

static void free_at_event(struct client *cl, const struct imap4_event *ev)
{
	int *left = cl->arg;

	(void)ev;
	/* The event must live on to the end of this callback. */
	if (--*left == 0)
		free_now(cl);
}

/* At the n-th event, for every n of the session, LOST included. */
static void test_conn__can_be_freed_in_any_event(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH hi",
	    "C CAPABILITY",
	    "S * CAPABILITY IMAP4rev1",
	    "S %t OK done",
	    "C SELECT INBOX",
	    "S %t OK done",
	    "C UID FETCH 1 (UID BODY.PEEK[])",
	    "R * 1 FETCH (UID 1 BODY[] {5}\r\n12345)\r\n",
	    "R * BYE\r\n",
	    NULL};
	bool last = false;

	(void)state;
	for (int n = 1; !last; n++) {
		int left = n;
		struct client cl = {
		    .on_ready = fetch, .on_event = free_at_event, .arg = &left};
		struct peer peer;
		session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
		last = left > 0;
		assert_int_equal(cl.closed, last);
		if (last)
			assert_int_equal(n, 11);
	}
}

static void test_conn__can_be_freed_in_ready_and_closed(void **state)
{
	static const char *const script[] = {"S * OK [CAPABILITY IMAP4rev1] hi",
					     NULL};
	struct client cl = {.on_ready = free_at_ready};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_true(cl.ready);
	assert_false(cl.closed);

	cl = (struct client){.on_closed = free_now};
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_true(cl.closed);
}

static void test_conn__can_be_freed_before_anything(void **state)
{
	struct client cl = {0};
	const struct imap4_conn_opts o = {.size = sizeof(o),
					  .host = "localhost",
					  .port = 1,
					  .security = IMAP4_SECURITY_NONE};

	(void)state;
	client_open(&cl, &o);
	client_close(&cl);
	imap4_conn_free(NULL);
}

/* Many commands leave in one segment; flush works from outside. */
static void flush_later(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = arg;

	(void)fd;
	(void)what;
	ask_noop(cl);
	ask_noop(cl);
	imap4_conn_flush(cl->conn);
}

static void schedule_flush(struct client *cl)
{
	const struct timeval soon = {.tv_usec = 1000};

	assert_int_equal(
	    event_base_once(cl->base, -1, EV_TIMEOUT, flush_later, cl, &soon),
	    0);
}

static void leave_at_second(struct client *cl, const struct imap4_event *ev)
{
	int *done = cl->arg;

	if (ev->type == IMAP4_EV_DONE && ++*done == 2)
		leave(cl);
}

static void test_conn__flushes_from_outside(void **state)
{
	static const char *const script[] = {"S * OK [CAPABILITY IMAP4rev1] hi",
					     "C NOOP",
					     "S %t OK",
					     "C NOOP",
					     "S %t OK",
					     "E",
					     NULL};
	int done = 0;
	struct client cl = {.on_ready = schedule_flush,
			    .on_event = leave_at_second,
			    .arg = &done};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_string_equal(cl.events, "greeting ready OK OK");
	assert_string_equal(peer.failure, "");
}

static void log_out(struct client *cl)
{
	assert_int_equal(imap4_engine_logout(imap4_conn_engine(cl->conn), NULL),
			 0);
}

/* A server that says good-bye and keeps the connection open. */
static void test_conn__does_not_wait_behind_the_logout(void **state)
{
	static const char *const script[] = {"S * OK [CAPABILITY IMAP4rev1] hi",
					     "C LOGOUT",
					     "S * BYE bye",
					     "S %t OK done",
					     "E",
					     NULL};
	struct client cl = {.on_ready = log_out};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_string_equal(cl.events, "greeting ready status OK");
	assert_string_equal(cl.text, "the server closed the connection: bye");
	assert_int_equal(cl.result, IMAP4_ECLOSED);
	assert_string_equal(peer.failure, "");
}

static void check_tunnel(struct client *cl)
{
	assert_true(imap4_conn_protected(cl->conn));
	assert_string_equal(imap4_conn_tls_version(cl->conn), "");
	assert_true(imap4_conn_fd(cl->conn) >= 0);
	ask_noop(cl);
}

static void test_conn__talks_through_a_tunnel(void **state)
{
	struct client cl = {.on_ready = check_tunnel};
	const struct imap4_conn_opts o = {
	    .size = sizeof(o),
	    .tunnel = "printf '* PREAUTH [CAPABILITY IMAP4rev1] hi\\r\\n'; "
		      "read tag rest; printf '%s OK\\r\\n' $tag",
	    .security = IMAP4_SECURITY_NONE,
	    .timeout_ms = 3000};

	(void)state;
	client_open(&cl, &o);
	client_run(&cl);
	client_close(&cl);
	assert_string_equal(cl.events, "greeting ready OK");
	assert_int_equal(cl.result, IMAP4_ECLOSED);
	assert_string_equal(cl.text, "the tunnel command ended");
}

static void test_conn__tells_that_a_tunnel_failed(void **state)
{
	struct client cl = {0};
	const struct imap4_conn_opts o = {.size = sizeof(o),
					  .tunnel = "exit 3",
					  .security = IMAP4_SECURITY_NONE,
					  .timeout_ms = 3000};

	(void)state;
	client_open(&cl, &o);
	client_run(&cl);
	client_close(&cl);
	assert_int_equal(cl.result, IMAP4_ECLOSED);
	assert_string_equal(cl.text,
			    "the tunnel command ended without a greeting");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conn__cannot_reach),
	    cmocka_unit_test(test_conn__refuses_senseless_options),
	    cmocka_unit_test(test_conn__notices_silence),
	    cmocka_unit_test(test_conn__bears_silence_while_idle),
	    cmocka_unit_test(test_conn__bears_silence_during_idle),
	    cmocka_unit_test(test_conn__notices_silence_before_idle),
	    cmocka_unit_test(test_conn__cut_in_the_middle_of_a_body),
	    cmocka_unit_test(test_conn__closes_after_bye),
	    cmocka_unit_test(test_conn__does_not_wait_behind_the_logout),
	    cmocka_unit_test(test_conn__pauses_in_the_middle_of_a_body),
	    cmocka_unit_test(test_conn__can_be_freed_in_any_event),
	    cmocka_unit_test(test_conn__can_be_freed_in_ready_and_closed),
	    cmocka_unit_test(test_conn__can_be_freed_before_anything),
	    cmocka_unit_test(test_conn__flushes_from_outside),
	    cmocka_unit_test(test_conn__talks_through_a_tunnel),
	    cmocka_unit_test(test_conn__tells_that_a_tunnel_failed),
	};

	return cmocka_run_group_tests(tests, session_set_up, session_tear_down);
}
