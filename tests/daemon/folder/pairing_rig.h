/* SPDX-License-Identifier: MIT */
/* A pairing between a real connection to a server of text, a real Maildir and
 * disk thread. */
#ifndef TESTS_DAEMON_FOLDER_PAIRING_RIG_H
#define TESTS_DAEMON_FOLDER_PAIRING_RIG_H

#include "daemon/folder/pairing.h"

#include "tests/daemon/store/bed.h"
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
#define SAMPLE(uid, n, text) \
	"S * 1 FETCH (UID " uid " BODY[TEXT]<0> {" n "}", "R " text, "S )"
#define BODY(uid, n, text) \
	"S * 1 FETCH (UID " uid " BODY[] {" n "}", "R " text, "S )"
#define ASK_HEADERS "C UID FETCH 5:6 (UID BODY.PEEK[HEADER])"
#define ASK_SAMPLE  "C UID FETCH 5 (UID BODY.PEEK[TEXT]<0.2048>)"
#define ASK_BODY    "C UID FETCH 5 (UID BODY.PEEK[])"

struct rig {
	struct bed *bed;
	struct event_base *base;
	struct disk *disk;
	struct imap4_conn *conn;
	struct pairing *pairing;
	struct store_view view;
	struct remote_row row[8];
	struct remote_view remote;
	struct ledger moves;
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
	ledger_release_lost(&r.moves);
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

static void flush(void *ctx)
{
	(void)ctx;
	imap4_conn_flush(r.conn);
}

static void start(void)
{
	struct pairing_env env = {.engine = imap4_conn_engine(r.conn),
				  .flush = flush,
				  .dry_run = r.bed->store.dry_run,
				  .disk = r.disk,
				  .store = &r.bed->store,
				  .view = &r.view,
				  .remote = &r.remote,
				  .local = &r.view.local,
				  .moves = &r.moves,
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
	assert_int_equal(imap4_engine_select(imap4_conn_engine(c),
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

static inline uint32_t hint(const char *unique)
{
	const struct local_row *l =
	    local_view_find(&r.view.local, bed_key(unique));

	assert_non_null(l);
	return l->hint;
}

#define pairing_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
