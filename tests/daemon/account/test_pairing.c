/* SPDX-License-Identifier: MIT */
/* Files without a row, and files that other folders lost, among the messages
 * that are new on the server: a real connection to a server of text, a real
 * Maildir and disk thread.
 */
#include "daemon/account/pairing.h"

#include "tests/daemon/account/bed.h"
#include "tests/lib/net/peer.h"

#define GREETING(caps) "S * PREAUTH [CAPABILITY IMAP4rev1" caps "] hi"
#define SELECT         "C SELECT INBOX", "S %t OK selected"
#define SIZES          "C UID FETCH 5:6 (UID RFC822.SIZE)"
#define OK             "S %t OK done"

/* 15 and 16 bytes on the wire, with a header of 11. */
#define ONE        "Subj: a\n\none\n"
#define ONE_HEADER "Subj: a\r\n\r\n"
#define TWO        "Subj: b\n\ntwo!\n"
#define TWO_HEADER "Subj: b\r\n\r\n"
#define HEADER(uid, text) \
	"S * 1 FETCH (UID " uid " BODY[HEADER] {11}", "R " text, "S )"

struct rig {
	struct bed *bed;
	struct event_base *base;
	struct disk *disk;
	struct imap4_conn *conn;
	struct pairing *pairing;
	struct store_view view;
	struct remote_row row[8];
	struct remote_view remote;
	struct lost lost;
	bool none; /* there was nothing to pair */
	bool done;
	struct err err; /* of the end */
	struct move_here *moved;
	size_t nmoved;
	bool closed;
	/* Behind the folder's opening. */
	void (*meanwhile)(struct rig *r);
	bool cut; /* the script closes the connection too early */
};

static struct rig r;
static int64_t inbox, other;

static int setup(void **state)
{
	(void)bed_setup(state);
	r = (struct rig){.bed = *state};
	other = bed_make(*state, "Other");
	inbox = bed_make(*state, "INBOX");
	return 0;
}

static int teardown(void **state)
{
	pairing_free(r.pairing);
	imap4_conn_free(r.conn);
	if (r.disk)
		disk_free(r.disk);
	if (r.base)
		event_base_free(r.base);
	store_view_release(&r.view);
	lost_release(&r.lost);
	free(r.moved);
	return bed_teardown(state);
}

static void on_done(void *ctx, struct move_here *moved, size_t n,
		    const struct err *err)
{
	(void)ctx;
	assert_false(r.done);
	r.done = true;
	r.moved = moved;
	r.nmoved = n;
	if (err)
		r.err = *err;
	(void)event_base_loopbreak(r.base);
}

static void start(void)
{
	struct pairing_env env = {.conn = r.conn,
				  .disk = r.disk,
				  .store = &r.bed->store,
				  .view = &r.view,
				  .remote = &r.remote,
				  .local = &r.view.local,
				  .lost = &r.lost,
				  .done = on_done};

	r.pairing = pairing_new(&env);
	r.none = !r.pairing;
	assert_false(r.done);
	if (r.none)
		(void)event_base_loopbreak(r.base);
}

static void on_ready(void *ctx, struct imap4_conn *c)
{
	(void)ctx;
	assert_int_equal(imap4_submit_select(imap4_conn_engine(c),
					     (struct imap4_str){"INBOX", 5},
					     NULL, NULL),
			 0);
}

static void on_event(void *ctx, struct imap4_conn *c,
		     const struct imap4_event *ev)
{
	(void)ctx;
	(void)c;
	if (r.pairing)
		pairing_event(r.pairing, ev);
	else if (ev->type == IMAP4_EV_DONE && ev->status == IMAP4_STATUS_OK &&
		 !r.none)
		start();
}

static void on_closed(void *ctx, struct imap4_conn *c, int result,
		      const char *text)
{
	(void)ctx;
	(void)c;
	(void)result;
	(void)text;
	r.closed = true;
	if (r.pairing && !r.done)
		pairing_stop(r.pairing);
}

