/* SPDX-License-Identifier: MIT */
/* Is a mailbox the one whose messages a folder's rows are? */
#include "daemon/folder/mailbox_identity.h"

#include "tests/daemon/store/bed.h"
#include "tests/lib/net/peer.h"

#define GREETING "S * PREAUTH [CAPABILITY IMAP4rev1] hi"
#define EXAMINE  "C EXAMINE Other", "S %t OK examined"
#define ASK      "C UID FETCH 3,5 (UID BODY.PEEK[HEADER])"
#define OK       "S %t OK done"
#define HEADER(uid, text) \
	"S * 1 FETCH (UID " uid " BODY[HEADER] {11}", "R " text, "S )"
#define ONE "Subj: a\r\n\r\n"
#define TWO "Subj: b\r\n\r\n"

struct rig {
	struct bed *bed;
	struct event_base *base;
	struct disk *disk;
	struct imap4_conn *conn;
	struct mailbox_identity *asked;
	int64_t row;
	const char *wire;
	bool stop; /* at once */
	bool anew;
	bool done, same, failed;
	struct err err;
};

static struct rig r;

static int setup(void **state)
{
	(void)bed_setup(state);
	r = (struct rig){.bed = *state, .wire = "Other"};
	r.row = bed_make(*state, "Box");
	return 0;
}

static int teardown(void **state)
{
	mailbox_identity_free(r.asked);
	imap4_conn_free(r.conn);
	if (r.disk)
		disk_free(r.disk);
	if (r.base)
		event_base_free(r.base);
	return bed_teardown(state);
}

static void on_done(void *ctx, bool same, const struct err *err)
{
	(void)ctx;
	assert_false(r.done);
	r.done = true;
	r.same = same;
	r.failed = err != NULL;
	if (err)
		r.err = *err;
	(void)event_base_loopbreak(r.base);
}

static void on_ready(void *ctx, struct imap4_conn *c)
{
	struct mailbox_identity_env env = {.conn = c,
					   .disk = r.disk,
					   .store = &r.bed->store,
					   .row = r.row,
					   .path = "Box",
					   .wire = r.wire,
					   .anew = r.anew,
					   .done = on_done};

	(void)ctx;
	r.asked = mailbox_identity_new(&env);
	assert_false(r.done);
	if (r.stop)
		mailbox_identity_stop(r.asked);
}

static void on_event(void *ctx, struct imap4_conn *c,
		     const struct imap4_event *ev)
{
	(void)ctx;
	(void)c;
	if (r.asked && !r.done)
		mailbox_identity_event(r.asked, ev);
}

static void on_closed(void *ctx, struct imap4_conn *c, int result,
		      const char *text)
{
	(void)ctx;
	(void)c;
	(void)result;
	(void)text;
	if (r.asked && !r.done)
		mailbox_identity_stop(r.asked);
}

static const struct imap4_conn_handler handler = {
    .ready = on_ready, .event = on_event, .closed = on_closed};

static void run(const char *const *script)
{
	const struct timeval patience = {.tv_sec = 10};
	struct peer peer;

	peer_start(&peer, script, NULL);
	r.base = event_base_new();
	r.disk = disk_new(r.base);
	assert_non_null(r.disk);
	struct imap4_conn_opts o = {.size = sizeof(o),
				    .host = "127.0.0.1",
				    .port = peer.port,
				    .security = IMAP4_SECURITY_NONE};
	r.conn = imap4_conn_new(r.base, &o, &handler, NULL);
	assert_non_null(r.conn);
	(void)event_base_loopexit(r.base, &patience);
	(void)event_base_dispatch(r.base);
	assert_true(r.done);
	imap4_conn_free(r.conn);
	r.conn = NULL;
	peer_join(&peer);
	assert_string_equal(peer.failure, "");
}

static void two_messages(void)
{
	bed_message(r.bed, r.row, 3, "Box/cur/a:2,S", "Subj: a\n\none\n", 0);
	bed_message(r.bed, r.row, 5, "Box/cur/b:2,", "Subj: b\n\ntwo\n", 0);
}

static void test_mailbox_identity__the_same_headers(void **state)
{
	static const char *const script[] = {
	    GREETING,         EXAMINE, ASK, HEADER("3", ONE),
	    HEADER("5", TWO), OK,      NULL};

	(void)state;
	two_messages();
	run(script);
	assert_true(r.same && !r.failed);
}

static void test_mailbox_identity__one_that_differs(void **state)
{
	static const char *const script[] = {
	    GREETING,         EXAMINE, ASK, HEADER("3", ONE),
	    HEADER("5", ONE), OK,      NULL};

	(void)state;
	two_messages();
	run(script);
	assert_true(!r.same && !r.failed);
}

/* It has none of these: nothing says that it is. */
static void test_mailbox_identity__nothing_to_compare(void **state)
{
	static const char *const script[] = {GREETING, EXAMINE, ASK, OK, NULL};

	(void)state;
	two_messages();
	run(script);
	assert_true(!r.same && !r.failed);
}

