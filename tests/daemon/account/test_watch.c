/* SPDX-License-Identifier: MIT */
/* How a service hears of changes on its server, and what it makes of one that
 * does not tell. */
#include "tests/daemon/account/bed.h"

/* What the server says by itself. */
static void tell_exists(const char *name)
{
	server_say(server_line, "* %zu EXISTS\r\n", server_box(name)->n);
}

static void tell_status(const char *name)
{
	server_status(server_line, server_box(name));
}

static struct account *begin(struct bed *b, const char *capabilities)
{
	server.more = capabilities;
	add("INBOX", 1);
	add("INBOX", 2);
	add("Other", 1);
	struct account *a = start(b);
	settle(b);
	server.log[0] = '\0';
	return a;
}

static void test_watch__hears_of_all_by_notify(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b, " NOTIFY IDLE");

	assert_string_equal(account_mode(a), "notify");
	assert_true(account_watches(a, "INBOX"));
	assert_true(account_watches(a, "Other"));
	add("Other", 2);
	tell_status("Other");
	settle(b);
	assert_int_equal(files(b, "Other"), 2);
	assert_null(strstr(server.log, "LIST"));
	assert_null(strstr(server.log, "INBOX"));
	stop(b);
}

/* What a sync did itself is told, too: it costs no further command. */
static void test_watch__is_not_woken_by_what_it_knows(void **state)
{
	struct bed *b = *state;

	(void)begin(b, " NOTIFY");
	tell_status("INBOX");
	tell_status("Other");
	settle(b);
	assert_string_equal(server.log, "");
	stop(b);
}

/* It comes while INBOX is selected and after it was listed. */
static void test_watch__asks_for_what_came_during_a_sync(void **state)
{
	struct bed *b = *state;

	(void)begin(b, " NOTIFY");
	add("INBOX", 3);
	tell_status("INBOX");
	while (!strstr(server.log, "BODY.PEEK"))
		assert_true(step(b, false));
	add("INBOX", 4);
	settle(b);
	assert_int_equal(files(b, "INBOX"), 4);
	assert_non_null(strstr(server.log, "STATUS INBOX"));
	stop(b);
}

static void test_watch__hears_of_a_new_mailbox(void **state)
{
	struct bed *b = *state;

	(void)begin(b, " NOTIFY");
	add("Fresh", 1);
	server_say(server_line, "* LIST () \"/\" Fresh\r\n");
	settle(b);
	assert_int_equal(files(b, "Fresh"), 1);
	/* And of what happens in it. */
	add("Fresh", 2);
	tell_status("Fresh");
	settle(b);
	assert_int_equal(files(b, "Fresh"), 2);
	stop(b);
}

static void test_watch__looks_where_notify_gave_up(void **state)
{
	struct bed *b = *state;

	(void)begin(b, " NOTIFY");
	add("Other", 2);
	server_say(server_line, "* OK [NOTIFICATIONOVERFLOW] too much\r\n");
	settle(b);
	assert_int_equal(files(b, "Other"), 2);
	assert_non_null(strstr(server.log, "NOTIFY SET"));
	stop(b);
}

static void test_watch__listens_to_inbox_by_idle(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b, " IDLE");

	assert_string_equal(account_mode(a), "idle");
	assert_true(account_watches(a, "INBOX"));
	assert_false(account_watches(a, "Other"));
	for (unsigned i = 3; i < 6; i++) {
		add("INBOX", i);
		tell_exists("INBOX");
		settle(b);
		assert_int_equal(files(b, "INBOX"), i);
	}
	assert_null(strstr(server.log, "LIST"));
	stop(b);
}

static void test_watch__selects_to_see_what_came_before_idle(void **state)
{
	struct bed *b = *state;

	(void)begin(b, " IDLE");
	add("INBOX", 3);
	tell_exists("INBOX");
	while (!strstr(server.log, "BODY.PEEK"))
		assert_true(step(b, false));
	add("INBOX", 4);
	settle(b);
	assert_int_equal(files(b, "INBOX"), 4);
	stop(b);
}

/* Named ones, and none. */
static void test_watch__watches_what_is_named(void **state)
{
	static char other[] = "Other";
	static char *named[] = {other, NULL}, *none[] = {NULL};
	struct bed *b = *state;

	b->account.watch = named;
	struct account *a = begin(b, " IDLE");
	assert_true(account_watches(a, "Other"));
	assert_false(account_watches(a, "INBOX"));
	add("Other", 2);
	tell_exists("Other");
	settle(b);
	assert_int_equal(files(b, "Other"), 2);
	stop(b);
	b->account.watch = none;
	a = start(b);
	settle(b);
	assert_string_equal(account_mode(a), "poll");
	stop(b);
}

