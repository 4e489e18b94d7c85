/* SPDX-License-Identifier: MIT */
/* Looks at a mailbox, against what servers say: which listing is asked for,
 * what the view holds, and when it proves nothing.
 */
#include "tests/daemon/remote/peer.h"

#define SELECTED                                              \
	"* OK [UIDVALIDITY 7] valid\n* OK [UIDNEXT 4] next\n" \
	"* OK [HIGHESTMODSEQ 90] highest\n"

static struct peer p;
static const struct remote_list_opts plain;

static int teardown(void **state)
{
	(void)state;
	peer_release(&p);
	return 0;
}

/* uids: "1 3 4"; gone likewise. */
static void expect_view(bool complete, const char *uids, const char *gone)
{
	char text[512] = "";
	size_t n = 0;

	assert_true(p.done);
	assert_int_equal(p.remote_list.err.code, ERR_NONE);
	for (size_t i = 0; i < p.remote_list.view.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u",
				      i ? " " : "",
				      p.remote_list.view.row[i].uid);
	assert_string_equal(text, uids);
	text[n = 0] = '\0';
	for (size_t i = 0; i < p.remote_list.view.ngone; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u",
				      i ? " " : "", p.remote_list.view.gone[i]);
	assert_string_equal(text, gone);
	assert_int_equal(p.remote_list.view.complete, complete);
}

static void test_remote_list__lists_everything_the_first_time(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_look(&p, &plain);
	assert_string_equal(p.sent.data, "SELECT A\r\nUID FETCH 1:* "
					 "(UID FLAGS)\r\n");
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK [READ-WRITE] selected\n");
	assert_false(p.done);
	peer_say(&p, "* 1 FETCH (UID 1 FLAGS (\\Seen))\n"
		     "* 2 FETCH (UID 2 FLAGS (\\Recent Work))\n"
		     "* 3 FETCH (UID 3 FLAGS ())\n$2 OK done\n");
	expect_view(true, "1 2 3", "");
	assert_int_equal(p.remote_list.view.row[0].flags, FLAG_SEEN);
	assert_int_equal(p.remote_list.view.row[1].flags, KEYWORD_BIT(0));
	assert_string_equal(p.table.name[0], "Work");
	assert_int_equal(p.remote_list.uidvalidity, 7);
	assert_int_equal(p.remote_list.uidnext, 4);
	assert_int_equal(p.remote_list.modseq, 90);
	assert_false(p.remote_list.partial);
	assert_false(p.remote_list.read_only);
}

static void test_remote_list__empty_mailbox(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 0 EXISTS\n" SELECTED "$1 OK selected\n$2 OK done\n");
	expect_view(true, "", "");
}

static void test_remote_list__a_short_list_proves_nothing(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 1 FETCH (UID 1 FLAGS ())\n"
		     /* Counted, but nobody knows which it is. */
		     "* 2 FETCH (FLAGS ())\n"
		     "* 3 FETCH (UID 3 FLAGS ())\n$2 OK done\n");
	expect_view(false, "1 3", "");
	assert_true(p.remote_list.partial);
}

static void test_remote_list__a_doubled_line_counts_once(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 1 FETCH (UID 1 FLAGS ())\n"
		     "* 1 FETCH (UID 1 FLAGS (\\Seen))\n"
		     "* 3 FETCH (UID 3 FLAGS ())\n$2 OK done\n");
	expect_view(false, "1 3", "");
	assert_int_equal(p.remote_list.view.row[0].flags, FLAG_SEEN);
}

static void test_remote_list__takes_any_order(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 5 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 3 FETCH (UID 30 FLAGS ())\n"
		     "* 1 FETCH (FLAGS () UID 10)\n"
		     "* 5 FETCH (UID 50 FLAGS ())\n"
		     "* 2 FETCH (UID 20 FLAGS ())\n"
		     "* 4 FETCH (UID 40 FLAGS ())\n$2 OK done\n");
	expect_view(true, "10 20 30 40 50", "");
}

static void test_remote_list__qresync_delta(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	assert_string_equal(p.sent.data, "SELECT A (QRESYNC (7 80))\r\n"
					 "UID FETCH 4:* (UID FLAGS)\r\n");
	peer_say(&p, "* 3 EXISTS\n" SELECTED
		     "* VANISHED (EARLIER) 1,17:4000000000\n"
		     "* 2 FETCH (UID 3 FLAGS (\\Flagged) MODSEQ (88))\n"
		     "$1 OK selected\n"
		     "* 3 FETCH (UID 4 FLAGS ())\n$2 OK done\n");
	expect_view(false, "3 4", "1");
	assert_int_equal(p.remote_list.view.row[0].flags, FLAG_FLAGGED);
	assert_false(p.remote_list.partial);
}