static const struct imap4_conn_handler handler = {
    .ready = on_ready, .event = on_event, .closed = on_closed};

/* Messages of these UIDs are new there. */
static void new_there(const uint32_t *uid, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r.row[i] = (struct remote_row){.uid = uid[i]};
	r.remote = (struct remote_view){.row = r.row, .n = n, .complete = true};
}

/* Runs it against the script. */
static void run(const char *const *script)
{
	static const uint32_t uid[] = {5, 6};
	const struct timeval patience = {.tv_sec = 10};
	struct peer peer;

	if (!r.remote.row)
		new_there(uid, 2);
	peer_start(&peer, script, NULL);
	r.base = event_base_new();
	r.disk = disk_new(r.base);
	assert_non_null(r.disk);
	r.view = bed_open(r.bed, "INBOX");
	if (r.meanwhile)
		r.meanwhile(&r);
	struct imap4_conn_opts o = {.size = sizeof(o),
				    .host = "127.0.0.1",
				    .port = peer.port,
				    .security = IMAP4_SECURITY_NONE};
	r.conn = imap4_conn_new(r.base, &o, &handler, NULL);
	assert_non_null(r.conn);
	(void)event_base_loopexit(r.base, &patience);
	(void)event_base_dispatch(r.base);
	assert_true(r.done || r.none);
	assert_int_equal(r.closed, r.cut);
	imap4_conn_free(r.conn);
	r.conn = NULL;
	peer_join(&peer);
	assert_string_equal(peer.failure, "");
}

static uint32_t hint(const char *unique)
{
	const struct local_row *l =
	    local_view_find(&r.view.local, bed_key(unique));

	assert_non_null(l);
	return l->hint;
}

static void lose(uint32_t uid, const char *unique, int64_t date,
		 const char *emailid)
{
	struct lost_message m = {
	    .folder = other,
	    .uid = uid,
	    .key = bed_key(unique),
	    .internaldate = date,
	    .emailid = emailid ? lost_emailid(emailid, strlen(emailid)) : 0};

	lost_add(&r.lost, &m);
}

/* Strangers. */

static void test_pairing__nothing_to_pair(void **state)
{
	static const char *const script[] = {GREETING(""), SELECT, "E", NULL};
	static const uint32_t uid[] = {5};

	/* Nothing is new there. */
	bed_put(*state, "INBOX/cur/a:2,", ONE);
	new_there(NULL, 0);
	r.remote.row = r.row;
	run(script);
	assert_true(r.none);
	event_base_free(r.base);
	disk_free(r.disk);
	/* Nothing is without a row here. */
	store_view_release(&r.view);
	bed_unlink(*state, "INBOX/cur/a:2,");
	r.none = false;
	new_there(uid, 1);
	run(script);
	assert_true(r.none);
}

static void test_pairing__by_size_and_header(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 17)",
	    OK,
	    "C UID FETCH 5:6 (UID BODY.PEEK[HEADER])",
	    HEADER("6", TWO_HEADER),
	    HEADER("5", ONE_HEADER),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	bed_put(*state, "INBOX/new/b", TWO);
	bed_put(*state, "INBOX/new/c", "Subj: c\n\nsomething else\n");
	run(script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(hint("a"), 5);
	assert_int_equal(hint("b"), 6);
	assert_int_equal(hint("c"), 0);
	assert_int_equal(r.nmoved, 0);
}

/* Where no size fits no header is asked for. */
static void test_pairing__no_size_fits(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S * 1 FETCH (UID 5 RFC822.SIZE 400)",
	    /* And of the other one the server says nothing. */
	    OK, "E", NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(hint("a"), 0);
}

static void test_pairing__same_size_other_header(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,
	    "C UID FETCH 5 (UID BODY.PEEK[HEADER])",
	    HEADER("5", TWO_HEADER),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(hint("a"), 0);
}