/* Nobody is told of what comes: it is found by looking. */
static void mail_in_silence(struct bed *b, const char *name, unsigned number)
{
	unsigned before = files(b, name);

	add(name, number);
	while (files(b, name) == before)
		assert_true(step(b, false));
	/* It may be late. */
	for (unsigned i = 0; i < 30; i++) {
		struct timeval moment = {0, 10000};
		while (server_step() || disk_step(&b->disk))
			continue;
		(void)event_base_loopexit(b->base, &moment);
		(void)event_base_loop(b->base, 0);
	}
}

static void test_watch__leaves_a_rung_that_lies(void **state)
{
	struct bed *b = *state;

	struct account *a = begin(b, " NOTIFY IDLE");

	b->account.poll_interval_ms = 50;
	account_kick(a);
	mail_in_silence(b, "Other", 2);
	assert_string_equal(account_mode(a), "notify");
	mail_in_silence(b, "Other", 3);
	assert_string_equal(account_mode(a), "idle");
	mail_in_silence(b, "INBOX", 3);
	assert_string_equal(account_mode(a), "idle");
	mail_in_silence(b, "INBOX", 4);
	assert_string_equal(account_mode(a), "poll");
	mail_in_silence(b, "INBOX", 5);
	stop(b);
}

static void test_watch__leaves_a_rung_that_is_refused(void **state)
{
	struct bed *b = *state;

	add("INBOX", 1);
	server.more = " NOTIFY IDLE";
	server.odd_answer = "BAD what is that";
	server.odd_verb = " NOTIFY ";
	struct account *a = start(b);
	settle(b);
	assert_string_equal(account_mode(a), "idle");
	stop(b);
	server.odd_verb = " IDLE";
	server.more = " IDLE";
	a = start(b);
	settle(b);
	assert_string_equal(account_mode(a), "poll");
	stop(b);
}

static void test_watch__probes_a_line_that_may_be_dead(void **state)
{
	struct bed *b = *state;
	struct account *a = begin(b, " NOTIFY");
	struct imap4_conn *line = server_line;

	account_network_changed(a);
	settle(b);
	assert_string_equal(server.log + strcspn(server.log, " "), " NOOP\n");
	assert_ptr_equal(server_line, line);
	/* It is dead. */
	line->deaf = true;
	add("INBOX", 3);
	account_network_changed(a);
	while (files(b, "INBOX") < 3)
		assert_true(step(b, false));
	settle(b);
	stop(b);
}

/* A service is stopped, or its line cut, so many steps after something came.
 * false: it was at rest before that. */
static bool disturb(struct bed *b, const char *capabilities, bool stopped,
		    unsigned at)
{
	unsigned n = 0;
	bool reached = true;

	(void)begin(b, capabilities);
	add("INBOX", 3);
	tell_exists("INBOX");
	tell_status("INBOX");
	while (n < at && reached) {
		bool did = server_step() || disk_step(&b->disk) ||
			   event_base_loop(b->base, EVLOOP_NONBLOCK) == 0;
		reached = n < 3 || (did && files(b, "INBOX") < 3);
		n++;
	}
	if (stopped) {
		stop(b);
		return reached;
	}
	server_cut();
	settle(b);
	assert_int_equal(files(b, "INBOX"), 3);
	stop(b);
	return reached;
}

static void disturb_everywhere(const char *capabilities, bool stopped,
			       unsigned stride)
{
	bool reached = true;

	for (unsigned at = 0; reached && at < 200; at += stride) {
		void *state;
		(void)setup(&state);
		reached = disturb(state, capabilities, stopped, at);
		(void)teardown(&state);
	}
}

static void test_watch__stops_at_any_event(void **state)
{
	(void)state;
	disturb_everywhere(" NOTIFY IDLE", true, 1);
	disturb_everywhere(" IDLE", true, 1);
}

/* Each cut waits for another connection. */
static void test_watch__survives_a_cut_at_any_event(void **state)
{
	unsigned stride = getenv("FULL") ? 1 : 30;

	(void)state;
	disturb_everywhere(" NOTIFY IDLE", false, stride);
	disturb_everywhere(" IDLE", false, stride);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_watch__##name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(hears_of_all_by_notify),
	    T(is_not_woken_by_what_it_knows),
	    T(asks_for_what_came_during_a_sync),
	    T(hears_of_a_new_mailbox),
	    T(looks_where_notify_gave_up),
	    T(listens_to_inbox_by_idle),
	    T(selects_to_see_what_came_before_idle),
	    T(watches_what_is_named),
	    T(leaves_a_rung_that_lies),
	    T(leaves_a_rung_that_is_refused),
	    T(probes_a_line_that_may_be_dead),
	    cmocka_unit_test(test_watch__stops_at_any_event),
	    cmocka_unit_test(test_watch__survives_a_cut_at_any_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