/* RFC 9051 9: "4:*" has the last message even if that is 3. */
static void test_remote_list__qresync_delta_of_nothing(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 90);
	peer_look(&p, &plain);
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 3 FETCH (UID 3 FLAGS ())\n$2 OK done\n");
	expect_view(false, "3", "");
}

static void test_remote_list__a_delta_that_does_not_add_up(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* 2 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 3 FETCH (UID 3 FLAGS ())\n$2 OK done\n");
	assert_false(p.done);
	assert_string_equal(p.sent.data, "UID FETCH 1:* (UID FLAGS)\r\n");
	peer_say(&p, "* 1 FETCH (UID 1 FLAGS ())\n"
		     "* 2 FETCH (UID 3 FLAGS ())\n$3 OK done\n");
	expect_view(true, "1 3", "");
}

static void test_remote_list__condstore_delta(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE", NULL);
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	assert_string_equal(p.sent.data,
			    "SELECT A (CONDSTORE)\r\n"
			    "UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 80)\r\n");
	peer_say(&p, "* 4 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (82))\n"
		     "* 4 FETCH (UID 4 FLAGS () MODSEQ (83))\n$2 OK done\n");
	expect_view(false, "2 4", "");
}

/* One came and one went: the numbers alone would look right. */
static void test_remote_list__condstore_notices_what_went(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE", NULL);
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 3 FETCH (UID 4 FLAGS () MODSEQ (83))\n$2 OK done\n");
	assert_false(p.done);
	assert_string_equal(p.sent.data, "UID FETCH 1:* (UID FLAGS)\r\n");
	peer_say(&p, "* 1 FETCH (UID 2 FLAGS ())\n* 2 FETCH (UID 3 FLAGS ())\n"
		     "* 3 FETCH (UID 4 FLAGS ())\n$3 OK done\n");
	expect_view(true, "2 3 4", "");
}

/* UID 9 is too large and has no row; 2 went. They must not make up for each
 * other, or the deletion is never seen. */
static void test_remote_list__what_is_left_out_hides_no_deletion(void **state)
{
	static const struct remote_list_opts small = {.sizes = true,
						      .max_size = 100};

	(void)state;
	peer_init(&p, "CONDSTORE", NULL);
	peer_known(&p, 3, 80);
	peer_look(&p, &small);
	bool all = !strstr(p.sent.data, "CHANGEDSINCE");
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n");
	if (!all)
		peer_say(&p, "$2 OK done\n");
	peer_say(&p, "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 5)\n"
		     "* 2 FETCH (UID 3 FLAGS () RFC822.SIZE 5)\n"
		     "* 3 FETCH (UID 9 FLAGS () RFC822.SIZE 500)\n");
	peer_say(&p, all ? "$2 OK done\n" : "$3 OK done\n");
	expect_view(true, "1 3 9", "");
	assert_true(p.remote_list.view.row[2].skip);
}

static void test_remote_list__full_ignores_the_position(void **state)
{
	static const struct remote_list_opts full = {.full = true,
						     .examine = true};

	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 1, 80);
	peer_look(&p, &full);
	assert_string_equal(p.sent.data, "EXAMINE A\r\n"
					 "UID FETCH 1:* (UID FLAGS)\r\n");
	peer_say(&p, "* 1 EXISTS\n" SELECTED "$1 OK [READ-ONLY] ok\n"
		     "* 1 FETCH (UID 1 FLAGS ())\n$2 OK done\n");
	expect_view(true, "1", "");
	assert_true(p.remote_list.read_only);
}

static void test_remote_list__a_message_that_goes_meanwhile(void **state)
{
	static const char *const went[] = {"* 2 EXPUNGE\n", "* VANISHED 2\n"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		if (i > 0)
			peer_release(&p);
		peer_init(&p, "CONDSTORE QRESYNC", i ? "QRESYNC" : NULL);
		peer_look(&p, &plain);
		peer_say(&p, "* 2 EXISTS\n" SELECTED "$1 OK selected\n"
			     "* 1 FETCH (UID 1 FLAGS ())\n");
		peer_say(&p, went[i]);
		peer_say(&p, "$2 OK done\n");
		expect_view(false, "1", "");
		assert_true(p.remote_list.partial);
	}
}

