/* SPDX-License-Identifier: MIT */
/* Looks at mailboxes that the server does not show whole, and at those that are
 * not what they were.
 */
#include "tests/daemon/remote/peer.h"

#define SELECTED                                               \
	"* OK [UIDVALIDITY 7] valid\n* OK [UIDNEXT 40] next\n" \
	"* OK [HIGHESTMODSEQ 90] highest\n"
#define LIST_ALL "UID FETCH 1:* (UID FLAGS)\r\n"

static struct peer p;
static const struct remote_list_opts plain;

static int teardown(void **state)
{
	(void)state;
	peer_release(&p);
	p = (struct peer){.done = false};
	return 0;
}

static void expect(bool complete, size_t n, uint32_t floor)
{
	assert_true(p.done);
	assert_int_equal(p.remote_list.err.code, ERR_NONE);
	assert_int_equal(p.remote_list.view.complete, complete);
	assert_int_equal(p.remote_list.partial, !complete);
	assert_int_equal(p.remote_list.view.n, n);
	assert_int_equal(p.remote_list.view.floor, floor);
}

static void begin(const char *caps)
{
	peer_init(&p, caps, NULL);
	peer_look(&p, &plain);
	assert_string_equal(p.sent.data, "SELECT A\r\n" LIST_ALL);
}

static void test_look_window__goes_on_until_all_is_listed(void **state)
{
	(void)state;
	begin("MESSAGELIMIT=2");
	peer_say(&p,
		 "* 5 EXISTS\n" SELECTED "$1 OK selected\n"
		 "* 4 FETCH (UID 31 FLAGS ())\n* 5 FETCH (UID 39 FLAGS ())\n"
		 "$2 OK [MESSAGELIMIT 2 31] only two\n");
	assert_false(p.done);
	assert_string_equal(p.sent.data, "UID FETCH 1:30 (UID FLAGS)\r\n");
	peer_say(&p, "* 2 FETCH (UID 4 FLAGS ())\n* 3 FETCH (UID 9 FLAGS ())\n"
		     "$3 OK [MESSAGELIMIT 2 4] only two\n");
	assert_false(p.done);
	assert_string_equal(p.sent.data, "UID FETCH 1:3 (UID FLAGS)\r\n");
	peer_say(&p, "* 1 FETCH (UID 2 FLAGS ())\n$4 OK done\n");
	expect(true, 5, 0);
	assert_int_equal(p.remote_list.view.row[0].uid, 2);
	assert_int_equal(p.remote_list.view.row[4].uid, 39);
}

static void test_look_window__goes_on_only_downwards(void **state)
{
	static const char *const answers[] = {
	    "* 4 FETCH (UID 31 FLAGS ())\n$3 OK [MESSAGELIMIT 2 31] again\n",
	    "* 4 FETCH (UID 32 FLAGS ())\n$3 OK [MESSAGELIMIT 2 32] up\n",
	    "* 4 FETCH (UID 31 FLAGS ())\n$3 OK [MESSAGELIMIT 2] where?\n",
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		begin("");
		peer_say(&p, "* 5 EXISTS\n" SELECTED "$1 OK selected\n"
			     "* 5 FETCH (UID 31 FLAGS ())\n"
			     "$2 OK [MESSAGELIMIT 2 31] only two\n");
		assert_false(p.done);
		peer_say(&p, answers[i]);
		assert_true(p.done);
		assert_false(p.remote_list.view.complete);
		assert_true(p.remote_list.partial);
		assert_string_equal(p.sent.data, "");
		teardown(state);
	}
}

static void test_look_window__nothing_is_below_the_first(void **state)
{
	(void)state;
	begin("");
	peer_say(&p, "* 1 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 1 FETCH (UID 1 FLAGS ())\n"
		     "$2 OK [MESSAGELIMIT 1 1] that was all\n");
	expect(true, 1, 1);
}

static void test_look_window__delta_goes_on(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE", NULL);
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* 4 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 4 FETCH (UID 39 FLAGS () MODSEQ (83))\n"
		     "$2 OK [MESSAGELIMIT 1 39] more\n");
	assert_string_equal(p.sent.data, "UID FETCH 1:38 (UID FLAGS) "
					 "(CHANGEDSINCE 80)\r\n");
	peer_say(&p, "* 2 FETCH (UID 2 FLAGS () MODSEQ (82))\n$3 OK done\n");
	assert_true(p.done);
	assert_int_equal(p.remote_list.view.n, 2);
	assert_int_equal(p.remote_list.view.floor, 0);
	assert_false(p.remote_list.partial);
}

static void test_look_window__announced(void **state)
{
	(void)state;
	peer_init(&p, "MESSAGELIMIT=3", NULL);
	peer_known(&p, 3, 0);
	peer_look(&p, &plain);
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 1 FETCH (UID 2 FLAGS ())\n* 2 FETCH (UID 3 FLAGS ())\n"
		     "* 3 FETCH (UID 4 FLAGS ())\n$2 OK done\n");
	expect(true, 3, 2);
	assert_int_equal(p.remote_list.horizon.exists, 3);
	assert_int_equal(p.remote_list.limit, 3);
}

/* A delta says that the lowest vanished: from the window. */
static void test_look_window__delta(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC MESSAGELIMIT=3", "QRESYNC");
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* 3 EXISTS\n" SELECTED "* VANISHED (EARLIER) 1\n"
		     "$1 OK selected\n* 3 FETCH (UID 4 FLAGS ())\n"
		     "$2 OK done\n");
	assert_true(p.done);
	assert_int_equal(p.remote_list.view.ngone, 1);
	assert_int_equal(p.remote_list.view.floor, 2);
}

