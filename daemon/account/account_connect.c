/* SPDX-License-Identifier: MIT */
/* The first stages of a sync: database and Maildir root are opened, then
 * somebody logs in; where both still stand, nothing is done. */
#include "daemon/account/account_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/rand.h"

static enum cycle_found opened(struct account *a)
{
	a->store.sync = rand_u64();
	account_flights_begin(a);
	account_avoided_begin(a);
	return CYCLE_DONE;
}

static int open_run(struct account *a, struct err *err)
{
	/* One that was held: somebody may have answered by now, or put
	 * something right. */
	if (a->store_open)
		store_close(&a->store);
	if (store_open(&a->store, a->env.config, a->env.account,
		       a->env.opts.folder.dry_run, err) < 0)
		return -1;
	a->store.listener = a->env.listener;
	a->store.written.on = a->env.dirwatch != NULL;
	if (account_busy_read(a, err) == 0 &&
	    account_flight_read(a, err) == 0 &&
	    account_avoided_read(a, err) == 0)
		return 0;
	store_close(&a->store);
	return -1;
}

static enum cycle_found open_done(struct account *a, int result,
				  const struct err *err)
{
	a->store_open = result == 0;
	if (result == 0)
		return opened(a);
	account_fail(a, NULL, err);
	return CYCLE_FAILED;
}

static enum cycle_found open_start(struct account *a)
{
	if ((a->store_open && a->store.claimed) || a->env.opts.list_only)
		return opened(a);
	return cycle_post(a, open_run, open_done);
}

const struct stage account_open_stage = {.start = open_start};

/* Once: that it was lost was said once, too. */
static void say_recovered(struct account *a)
{
	int64_t s = (clock_mono_ms() - a->down_ms) / 1000;

	if (a->down_ms == 0)
		return;
	a->down_ms = 0;
	log_at(LOG_INFO, a->env.account->name, NULL,
	       "connected again after %lld %s",
	       (long long)(s < 120 ? s : s / 60), s < 120 ? "s" : "min");
}

static void session_ready(void *ctx)
{
	struct account *a = ctx;

	a->busy.reached = true;
	say_recovered(a);
	cycle_take(a, CYCLE_DONE);
}

static void session_event(void *ctx, const struct imap4_event *ev)
{
	struct account *a = ctx;

	account_report_alert(a, ev);
	account_busy_hear(a, ev);
	if (a->phase == ACCOUNT_SYNCING)
		account_flight_hear(a, ev);
	if (!account_watch_event(a, ev))
		cycle_event(a, ev);
}

static void session_closed(void *ctx, const struct err *err)
{
	struct account *a = ctx;
	struct session *s = a->session;

	a->session = NULL;
	account_session_closed(a, err);
	session_free(s);
}

static const struct session_handler session_handler = {
    .ready = session_ready,
    .event = session_event,
    .closed = session_closed,
};

static enum cycle_found connect_start(struct account *a)
{
	cycle_release(a);
	if (account_busy_waits(a))
		return CYCLE_FAILED;
	if (a->session)
		return CYCLE_DONE;
	account_due_widen(a);
	a->session =
	    session_new(a->env.base, a->env.account, &session_handler, a);
	return CYCLE_WAITING;
}

static bool connect_cut(struct account *a)
{
	(void)a;
	return true;
}

const struct stage account_connect_stage = {
    .start = connect_start,
    .cut = connect_cut,
};