static void test_remote_list__leaves_out_by_size_and_age(void **state)
{
	static const struct remote_list_opts opts = {
	    .sizes = true, .max_size = 1000, .oldest = 1577836800 /* 2020 */};

	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &opts);
	assert_string_equal(p.sent.data,
			    "SELECT A\r\nUID FETCH 1:* (UID FLAGS RFC822.SIZE "
			    "INTERNALDATE)\r\n");
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 1000 INTERNALDATE "
		     "\" 1-Jan-2020 00:00:00 +0000\")\n"
		     "* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 1001 INTERNALDATE "
		     "\" 1-Jan-2020 00:00:00 +0000\")\n"
		     "* 3 FETCH (UID 3 FLAGS () RFC822.SIZE 1 INTERNALDATE "
		     "\"31-Dec-2019 23:59:59 +0000\")\n$2 OK done\n");
	expect_view(true, "1 2 3", "");
	assert_false(p.remote_list.view.row[0].skip);
	assert_int_equal(p.remote_list.view.row[0].size, 1000);
	assert_true(p.remote_list.view.row[1].skip);
	assert_true(p.remote_list.view.row[2].skip);
}

static void test_remote_list__permanent_flags(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(
	    &p,
	    "* 0 EXISTS\n* OK [PERMANENTFLAGS (\\Seen \\Flagged)] x\n" SELECTED
	    "$1 OK selected\n$2 OK done\n");
	expect_view(true, "", "");
	assert_true(p.remote_list.permanent_known);
	assert_int_equal(p.remote_list.permanent, FLAG_SEEN | FLAG_FLAGGED);
}

static void test_remote_list__no_mod_sequences(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 0 EXISTS\n* OK [UIDVALIDITY 7] x\n"
		     "* OK [HIGHESTMODSEQ 5] x\n* OK [NOMODSEQ] none\n"
		     "$1 OK selected\n$2 OK done\n");
	expect_view(true, "", "");
	assert_int_equal(p.remote_list.modseq, 0);
}

static void test_remote_list__without_uidvalidity_it_is_an_error(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 0 EXISTS\n$1 OK selected\n$2 OK done\n");
	assert_true(p.done);
	assert_int_equal(p.remote_list.err.code, ERR_PROTOCOL);
	assert_int_equal(p.remote_list.err.scope, ERR_SCOPE_FOLDER);
}

static void test_remote_list__select_refused(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "$1 NO [NOPERM] not yours\n");
	assert_false(p.done); /* the listing is still to be answered */
	peer_say(&p, "$2 BAD nothing is selected\n");
	assert_true(p.done);
	assert_int_equal(p.remote_list.err.code, ERR_HELD);
	assert_non_null(strstr(p.remote_list.err.text, "SELECT"));
	assert_false(p.remote_list.lost);
}

static void test_remote_list__listing_refused(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 0 EXISTS\n" SELECTED
		     "$1 OK selected\n$2 NO [UNAVAILABLE] not now\n");
	assert_true(p.done);
	/* This mailbox; the account, where another one gets the same. */
	assert_int_equal(p.remote_list.err.code, ERR_HELD);
	assert_int_equal(p.remote_list.err.scope, ERR_SCOPE_FOLDER);
	assert_true(p.remote_list.err.may_spread);
	assert_false(p.remote_list.err.busy);
}

static void test_remote_list__throttled(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p,
		 "$1 NO Request is throttled. Suggested Backoff Time: 92415 "
		 "milliseconds\n$2 BAD nothing is selected\n");
	assert_true(p.done);
	assert_int_equal(p.remote_list.err.code, ERR_TEMP);
	assert_int_equal(p.remote_list.err.scope, ERR_SCOPE_ACCOUNT);
	assert_true(p.remote_list.err.busy);
	assert_int_equal(p.remote_list.err.busy_ms, 92415);
}

static void test_remote_list__connection_lost(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 1 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 1 FETCH (UID 1 FLAGS ())\n");
	imap4_engine_close(p.engine);
	peer_feed(&p, "", 0);
	assert_true(p.done);
	assert_true(p.remote_list.lost);
	assert_int_equal(p.remote_list.err.code, ERR_TEMP);
	assert_false(p.remote_list.view.complete);
}

/* RFC 7162 3.2.11: until CLOSED the server speaks of the mailbox before, whose
 * UIDs are other messages. */
