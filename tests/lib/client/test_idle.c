/* SPDX-License-Identifier: MIT */
/* IDLE where the server does not behave as the real ones do. */
#include "tests/lib/client/scripted.h"

#include <signal.h>
#include <sys/time.h>

static void test_idle__hands_out_what_comes(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C NOOP",
	    "R * 1 EXISTS\r\n%t OK done\r\n",
	    "C IDLE",
	    "R * 2 EXISTS\r\n+ idling\r\n* OK Still here\r\n"
	    "* 1 FETCH (FLAGS ())\r\n",
	    "C DONE",
	    "R * 3 EXISTS\r\n%t OK done\r\n",
	    "C NOOP",
	    "S %t OK done",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_noop(c));
	expect_ok(c, imap4_client_idle(c, 0));
	/* What came before is not news. */
	assert_int_equal(imap4_client_idle_next(c, -1), 1);
	expect_item(c, 0, "EXISTS", "2", NULL);
	assert_int_equal(imap4_client_idle_next(c, -1), 1);
	expect_item(c, 0, "OK", "Still here", NULL);
	expect_error(c, imap4_client_noop(c), IMAP4_ESTATE, "not while idling");
	expect_error(c, imap4_client_select(c, NULL, false), IMAP4_ESTATE,
		     "not while idling");
	expect_error(c, imap4_client_idle(c, 0), IMAP4_ESTATE,
		     "not while idling");
	expect_error(c, imap4_client_logout(c), IMAP4_ESTATE,
		     "not while idling");
	expect_ok(c, imap4_client_idle_done(c));
	/* What was not fetched is not lost. */
	expect_ok(c, imap4_client_response(c, "FETCH"));
	expect_item(c, 0, "FETCH", "1 (FLAGS ())", NULL);
	expect_ok(c, imap4_client_response(c, "EXISTS"));
	assert_int_equal(imap4_client_data(c)->n, 2);
	expect_error(c, imap4_client_idle_next(c, -1), IMAP4_ESTATE,
		     "not idling");
	expect_error(c, imap4_client_idle_burst(c, 1), IMAP4_ESTATE,
		     "not idling");
	expect_error(c, imap4_client_idle_done(c), IMAP4_ESTATE, "not idling");
	expect_ok(c, imap4_client_noop(c));
	scripted_close(c, &peer);
}