static void remote_list_at_slid(uint32_t slid)
{
	char line[64];

	peer_init(&p, "", NULL);
	peer_known(&p, 12, 0);
	p.past.horizon.slid = slid;
	peer_look(&p, &plain);
	peer_say(&p, "* 12 EXISTS\n" SELECTED "$1 OK selected\n");
	for (unsigned uid = 3; uid <= 14; uid++) {
		(void)snprintf(line, sizeof(line),
			       "* %u FETCH (UID %u FLAGS ())\n", uid - 2, uid);
		peer_say(&p, line);
	}
	peer_say(&p, "$2 OK done\n");
}

static void test_look_window__found_out(void **state)
{
	remote_list_at_slid(0);
	expect(true, 12, 0);
	assert_int_equal(p.remote_list.horizon.slid, 1);
	teardown(state);
	remote_list_at_slid(1);
	expect(true, 12, 3);
	assert_int_equal(p.remote_list.horizon.limit, 12);
}

static void test_look_window__mod_sequences_went_back(void **state)
{
	static const char *const highest[] = {"HIGHESTMODSEQ 79", "NOMODSEQ"};

	for (size_t i = 0; i < 2; i++) {
		char text[200];
		peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
		peer_known(&p, 3, 80);
		peer_look(&p, &plain);
		(void)snprintf(text, sizeof(text),
			       "* 3 EXISTS\n* OK [UIDVALIDITY 7] x\n"
			       "* OK [UIDNEXT 4] x\n* OK [%s] x\n"
			       "$1 OK selected\n$2 OK done\n",
			       highest[i]);
		peer_say(&p, text);
		assert_false(p.done);
		assert_string_equal(p.sent.data, LIST_ALL);
		peer_say(&p, "* 1 FETCH (UID 1 FLAGS ())\n"
			     "* 2 FETCH (UID 2 FLAGS (\\Flagged))\n"
			     "* 3 FETCH (UID 3 FLAGS ())\n$3 OK done\n");
		expect(true, 3, 0);
		assert_int_equal(p.remote_list.view.row[1].flags, FLAG_FLAGGED);
		teardown(state);
	}
}

/* RFC 7162 3.1.2.2: CHANGEDSINCE is BAD there. */
static void test_look_window__mod_sequences_are_no_more(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE", NULL);
	peer_known(&p, 1, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* 1 EXISTS\n* OK [UIDVALIDITY 7] x\n"
		     "* OK [UIDNEXT 2] x\n* OK [NOMODSEQ] x\n"
		     "$1 OK selected\n$2 BAD no mod-sequences\n");
	assert_false(p.done);
	assert_string_equal(p.sent.data, LIST_ALL);
	peer_say(&p, "* 1 FETCH (UID 1 FLAGS ())\n$3 OK done\n");
	expect(true, 1, 0);
}

static void test_look_window__uids_are_given_a_second_time(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_known(&p, 3, 0);
	peer_look(&p, &plain);
	peer_say(&p, "* 2 EXISTS\n* OK [UIDVALIDITY 7] x\n* OK [UIDNEXT 3] x\n"
		     "$1 OK selected\n* 1 FETCH (UID 1 FLAGS ())\n"
		     "* 2 FETCH (UID 2 FLAGS ())\n$2 OK done\n");
	expect(true, 2, 0);
	assert_int_equal(p.remote_list.step, POSITION_OTHER);
}

static void test_look_window__what_was_left_out_is_asked_for(void **state)
{
	static const struct remote_list_opts larger = {.sizes = true,
						       .max_size = 1000};

	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 80);
	p.past.horizon.max_size = 999;
	peer_look(&p, &larger);
	assert_non_null(strstr(p.sent.data, "UID FETCH 1:*"));
	teardown(state);
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 80);
	p.past.horizon.max_size = 1000;
	peer_look(&p, &larger);
	assert_non_null(strstr(p.sent.data, "UID FETCH 4:*"));
}

/* Each line is a row: there must not be many more than messages. */
static void test_look_window__a_flood_is_cut(void **state)
{
	char line[64];

	(void)state;
	begin("");
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n");
	for (unsigned uid = 10; uid < 5000 && !p.done; uid++) {
		(void)snprintf(line, sizeof(line),
			       "* %u FETCH (UID %u FLAGS ())\n", uid, uid);
		peer_say(&p, line);
	}
	assert_true(p.done);
	assert_true(p.remote_list.flooded);
	assert_int_equal(p.remote_list.err.code, ERR_PROTOCOL);
	assert_true(p.remote_list.view.n < 1100);
}

static void test_look_window__vanished_without_end(void **state)
{
	char line[64];

	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* 2 EXISTS\n" SELECTED);
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(line, sizeof(line), "* VANISHED (EARLIER) %u\n",
			       4000000000U - 2 * i);
		peer_say(&p, line);
	}
	peer_say(&p, "* VANISHED (EARLIER) 2\n$1 OK selected\n$2 OK done\n");
	assert_true(p.done);
	assert_int_equal(p.remote_list.vanished.n, 1);
	assert_int_equal(p.remote_list.view.ngone, 1);
	assert_int_equal(p.remote_list.view.gone[0], 2);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_look_window__goes_on_until_all_is_listed),
	    TEST(test_look_window__goes_on_only_downwards),
	    TEST(test_look_window__nothing_is_below_the_first),
	    TEST(test_look_window__delta_goes_on),
	    TEST(test_look_window__announced),
	    TEST(test_look_window__delta),
	    TEST(test_look_window__found_out),
	    TEST(test_look_window__mod_sequences_went_back),
	    TEST(test_look_window__mod_sequences_are_no_more),
	    TEST(test_look_window__uids_are_given_a_second_time),
	    TEST(test_look_window__what_was_left_out_is_asked_for),
	    TEST(test_look_window__a_flood_is_cut),
	    TEST(test_look_window__vanished_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