static void test_remote_list__the_mailbox_before_is_another_one(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* VANISHED 2\n"
		     "* 9 FETCH (UID 3 FLAGS (\\Deleted) MODSEQ (700))\n"
		     "* 9 EXISTS\n* OK [HIGHESTMODSEQ 700] highest\n"
		     "* OK [CLOSED] closed\n* 3 EXISTS\n"
		     "* OK [UIDVALIDITY 7] valid\n* OK [UIDNEXT 4] next\n"
		     "$1 OK selected\n"
		     "* 1 FETCH (UID 1 FLAGS (\\Seen))\n$2 OK done\n");
	/* No mod-sequences: what changed is not to be had so. */
	assert_false(p.done);
	peer_say(&p, "* 1 FETCH (UID 1 FLAGS ())\n* 2 FETCH (UID 2 FLAGS ())\n"
		     "* 3 FETCH (UID 3 FLAGS ())\n$3 OK done\n");
	expect_view(true, "1 2 3", "");
	assert_false(p.remote_list.partial);
	assert_int_equal(p.remote_list.modseq, 0);
}

/* Whose listing it is, and of which UIDVALIDITY, only SELECT's end says. */
static void test_remote_list__a_listing_that_ends_before_select(void **state)
{
	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &plain);
	peer_say(&p, "* 1 EXISTS\n* 1 FETCH (UID 1 FLAGS ())\n$2 OK done\n");
	if (!p.done)
		peer_say(&p, "$1 OK selected\n");
	assert_true(p.done);
	assert_int_equal(p.remote_list.err.code, ERR_PROTOCOL);
}

/* News of a message that was listed already: its flags count, its size and what
 * follows from that stay. */
static void test_remote_list__news_while_it_lists(void **state)
{
	static const struct remote_list_opts small = {.sizes = true,
						      .max_size = 100};

	(void)state;
	peer_init(&p, "", NULL);
	peer_look(&p, &small);
	peer_say(&p, "* 3 EXISTS\n" SELECTED "$1 OK selected\n"
		     "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 500)\n"
		     "* 1 FETCH (UID 1 FLAGS (\\Draft))\n"
		     "* 3 FETCH (UID 3 FLAGS () RFC822.SIZE 7)\n"
		     "* 1 FETCH (UID 1 FLAGS (\\Seen))\n"
		     "* 3 FETCH (UID 3 FLAGS (\\Flagged))\n"
		     "* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 8)\n$2 OK done\n");
	expect_view(true, "1 2 3", "");
	assert_true(p.remote_list.view.row[0].skip);
	assert_int_equal(p.remote_list.view.row[0].size, 500);
	assert_true(p.remote_list.view.row[0].flags == FLAG_SEEN);
	assert_int_equal(p.remote_list.view.row[2].size, 7);
	assert_true(p.remote_list.view.row[2].flags == FLAG_FLAGGED);
	assert_false(p.remote_list.view.row[2].skip);
}

/* K11: what is said a thousand times takes no more room than once. */
static void test_remote_list__says_the_same_without_end(void **state)
{
	(void)state;
	peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
	peer_known(&p, 3, 80);
	peer_look(&p, &plain);
	peer_say(&p, "* 2 EXISTS\n" SELECTED);
	for (int i = 0; i < 1000; i++)
		peer_say(&p, "* VANISHED (EARLIER) 2:4000000000\n"
			     "* VANISHED (EARLIER) 2\n"
			     "* 1 FETCH (UID 1 FLAGS ())\n");
	peer_say(&p, "* 2 FETCH (UID 9 FLAGS ())\n"
		     "$1 OK selected\n$2 OK done\n");
	expect_view(false, "1 9", "2 3");
	assert_true(p.remote_list.view.cap <= 256);
	assert_true(p.remote_list.view.gonecap <= 4);
}

/* Rows whose message the server has not are not missed when they vanish again.
 */
static void test_remote_list__counts_by_fate(void **state)
{
	(void)state;
	for (int fate = 0; fate < FATES; fate++) {
		bool there = fate_is_there((enum fate)fate);
		if (fate > 0)
			peer_release(&p);
		peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
		peer_known(&p, 3, 80);
		p.base_row[1].fate = (uint8_t)fate;
		peer_look(&p, &plain);
		peer_say(&p, there ? "* 3 EXISTS\n" : "* 2 EXISTS\n");
		peer_say(&p, SELECTED "$1 OK selected\n$2 OK done\n");
		expect_view(false, "", "");
		peer_release(&p);
		peer_init(&p, "CONDSTORE QRESYNC", "QRESYNC");
		peer_known(&p, 3, 80);
		p.base_row[1].fate = (uint8_t)fate;
		peer_look(&p, &plain);
		peer_say(&p, "* 2 EXISTS\n* VANISHED (EARLIER) 2\n" SELECTED
			     "$1 OK selected\n$2 OK done\n");
		expect_view(false, "", "2");
	}
}

