/* SPDX-License-Identifier: MIT */
/* The other way to use the library: connections under the caller's loop. Ten
 * mailboxes are fetched at once, without a thread. */
#include "tests/lib/client/live.h"
#include "tests/support/str.h"

#include <dirent.h>
#include <event2/event.h>

#define BOXES    10
#define MESSAGES 4

struct fetch {
	struct imap4_conn *conn;
	struct imap4_sasl *sasl;
	imap4_id login, fetch;
	char box[64];
	size_t messages;
	uint64_t octets;
	struct all *all;
};

struct all {
	struct event_base *base;
	struct fetch fetch[BOXES];
	size_t ready, done;
};

static void on_ready(void *ctx, struct imap4_conn *conn)
{
	struct fetch *f = ctx;
	const struct imap4_credentials cred = {
	    .size = sizeof(cred),
	    .user = str(live_env("IMAP_USER")),
	    .password = str(LIVE_PASSWORD),
	};
	char err[256];

	f->sasl = imap4_sasl_new(conn, &cred, err, sizeof(err));
	if (!f->sasl)
		fail_msg("%s", err);
	assert_int_equal(imap4_sasl_start(f->sasl, &f->login), 0);
}

/* SELECT and FETCH leave in one segment, from the last of the callbacks for all
 * ten: no answer is read before all have asked. */
static void start(struct all *all)
{
	for (int i = 0; i < BOXES; i++) {
		struct fetch *f = &all->fetch[i];
		struct imap4_engine *e = imap4_conn_engine(f->conn);
		assert_int_equal(
		    imap4_engine_select(e, str(f->box), NULL, NULL), 0);
		assert_int_equal(imap4_engine_uid_fetch(e, "1:*",
							"UID BODY.PEEK[]", 0,
							false, &f->fetch),
				 0);
		imap4_conn_flush(f->conn);
	}
}

static void on_event(void *ctx, struct imap4_conn *conn,
		     const struct imap4_event *ev)
{
	struct fetch *f = ctx;

	(void)conn;
	switch (ev->type) {
	case IMAP4_EV_CHALLENGE:
		assert_int_equal(imap4_sasl_step(f->sasl, ev->challenge), 0);
		break;
	case IMAP4_EV_BODY_DATA:
		f->octets += ev->body.data.len;
		break;
	case IMAP4_EV_FETCH:
		f->messages++;
		break;
	case IMAP4_EV_DONE:
		assert_int_equal(ev->status, IMAP4_STATUS_OK);
		if (ev->id == f->login && ++f->all->ready == BOXES)
			start(f->all);
		if (ev->id == f->fetch && ++f->all->done == BOXES)
			(void)event_base_loopbreak(f->all->base);
		break;
	default:
		break;
	}
}

static void on_closed(void *ctx, struct imap4_conn *conn, int result,
		      const char *text)
{
	(void)ctx;
	(void)conn;
	fail_msg("closed: %d, %s", result, text);
}

static size_t threads(void)
{
	DIR *d = opendir("/proc/self/task");
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static void fill(struct all *all)
{
	struct imap4_client *c = live_login();

	for (int i = 0; i < BOXES; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "loop%d", i);
		(void)snprintf(all->fetch[i].box, sizeof(all->fetch[i].box),
			       "%s", live_box(c, name));
		live_fill(c, all->fetch[i].box, MESSAGES);
	}
	live_logout(c);
}

static void test_live__ten_mailboxes_in_one_loop(void **state)
{
	static const struct imap4_conn_handler handler = {
	    .ready = on_ready, .event = on_event, .closed = on_closed};
	const struct imap4_conn_opts o = {.size = sizeof(o),
					  .host = "127.0.0.1",
					  .port = live_port(),
					  .security = IMAP4_SECURITY_NONE};
	struct all all = {.base = event_base_new()};

	(void)state;
	fill(&all);
	for (int i = 0; i < BOXES; i++) {
		struct fetch *f = &all.fetch[i];
		f->all = &all;
		f->conn = imap4_conn_new(all.base, &o, &handler, f);
		assert_non_null(f->conn);
	}
	(void)event_base_dispatch(all.base);
	assert_int_equal(threads(), 1);
	for (int i = 0; i < BOXES; i++) {
		struct fetch *f = &all.fetch[i];
		assert_int_equal(f->messages, MESSAGES);
		assert_int_equal(f->octets, MESSAGES * strlen(LIVE_MESSAGE));
		imap4_sasl_free(f->sasl);
		imap4_conn_free(f->conn);
	}
	event_base_free(all.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live__ten_mailboxes_in_one_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
