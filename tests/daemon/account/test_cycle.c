/* SPDX-License-Identifier: MIT */
/* Whole syncs of an account against a server in memory and a disk thread that
 * is none: every stage, with the line cut, the account stopped, or the server
 * saying no, between any two events (in a full run all, else some of them).
 * Whatever happens, the sync ends, and the next ones bring both sides to where
 * they would have come without. */
#include "daemon/account/account.h"

#include "tests/daemon/account/bed.h"
#include "tests/support/rng.h"

/* More is no end. */
#define MOST_STEPS 5000
#define MOST_SYNCS 5
/* Each step takes some syncs: but in a full run only every so manieth is cut,
 * beginning anywhere. */
#define SOME 9

/* A sync. */

enum cut { CUT_NOT, CUT_LINE, CUT_STOP };

static void cut_now(struct bed *b, enum cut cut)
{
	if (cut == CUT_LINE)
		server_cut();
	else if (cut == CUT_STOP && b->running)
		account_stop(b->running);
}

/* Cut before the at-th step. false: it ended before that. */
static bool sync_cut(struct bed *b, enum cut cut, unsigned at, bool disk_first)
{
	struct account_env env = {
	    .base = b->base,
	    .disk = &b->disk,
	    .config = &b->config,
	    .account = &b->account,
	    .opts = {.once = true, .only = b->only},
	    .report = &b->report,
	    .ended = on_ended,
	    .ctx = b,
	};
	unsigned n = 0;

	b->ended = false;
	b->running = account_new(&env);
	for (; !b->ended; n++) {
		if (n == at)
			cut_now(b, cut);
		if (n == MOST_STEPS || (!b->ended && !step(b, disk_first)))
			fail_msg("no end after %u steps, cut %d at %u", n,
				 (int)cut, at);
	}
	assert_null(b->disk.first);
	assert_null(server_line);
	return n > at;
}

static void sync_whole(struct bed *b)
{
	(void)sync_cut(b, CUT_NOT, 0, false);
}

/* Two sides that differ in all that a sync can bring together. */

static void begin(struct bed *b)
{
	for (unsigned i = 1; i <= 3; i++)
		add("INBOX", i);
	add("Old", 1);
	sync_whole(b);
	assert_int_equal(b->code, ERR_NONE);
	assert_int_equal(files(b, "INBOX"), 3);
	assert_int_equal(files(b, "Old"), 1);
}

static void change(struct bed *b)
{
	char *old = xasprintf("%s/Old", b->maildir);

	remove_tree(old);
	free(old);
	put(b, "INBOX/new/1.one.here", "Subject: mine\n\nmine\n");
	make_folder(b, "Made");
	put(b, "Made/new/1.two.here", "Subject: made\n\nmade\n");
	server_expunge(server_box("INBOX"), 1);
	add("INBOX", 4);
	add("Fresh", 1);
}

static bool is_settled(const struct bed *b)
{
	const struct server_box *inbox = server_box("INBOX"),
				*made = server_box("Made"),
				*fresh = server_box("Fresh");

	return inbox->n == 4 && made && made->n == 1 && fresh->n == 1 &&
	       !server_box("Old") && files(b, "INBOX") == 4 &&
	       files(b, "Made") == 1 && files(b, "Fresh") == 1 &&
	       files(b, "Old") == 0;
}

static void check_settles(struct bed *b, const char *what, unsigned at)
{
	for (unsigned i = 0; i < MOST_SYNCS && !is_settled(b); i++)
		sync_whole(b);
	if (!is_settled(b))
		fail_msg("%s at %u: INBOX %zu/%u, Made %d/%u, Fresh %d/%u, "
			 "Old %d/%u",
			 what, at, server_box("INBOX")->n, files(b, "INBOX"),
			 server_box("Made") ? (int)server_box("Made")->n : -1,
			 files(b, "Made"), (int)server_box("Fresh")->n,
			 files(b, "Fresh"),
			 server_box("Old") ? (int)server_box("Old")->n : -1,
			 files(b, "Old"));
}

static void test_cycle__brings_both_sides_together(void **state)
{
	struct bed *b = *state;

	begin(b);
	change(b);
	sync_whole(b);
	check_settles(b, "nothing", 0);
	assert_int_equal(b->code, ERR_NONE);
}

static void test_cycle__touches_only_what_is_dirty(void **state)
{
	static const char *const only[] = {"Fresh", NULL};
	struct bed *b = *state;

	begin(b);
	change(b);
	b->only = only;
	sync_whole(b);
	assert_int_equal(b->code, ERR_NONE);
	assert_int_equal(files(b, "Fresh"), 1);
	assert_int_equal(files(b, "INBOX"), 4);
	assert_int_equal(server_box("INBOX")->n, 3);
	assert_null(server_box("Made"));
	assert_non_null(server_box("Old"));
	b->only = NULL;
	check_settles(b, "one folder", 0);
}

static unsigned stride(void)
{
	return getenv("FULL") ? 1 : SOME;
}

static unsigned first(const char *what)
{
	struct rng rng;

	rng_init(&rng, what);
	return rng_below(&rng, stride());
}

/* The same from the begin for each step, until the sync is shorter. */
static void cut_everywhere(enum cut cut, bool disk_first, const char *what)
{
	bool reached = true;

	for (unsigned at = first(what); reached; at += stride()) {
		void *state;
		(void)setup(&state);
		struct bed *b = state;
		begin(b);
		change(b);
		reached = sync_cut(b, cut, at, disk_first);
		check_settles(b, what, at);
		(void)teardown(&state);
	}
}

static void test_cycle__survives_a_cut_at_every_event(void **state)
{
	(void)state;
	cut_everywhere(CUT_LINE, false, "line cut");
}

static void test_cycle__survives_a_cut_while_the_server_is_slow(void **state)
{
	(void)state;
	cut_everywhere(CUT_LINE, true, "line cut, disk first");
}

static void test_cycle__stops_at_every_event(void **state)
{
	(void)state;
	cut_everywhere(CUT_STOP, false, "stopped");
}

static void test_cycle__stops_while_the_server_is_slow(void **state)
{
	(void)state;
	cut_everywhere(CUT_STOP, true, "stopped, disk first");
}

/* Each command once, of a sync. */
static void refuse_everything(const char *answer)
{
	bool reached = true;

	for (unsigned i = 1 + first(answer); reached; i += stride()) {
		void *state;
		(void)setup(&state);
		struct bed *b = state;
		begin(b);
		change(b);
		server.commands = 0;
		server.odd = i;
		server.odd_answer = answer;
		sync_whole(b);
		reached = server.commands >= i;
		server.odd = 0;
		/* What was refused is set aside for a while. */
		check_settles(b, answer, i);
		(void)teardown(&state);
	}
}

static void test_cycle__survives_every_command_refused(void **state)
{
	(void)state;
	refuse_everything("NO not now");
}

static void test_cycle__survives_every_command_called_bad(void **state)
{
	(void)state;
	refuse_everything("BAD what is that");
}

#define T(name) \
	cmocka_unit_test_setup_teardown(test_cycle__##name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(brings_both_sides_together),
	    T(touches_only_what_is_dirty),
	    cmocka_unit_test(test_cycle__survives_a_cut_at_every_event),
	    cmocka_unit_test(
		test_cycle__survives_a_cut_while_the_server_is_slow),
	    cmocka_unit_test(test_cycle__stops_at_every_event),
	    cmocka_unit_test(test_cycle__stops_while_the_server_is_slow),
	    cmocka_unit_test(test_cycle__survives_every_command_refused),
	    cmocka_unit_test(test_cycle__survives_every_command_called_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