/* RFC 7889. */
static void test_remote_list__append_limit(void **state)
{
	static const struct {
		const char *caps;
		uint64_t want;
	} cases[] = {
	    {"APPENDLIMIT", 0}, /* each mailbox has its own */
	    {"APPENDLIMIT=35651584", 35651584},
	    {"IDLE appendlimit=7 MOVE", 7},
	    {"APPENDLIMIT=", 0},
	    {"APPENDLIMIT=-1", 0},
	    {"APPENDLIMIT=99999999999999999999", 0},
	    {"XAPPENDLIMIT=5", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (i > 0)
			peer_release(&p);
		peer_init(&p, cases[i].caps, NULL);
		peer_look(&p, &plain);
		assert_true(p.remote_list.append_limit == cases[i].want);
	}
}

static void test_remote_list__emailid(void **state)
{
	struct imap4_fetch f = {.have = IMAP4_F_EMAILID,
				.emailid = {"M6d99", 5}};
	char out[8];

	(void)state;
	peer_init(&p, "X-GM-EXT-1 OBJECTID", NULL);
	assert_string_equal(remote_list_emailid_item(p.engine), " EMAILID");
	peer_release(&p);
	peer_init(&p, "X-GM-EXT-1", NULL);
	assert_string_equal(remote_list_emailid_item(p.engine), " X-GM-MSGID");
	peer_release(&p);
	peer_init(&p, "IDLE", NULL);
	assert_string_equal(remote_list_emailid_item(p.engine), "");

	assert_true(remote_list_emailid(&f, out, sizeof(out)));
	assert_string_equal(out, "M6d99");
	/* NIL, or cut: another message could have the same. */
	f.emailid.len = 0;
	assert_false(remote_list_emailid(&f, out, sizeof(out)));
	f.emailid = (struct imap4_str){"M6d99ac3", 8};
	assert_false(remote_list_emailid(&f, out, sizeof(out)));
	assert_string_equal(out, "");
	f = (struct imap4_fetch){.have = IMAP4_F_GM_MSGID, .gm_msgid = 4711};
	assert_true(remote_list_emailid(&f, out, sizeof(out)));
	assert_string_equal(out, "gm:4711");
	f.gm_msgid = 47110;
	assert_false(remote_list_emailid(&f, out, sizeof(out)));
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_remote_list__lists_everything_the_first_time),
	    TEST(test_remote_list__empty_mailbox),
	    TEST(test_remote_list__a_short_list_proves_nothing),
	    TEST(test_remote_list__a_doubled_line_counts_once),
	    TEST(test_remote_list__takes_any_order),
	    TEST(test_remote_list__qresync_delta),
	    TEST(test_remote_list__qresync_delta_of_nothing),
	    TEST(test_remote_list__a_delta_that_does_not_add_up),
	    TEST(test_remote_list__condstore_delta),
	    TEST(test_remote_list__condstore_notices_what_went),
	    TEST(test_remote_list__what_is_left_out_hides_no_deletion),
	    TEST(test_remote_list__full_ignores_the_position),
	    TEST(test_remote_list__a_message_that_goes_meanwhile),
	    TEST(test_remote_list__leaves_out_by_size_and_age),
	    TEST(test_remote_list__permanent_flags),
	    TEST(test_remote_list__no_mod_sequences),
	    TEST(test_remote_list__without_uidvalidity_it_is_an_error),
	    TEST(test_remote_list__select_refused),
	    TEST(test_remote_list__listing_refused),
	    TEST(test_remote_list__throttled),
	    TEST(test_remote_list__connection_lost),
	    TEST(test_remote_list__the_mailbox_before_is_another_one),
	    TEST(test_remote_list__a_listing_that_ends_before_select),
	    TEST(test_remote_list__news_while_it_lists),
	    TEST(test_remote_list__says_the_same_without_end),
	    TEST(test_remote_list__counts_by_fate),
	    TEST(test_remote_list__append_limit),
	    TEST(test_remote_list__emailid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
