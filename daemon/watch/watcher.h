/* SPDX-License-Identifier: MIT */
/* A connection of its own that listens to one mailbox, for as long as it is
 * wanted: it is renewed, and made again when it breaks. */
#ifndef DAEMON_WATCH_WATCHER_H
#define DAEMON_WATCH_WATCHER_H

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/watch/idle.h"

struct event_base;
struct watcher;

struct watcher_handler {
	/* IDLE_STANDS, with where; IDLE_CHANGED, IDLE_GONE: see idle.h. The
	 * watcher may not be freed here. */
	void (*told)(void *ctx, const char *wire, enum idle_news news,
		     const struct standing *now);
	/* The server does not want so many connections, or not this one: the
	 * watcher is inert, and may be freed here. */
	void (*refused)(void *ctx, const char *wire, const struct err *err);
};

/* Connects, from the loop. account and handler are borrowed. */
struct watcher *watcher_new(struct event_base *base,
			    const struct config_account *account,
			    const char *wire,
			    const struct watcher_handler *handler, void *ctx);
const char *watcher_wire(const struct watcher *w);
/* Is somebody listening, for all that is known? */
bool watcher_listens(const struct watcher *w);
/* The network changed: an answer is due within a few seconds, else it connects
 * anew; one that waits tries now. */
void watcher_probe(struct watcher *w);
/* Accepts NULL. */
void watcher_free(struct watcher *w);

#endif