/* A folder without messages may be any that has its name. */
static void test_mailbox_identity__without_messages(void **state)
{
	static const char *const script[] = {GREETING, "E", NULL};

	(void)state;
	run(script);
	assert_true(r.same && !r.failed);
}

static void test_mailbox_identity__files_that_are_away(void **state)
{
	static const char *const script[] = {GREETING, EXAMINE, "E", NULL};

	(void)state;
	two_messages();
	bed_unlink(r.bed, "Box/cur/a:2,S");
	bed_unlink(r.bed, "Box/cur/b:2,");
	run(script);
	assert_true(!r.same && !r.failed);
}

static void test_mailbox_identity__refused(void **state)
{
	static const char *const script[] = {
	    GREETING, "C EXAMINE Other", "S %t NO [NOPERM] not for you", NULL};

	(void)state;
	two_messages();
	run(script);
	assert_true(!r.same && r.failed);
	assert_non_null(strstr(r.err.text, "EXAMINE"));
	assert_int_equal(r.err.scope, ERR_SCOPE_FOLDER);
}

static void test_mailbox_identity__headers_refused(void **state)
{
	static const char *const script[] = {GREETING, EXAMINE, ASK,
					     "S %t NO not now", NULL};

	(void)state;
	two_messages();
	run(script);
	assert_true(!r.same && r.failed);
	assert_non_null(strstr(r.err.text, "FETCH"));
}

static void test_mailbox_identity__cut(void **state)
{
	static const char *const script[] = {GREETING, EXAMINE, ASK,
					     HEADER("3", ONE), NULL};

	(void)state;
	two_messages();
	run(script);
	assert_true(!r.same && !r.failed);
}

/* While the disk reads: it waits for that. */
static void test_mailbox_identity__stopped_at_once(void **state)
{
	static const char *const script[] = {GREETING, NULL};

	(void)state;
	two_messages();
	r.stop = true;
	run(script);
	assert_false(r.same);
}

/* Another UIDVALIDITY, other UIDs, and new mail: half of it is enough. */
static void test_mailbox_identity__anew_by_headers_alone(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C EXAMINE Other",
	    "S * 4 EXISTS",
	    "S %t OK examined",
	    "C FETCH 1:4 (UID BODY.PEEK[HEADER])",
	    HEADER("1", TWO),
	    HEADER("2", "Subj: n\r\n\r\n"),
	    HEADER("3", "Subj: m\r\n\r\n"),
	    HEADER("4", ONE),
	    OK,
	    NULL};

	(void)state;
	two_messages();
	r.anew = true;
	run(script);
	assert_true(r.same && !r.failed);
}

/* Where most of it is not of the folder, it is another mailbox. */
static void test_mailbox_identity__anew_and_mostly_other(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C EXAMINE Other",
	    "S * 3 EXISTS",
	    "S %t OK examined",
	    "C FETCH 1:3 (UID BODY.PEEK[HEADER])",
	    HEADER("3", ONE),
	    HEADER("5", "Subj: n\r\n\r\n"),
	    HEADER("6", "Subj: m\r\n\r\n"),
	    OK,
	    NULL};

	(void)state;
	two_messages();
	r.anew = true;
	run(script);
	assert_true(!r.same && !r.failed);
}

/* Some of many, from the first to nearly the last. */
static void test_mailbox_identity__anew_and_large(void **state)
{
	static const char *const script[] = {
	    GREETING,
	    "C EXAMINE Other",
	    "S * 3200 EXISTS",
	    "S %t OK examined",
	    "C FETCH "
	    "1,101,201,301,401,501,601,701,801,901,1001,1101,1201,1301,1401,"
	    "1501,1601,1701,1801,1901,2001,2101,2201,2301,2401,2501,2601,2701,"
	    "2801,2901,3001,3101 (UID BODY.PEEK[HEADER])",
	    OK,
	    NULL};

	(void)state;
	two_messages();
	r.anew = true;
	run(script);
	assert_true(!r.same && !r.failed);
}

static void test_mailbox_identity__anew_and_empty(void **state)
{
	static const char *const script[] = {GREETING, EXAMINE, "E", NULL};

	(void)state;
	two_messages();
	r.anew = true;
	run(script);
	assert_true(!r.same && !r.failed);
}

#define identity_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    identity_test(test_mailbox_identity__the_same_headers),
	    identity_test(test_mailbox_identity__one_that_differs),
	    identity_test(test_mailbox_identity__nothing_to_compare),
	    identity_test(test_mailbox_identity__without_messages),
	    identity_test(test_mailbox_identity__files_that_are_away),
	    identity_test(test_mailbox_identity__refused),
	    identity_test(test_mailbox_identity__headers_refused),
	    identity_test(test_mailbox_identity__cut),
	    identity_test(test_mailbox_identity__stopped_at_once),
	    identity_test(test_mailbox_identity__anew_by_headers_alone),
	    identity_test(test_mailbox_identity__anew_and_mostly_other),
	    identity_test(test_mailbox_identity__anew_and_large),
	    identity_test(test_mailbox_identity__anew_and_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
