/* SPDX-License-Identifier: MIT */
/* Messages that are appended through a connection: the engine asks for more as
 * it is sent, and never holds much. */
#include "tests/lib/net/session.h"

#include <imap4/submit.h>

#define SIZE   3000000
#define WINDOW (2 * IMAP4_APPEND_CHUNK)

struct upload {
	bool later; /* give it from outside of the handler */
	imap4_id id;
	size_t given, most; /* bytes; waiting in the engine */
	unsigned asked;
};

static void submit(struct client *cl)
{
	const struct imap4_append a = {
	    .size = sizeof(a), .mailbox = {"box", 3}, .length = SIZE};
	struct upload *u = cl->arg;

	u->given = 0;
	assert_int_equal(
	    imap4_engine_append(imap4_conn_engine(cl->conn), &a, &u->id), 0);
}

static void give(struct client *cl)
{
	struct upload *u = cl->arg;
	struct imap4_engine *e = imap4_conn_engine(cl->conn);
	char chunk[20000];
	const void *out;

	size_t left = SIZE - u->given;
	size_t n = left < sizeof(chunk) ? left : sizeof(chunk);
	for (size_t i = 0; i < n; i++)
		chunk[i] = peer_letter(u->given + i);
	assert_int_equal(imap4_engine_append_data(e, u->id, chunk, n), 0);
	u->given += n;
	n = imap4_engine_write(e, &out);
	u->most = n > u->most ? n : u->most;
}

static void give_later(evutil_socket_t fd, short what, void *arg)
{
	struct client *cl = arg;

	(void)fd;
	(void)what;
	give(cl);
	imap4_conn_flush(cl->conn);
}

static void on_event(struct client *cl, const struct imap4_event *ev)
{
	struct upload *u = cl->arg;
	const struct timeval now = {.tv_usec = 0};

	if (ev->type != IMAP4_EV_APPEND_DATA)
		return;
	u->asked++;
	assert_int_equal(ev->id, u->id);
	assert_int_equal(ev->body.size, SIZE - u->given);
	if (!u->later)
		give(cl);
	else
		assert_int_equal(event_base_once(cl->base, -1, EV_TIMEOUT,
						 give_later, cl, &now),
				 0);
}

static const char *const unasked[] = {
    "S * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi",
    "C APPEND box {3000000+}",
    "L 3000000",
    "C",
    "S %t OK [APPENDUID 1 2] done",
    NULL,
};
static const char *const unasked_tls[] = {
    "T",
    "S * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi",
    "C APPEND box {3000000+}",
    "L 3000000",
    "C",
    "S %t OK",
    NULL,
};
static const char *const asked[] = {
    "S * PREAUTH [CAPABILITY IMAP4rev1] hi",
    "C APPEND box {3000000}",
    "S + go",
    "L 3000000",
    "C",
    "S %t OK",
    NULL,
};

static void test_pump__upload_arrives_as_it_is(void **state)
{
	static const struct {
		const char *const *script;
		enum imap4_security security;
		bool later;
	} table[] = {
	    {unasked, IMAP4_SECURITY_NONE, false},
	    {unasked, IMAP4_SECURITY_NONE, true},
	    {unasked_tls, IMAP4_SECURITY_TLS, false},
	    {unasked_tls, IMAP4_SECURITY_TLS, true},
	    {asked, IMAP4_SECURITY_NONE, false},
	    {asked, IMAP4_SECURITY_NONE, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct upload u = {.later = table[i].later};
		struct client cl = {
		    .on_ready = submit, .on_event = on_event, .arg = &u};
		struct peer peer;
		session_run(&cl, table[i].security, table[i].script, &peer);
		assert_string_equal(peer.failure, "");
		assert_string_equal(cl.events, "greeting ready OK");
		assert_int_equal(peer.blanks, 0);
		assert_int_equal(u.given, SIZE);
		assert_true(u.asked >= SIZE / 20000);
		assert_true(u.most <= WINDOW);
	}
}

static void again_when_refused(struct client *cl, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_DONE && ev->status == IMAP4_STATUS_NO)
		submit(cl);
	on_event(cl, ev);
}

/* The server reads what was announced, and then takes the next command. */
static void test_pump__upload_refused_on_its_way(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi",
	    "C APPEND box {3000000+}",
	    "S %t NO full",
	    "L 3000000",
	    "C",
	    "C APPEND box {3000000+}",
	    "L 3000000",
	    "C",
	    "S %t OK",
	    NULL,
	};
	struct upload u = {.later = false};
	struct client cl = {
	    .on_ready = submit, .on_event = again_when_refused, .arg = &u};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_string_equal(peer.failure, "");
	assert_string_equal(cl.events, "greeting ready NO OK");
	assert_int_equal(u.given, SIZE);
	assert_true(peer.blanks <= SIZE);
	assert_true(u.most <= WINDOW);
}

static void test_pump__upload_cut_in_the_middle(void **state)
{
	static const char *const script[] = {
	    "S * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi",
	    "C APPEND box {3000000+}", "L 1000000", "X", NULL};
	struct upload u = {.later = false};
	struct client cl = {
	    .on_ready = submit, .on_event = on_event, .arg = &u};
	struct peer peer;

	(void)state;
	session_run(&cl, IMAP4_SECURITY_NONE, script, &peer);
	assert_string_equal(peer.failure, "");
	assert_string_equal(cl.events, "greeting ready LOST");
	/* The reset is told once: to a write, or to a read. */
	assert_true(cl.result == IMAP4_ENET || cl.result == IMAP4_ECLOSED);
	assert_true(u.given >= 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pump__upload_arrives_as_it_is),
	    cmocka_unit_test(test_pump__upload_refused_on_its_way),
	    cmocka_unit_test(test_pump__upload_cut_in_the_middle),
	};

	return cmocka_run_group_tests(tests, session_set_up, session_tear_down);
}
