/* SPDX-License-Identifier: MIT */
#include "daemon/watch/watcher.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/rand.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/failure/backoff.h"
#include "daemon/remote/session.h"
#include "daemon/watch/network.h"

/* One that lives no longer than this did not come to any good. */
#define SHORT_LIFE_MS 60000
/* Failures in a row, on a server that lets the account's first connection in:
 * it does not want this one. */
#define MOST_FAILURES 4

struct watcher {
	struct event_base *base;
	const struct config_account *account;
	const struct watcher_handler *handler;
	void *ctx;
	char *wire;
	struct session *session;
	struct event *timer; /* connects, renews, or an answer is overdue */
	struct idle idle;
	bool listening, probing;
	unsigned failures;
	int64_t began_ms;
};

static void arm(struct watcher *w, int64_t ms)
{
	struct timeval t = {ms / 1000, (ms % 1000) * 1000};

	event_add(w->timer, &t);
}

static void drop(struct watcher *w)
{
	session_free(w->session);
	w->session = NULL;
	w->listening = w->probing = false;
	w->idle = (struct idle){0};
}

static void give_up(struct watcher *w, const struct err *err)
{
	drop(w);
	event_del(w->timer);
	w->handler->refused(w->ctx, w->wire, err);
}

static void lost(struct watcher *w, const struct err *err)
{
	bool lived =
	    w->listening && clock_mono_ms() - w->began_ms >= SHORT_LIFE_MS;

	drop(w);
	w->failures = lived ? 1 : w->failures + 1;
	if (err->busy || err->code == ERR_AUTH || w->failures > MOST_FAILURES) {
		give_up(w, err);
		return;
	}
	log_at(LOG_DEBUG, w->account->name, NULL, "watching '%s': %s", w->wire,
	       err->text);
	arm(w, backoff_delay_ms(w->failures, (uint32_t)rand_u64()));
}

static void session_ready(void *ctx)
{
	struct watcher *w = ctx;

	if (idle_begin(&w->idle, session_engine(w->session), w->wire) < 0)
		return; /* its end says why */
	session_flush(w->session);
	arm(w, IDLE_RENEW_MS);
}

static void session_event_(void *ctx, const struct imap4_event *ev)
{
	struct watcher *w = ctx;
	struct err err;
	bool own;
	enum idle_news news = idle_event(&w->idle, ev, &own);

	if (w->probing) {
		w->probing = false;
		arm(w, IDLE_RENEW_MS);
	}
	if (ev->type == IMAP4_EV_DONE && ev->status == IMAP4_STATUS_LOST)
		return; /* closed() follows */
	if (news == IDLE_REFUSED) {
		err_set(&err, ERR_TEMP, ERR_SCOPE_FOLDER, "%.*s",
			(int)ev->text.len, ev->text.p ? ev->text.p : "");
		err.busy = true; /* nothing to try again soon */
		session_abort(w->session, &err);
		return;
	}
	w->listening |= news == IDLE_STANDS;
	if (news != IDLE_NOTHING)
		w->handler->told(w->ctx, w->wire, news, &w->idle.now);
}

static void session_closed(void *ctx, const struct err *err)
{
	struct err why = *err;

	lost(ctx, &why);
}

static const struct session_handler session_handler = {
    .ready = session_ready,
    .event = session_event_,
    .closed = session_closed,
};

static void renew(struct watcher *w)
{
	struct imap4_engine *e = session_engine(w->session);

	if (!w->listening || !e || idle_renew(&w->idle, e) < 0)
		return;
	session_flush(w->session);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct watcher *w = arg;
	struct err err;

	(void)fd;
	(void)what;
	if (!w->session) {
		w->began_ms = clock_mono_ms();
		w->session =
		    session_new(w->base, w->account, &session_handler, w);
	} else if (w->probing) {
		err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT, "no answer");
		w->failures = 0;
		session_abort(w->session, &err);
	} else {
		renew(w);
		arm(w, IDLE_RENEW_MS);
	}
}

struct watcher *watcher_new(struct event_base *base,
			    const struct config_account *account,
			    const char *wire,
			    const struct watcher_handler *handler, void *ctx)
{
	struct watcher *w = xcalloc(1, sizeof(*w));

	w->base = base;
	w->account = account;
	w->handler = handler;
	w->ctx = ctx;
	w->wire = xstrdup(wire);
	w->timer = evtimer_new(base, on_timer, w);
	if (!w->timer)
		abort();
	arm(w, 0);
	return w;
}

const char *watcher_wire(const struct watcher *w)
{
	return w->wire;
}

bool watcher_listens(const struct watcher *w)
{
	return w->listening;
}

void watcher_probe(struct watcher *w)
{
	if (!w->session) {
		arm(w, 0);
	} else if (w->listening && !w->probing) {
		renew(w);
		w->probing = true;
		arm(w, NETWORK_ANSWER_MS);
	}
}

void watcher_free(struct watcher *w)
{
	if (!w)
		return;
	drop(w);
	event_free(w->timer);
	free(w->wire);
	free(w);
}
