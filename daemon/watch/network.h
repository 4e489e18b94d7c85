/* SPDX-License-Identifier: MIT */
/* What says that connections may be dead, or servers within reach again: an
 * address or route that came or went, and a machine that slept. One for all
 * accounts; nothing wakes up while nothing happens. */
#ifndef DAEMON_WATCH_NETWORK_H
#define DAEMON_WATCH_NETWORK_H

/* A server that is within reach answers within this. */
#define NETWORK_ANSWER_MS 2000

struct event_base;
struct network;

/* changed is called from the loop, once for changes that come together. Where
 * the system does not say one or the other, it is done without. */
struct network *network_new(struct event_base *base, void (*changed)(void *ctx),
			    void *ctx);
/* Accepts NULL. */
void network_free(struct network *n);

#endif