/* A03: the others are paired. */
static void test_pairing__unreadable_file(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 17)",
	    OK,
	    "C UID FETCH 6 (UID BODY.PEEK[HEADER])",
	    HEADER("6", TWO_HEADER),
	    OK,
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/bad:2,", ONE);
	bed_put(*state, "INBOX/new/b", TWO);
	fault_arm(FAULT_OPEN, 0, EACCES);
	fault.name = "bad:2,";
	run(script);
	assert_true(fault_disarm());
	assert_int_equal(hint("bad"), 0);
	assert_int_equal(hint("b"), 6);
}

/* a:2, holds ONE; what was promised of it is this. */
static void promise(struct bed *b, const char *text)
{
	struct state_intent i = {.folder = inbox,
				 .kind = STATE_INTENT_UPLOAD,
				 .unique = "a",
				 .key = bed_key("a"),
				 .have_digest = true};

	bed_digest(text, i.digest);
	bed_put(b, "INBOX/cur/a:2,", ONE);
	(void)bed_promise(b, &i);
}

/* A file that was promised to the server, and has other content by now: what
 * the server may have got is not this. */
static void test_pairing__promised_with_other_content(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,           "E",    NULL};

	promise(*state, TWO);
	run(script);
	assert_int_equal(hint("a"), 0);
}

static void test_pairing__promised_and_there(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,
	    "C UID FETCH 5 (UID BODY.PEEK[HEADER])",
	    HEADER("5", ONE_HEADER),
	    OK,
	    "E",
	    NULL};

	promise(*state, ONE);
	run(script);
	assert_int_equal(hint("a"), 5);
}

/* What other folders lost. */

static void expect_moved(uint32_t uid, uint32_t from_uid)
{
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(r.nmoved, 1);
	assert_int_equal(r.moved[0].uid, uid);
	assert_int_equal(r.moved[0].from, other);
	assert_int_equal(r.moved[0].from_uid, from_uid);
}

#define DATE "\"09-Sep-2001 01:46:41 +0000\"" /* 1000000001 */

static void test_pairing__moved_by_date_and_header(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE ")",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 17 INTERNALDATE " DATE ")",
	    OK,
	    "C UID FETCH 5 (UID BODY.PEEK[HEADER])",
	    HEADER("5", ONE_HEADER),
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	bed_message(b, other, 2, "Other/cur/b:2,S", TWO, FLAG_SEEN);
	lose(1, "a", 1000000001, NULL);
	lose(2, "b", 1000000002, NULL);
	run(script);
	expect_moved(5, 1);
}

/* By its id and size no header is needed. */
static void test_pairing__moved_by_emailid(void **state)
{
	static const char *const script[] = {
	    GREETING(" OBJECTID"),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE EMAILID)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 400 INTERNALDATE " DATE
	    " EMAILID (M5))",
	    "S * 2 FETCH (UID 6 RFC822.SIZE 16 INTERNALDATE " DATE
	    " EMAILID (M1))",
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 5, "M1");
	run(script);
	expect_moved(6, 1);
}

static void test_pairing__moved_by_gmail_id(void **state)
{
	static const char *const script[] = {
	    GREETING(" X-GM-EXT-1"),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE X-GM-MSGID)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE
	    " X-GM-MSGID 4711)",
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 5, "gm:4711");
	run(script);
	expect_moved(5, 1);
}

/* What this folder has itself comes first. */
static void test_pairing__own_file_comes_first(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)",
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE ")",
	    OK,
	    "C UID FETCH 5 (UID BODY.PEEK[HEADER])",
	    HEADER("5", ONE_HEADER),
	    OK,
	    "E",
	    NULL};
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	bed_put(b, "INBOX/cur/z:2,", ONE);
	lose(1, "a", 1000000001, NULL);
	run(script);
	assert_int_equal(hint("z"), 5);
	assert_int_equal(r.nmoved, 0);
}

static void forget_row(struct rig *rig)
{
	bed_must(rig->bed, db_exec(rig->bed->store.state, "DELETE FROM message",
				   "empty", &rig->bed->err));
}

static const char *const lost_script[] = {
    GREETING(""),
    SELECT,
    "C UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)",
    "S * 1 FETCH (UID 5 RFC822.SIZE 16 INTERNALDATE " DATE ")",
    OK,
    "E",
    NULL};