static void test_idle__refused(void **state)
{
	static const char *const script[] = {
	    GREETING, "C IDLE", "S %t BAD what?", "C NOOP", "S %t OK done",
	    "E",      NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_error(c, imap4_client_idle(c, 0), IMAP4_EBAD, "IDLE: BAD what?");
	expect_error(c, imap4_client_idle_next(c, -1), IMAP4_ESTATE,
		     "not idling");
	expect_ok(c, imap4_client_noop(c));
	scripted_close(c, &peer);
}

static void test_idle__goes_on_where_the_server_ends_it(void **state)
{
	static const char *const script[] = {
	    GREETING,     "C IDLE",
	    "S + idling", "S %t OK time",
	    "C IDLE",     "R + again\r\n* 7 EXISTS\r\n",
	    "C DONE",     "S %t OK done",
	    "E",          NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_idle(c, 0));
	assert_int_equal(imap4_client_idle_next(c, -1), 1);
	expect_item(c, 0, "EXISTS", "7", NULL);
	expect_ok(c, imap4_client_idle_done(c));
	scripted_close(c, &peer);
}

static void test_idle__ends_where_the_server_is_gone(void **state)
{
	static const char *const bye[] = {
	    GREETING, "C IDLE", "R + idling\r\n* 7 EXISTS\r\n* BYE time\r\n",
	    NULL};
	static const char *const no[] = {
	    GREETING, "C IDLE", "S + idling", "S %t NO that was it", "E", NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, bye);

	(void)state;
	expect_ok(c, imap4_client_idle(c, 0));
	assert_int_equal(imap4_client_idle_next(c, -1), 1);
	assert_int_equal(imap4_client_idle_next(c, -1), 1);
	expect_item(c, 0, "BYE", "time", NULL);
	expect_error(c, imap4_client_idle_next(c, -1), IMAP4_ECLOSED,
		     "the server closed the connection: time");
	assert_int_equal(imap4_client_idle_done(c), IMAP4_ECLOSED);
	scripted_close(c, &peer);

	c = scripted_open(&peer, bye);
	expect_ok(c, imap4_client_idle(c, 0));
	while (imap4_client_state(c) != IMAP4_STATE_LOGOUT)
		assert_int_equal(imap4_client_idle_next(c, -1), 1);
	assert_int_equal(imap4_client_idle_done(c), IMAP4_ECLOSED);
	scripted_close(c, &peer);

	c = scripted_open(&peer, no);
	expect_ok(c, imap4_client_idle(c, 0));
	expect_error(c, imap4_client_idle_next(c, -1), IMAP4_ENO,
		     "IDLE: NO that was it");
	scripted_close(c, &peer);
}

static void test_idle__collects_bursts(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C IDLE",
	    "R + idling\r\n* 1 EXISTS\r\n* 1 RECENT\r\n",
	    "C DONE",
	    "S %t OK done",
	    "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_idle(c, 1));
	assert_int_equal(imap4_client_idle_burst(c, 20), 2);
	expect_item(c, 0, "EXISTS", "1", NULL);
	expect_item(c, 1, "RECENT", "1", NULL);
	assert_int_equal(imap4_client_idle_burst(c, 20), 0);
	assert_int_equal(imap4_client_data(c)->n, 0);
	assert_int_equal(imap4_client_idle_next(c, -1), 0);
	expect_ok(c, imap4_client_idle_done(c));
	scripted_close(c, &peer);
}

/* A program that waits for other things too: only what is there. */
static void test_idle__looks_without_waiting(void **state)
{
	static const char *const script[] = {
	    GREETING, "C IDLE",       "R + idling\r\n* 7 EXISTS\r\n",
	    "C DONE", "S %t OK done", "E",
	    NULL};
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	assert_true(imap4_client_fd(c) >= 0);
	expect_ok(c, imap4_client_idle(c, 0));
	struct pollfd pfd = {.fd = imap4_client_fd(c), .events = POLLIN};
	int rc;
	/* It came with the answer, or comes now. */
	while ((rc = imap4_client_idle_next(c, 0)) == 0)
		assert_int_equal(poll(&pfd, 1, PEER_PATIENCE_MS), 1);
	assert_int_equal(rc, 1);
	expect_item(c, 0, "EXISTS", "7", NULL);
	assert_int_equal(imap4_client_idle_next(c, 0), 0);
	assert_int_equal(imap4_client_idle_next(c, 20), 0);
	expect_ok(c, imap4_client_idle_done(c));
	scripted_close(c, &peer);
}

static void *wake(void *arg)
{
	imap4_client_wake(arg);
	return NULL;
}

static struct imap4_client *waiting;

static void on_alarm(int number)
{
	(void)number;
	imap4_client_wake(waiting);
}

/* Before it waits, from a thread, and from a signal handler. */
static void test_idle__can_be_woken(void **state)
{
	static const char *const script[] = {
	    GREETING,       "C IDLE", "S + idling", "C DONE",
	    "S %t OK done", "E",      NULL};
	const struct itimerval soon = {.it_value = {.tv_usec = 20000}};
	pthread_t thread;
	struct peer peer;
	struct imap4_client *c = scripted_open(&peer, script);

	(void)state;
	expect_ok(c, imap4_client_idle(c, 0));
	imap4_client_wake(c);
	imap4_client_wake(c);
	assert_int_equal(imap4_client_idle_next(c, -1), 0);
	/* Twice is once. */
	assert_int_equal(imap4_client_idle_next(c, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, wake, c), 0);
	assert_int_equal(imap4_client_idle_burst(c, 10), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	waiting = c;
	(void)signal(SIGALRM, on_alarm);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(imap4_client_idle_next(c, -1), 0);
	(void)signal(SIGALRM, SIG_DFL);
	imap4_client_wake(NULL);
	expect_ok(c, imap4_client_idle_done(c));
	scripted_close(c, &peer);
}

/* Not sooner than a delayed acknowledgement takes. */
static void test_idle__is_renewed_as_often_as_told(void **state)
{
	static const char *const script[] = {GREETING,
					     "C IDLE",
					     "S + idling",
					     "C DONE",
					     "S %t OK done",
					     "C IDLE",
					     "R + idling\r\n* 7 EXISTS\r\n",
					     "C DONE",
					     "S %t OK done",
					     "E",
					     NULL};
	struct imap4_client_opts o = {.idle_renew_ms = 200};
	struct peer peer;
	struct imap4_client *c = scripted_open_with(&peer, script, &o);

	(void)state;
	expect_ok(c, imap4_client_idle(c, 0));
	assert_int_equal(imap4_client_idle_next(c, -1), 1);
	expect_item(c, 0, "EXISTS", "7", NULL);
	expect_ok(c, imap4_client_idle_done(c));
	scripted_close(c, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_idle__hands_out_what_comes),
	    cmocka_unit_test(test_idle__refused),
	    cmocka_unit_test(test_idle__goes_on_where_the_server_ends_it),
	    cmocka_unit_test(test_idle__ends_where_the_server_is_gone),
	    cmocka_unit_test(test_idle__collects_bursts),
	    cmocka_unit_test(test_idle__looks_without_waiting),
	    cmocka_unit_test(test_idle__can_be_woken),
	    cmocka_unit_test(test_idle__is_renewed_as_often_as_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