/* A third folder has found it already: it is here a second time. */
static void test_pairing__lost_and_found_elsewhere(void **state)
{
	struct bed *b = *state;

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 1000000001, NULL);
	r.meanwhile = forget_row;
	run(lost_script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(r.nmoved, 0);
}

static void test_pairing__directory_of_the_other_is_gone(void **state)
{
	struct bed *b = *state;
	char *path = bed_path(b, "Other");

	bed_message(b, other, 1, "Other/cur/a:2,S", ONE, FLAG_SEEN);
	lose(1, "a", 1000000001, NULL);
	bed_remove(path);
	free(path);
	run(lost_script);
	assert_int_equal(r.err.code, ERR_NONE);
	assert_int_equal(r.nmoved, 0);
}

/* Failures. */

static void test_pairing__refused(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S %t NO [SERVERBUG] not now",
	    "E",          NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(r.err.code, ERR_HELD);
	assert_int_equal(r.err.scope, ERR_SCOPE_FOLDER);
	assert_non_null(strstr(r.err.text, "not now"));
	assert_int_equal(r.nmoved, 0);
}

static void test_pairing__header_refused(void **state)
{
	static const char *const script[] = {
	    GREETING(""),
	    SELECT,
	    SIZES,
	    "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,
	    "C UID FETCH 5 (UID BODY.PEEK[HEADER])",
	    "S %t NO gone",
	    "E",
	    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	run(script);
	assert_int_equal(r.err.code, ERR_HELD);
	assert_int_equal(hint("a"), 0);
}

/* The connection goes: in each round. */
static void test_pairing__cut(void **state)
{
	static const char *const sizes[] = {GREETING(""), SELECT, SIZES, "X",
					    NULL};
	static const char *const headers[] = {
	    GREETING(""), SELECT,
	    SIZES,        "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,           "C UID FETCH 5 (UID BODY.PEEK[HEADER])",
	    "X",          NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	r.cut = true;
	run(sizes);
	assert_int_equal(r.nmoved, 0);
	assert_int_equal(hint("a"), 0);
	pairing_free(r.pairing);
	disk_free(r.disk);
	event_base_free(r.base);
	store_view_release(&r.view);
	r = (struct rig){.bed = *state, .cut = true};
	run(headers);
	assert_int_equal(hint("a"), 0);
}

static void test_pairing__disk_fails(void **state)
{
	static const char *const script[] = {
	    GREETING(""), SELECT, SIZES, "S * 1 FETCH (UID 5 RFC822.SIZE 16)",
	    OK,           "E",    NULL};

	bed_put(*state, "INBOX/cur/a:2,", ONE);
	fault_arm(FAULT_OPEN, 0, EMFILE);
	fault.name = "a:2,";
	run(script);
	assert_true(fault_disarm());
	assert_int_equal(r.err.code, ERR_TEMP);
	assert_int_equal(hint("a"), 0);
}

#define pairing_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    pairing_test(test_pairing__nothing_to_pair),
	    pairing_test(test_pairing__by_size_and_header),
	    pairing_test(test_pairing__no_size_fits),
	    pairing_test(test_pairing__same_size_other_header),
	    pairing_test(test_pairing__unreadable_file),
	    pairing_test(test_pairing__promised_with_other_content),
	    pairing_test(test_pairing__promised_and_there),
	    pairing_test(test_pairing__moved_by_date_and_header),
	    pairing_test(test_pairing__moved_by_emailid),
	    pairing_test(test_pairing__moved_by_gmail_id),
	    pairing_test(test_pairing__own_file_comes_first),
	    pairing_test(test_pairing__lost_and_found_elsewhere),
	    pairing_test(test_pairing__directory_of_the_other_is_gone),
	    pairing_test(test_pairing__refused),
	    pairing_test(test_pairing__header_refused),
	    pairing_test(test_pairing__cut),
	    pairing_test(test_pairing__disk_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
