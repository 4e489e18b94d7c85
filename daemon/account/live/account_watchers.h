/* SPDX-License-Identifier: MIT */
/* Connections that an account has beside its main one, each of which listens to
 * one mailbox (IDLE). */
#ifndef DAEMON_ACCOUNT_LIVE_ACCOUNT_WATCHERS_H
#define DAEMON_ACCOUNT_LIVE_ACCOUNT_WATCHERS_H

#include "daemon/account/live/account_watch.h"

struct account;

/* The mailboxes to listen to, at most so many: their names on the wire, best
 * first. The array is the caller's, the names are not. */
const char **account_watchers_pick(const struct account *a, size_t most,
				   size_t *n);
/* To these mailboxes and no others. */
void account_watchers_set(struct account *a, const char *const *wire, size_t n);
void account_watchers_drop(struct account_watch *w);
/* Is there one of that mailbox, and does the server tell it? */
bool account_watchers_listen(const struct account_watch *w, const char *wire);

/* account_watch.c: a watcher was told something. */
void account_watch_heard(struct account *a, const char *wire,
			 enum idle_news news, const struct standing *now);
/* Is that mailbox to be watched, by the configuration? */
bool account_watch_wants(const struct account *a, const struct mailbox *box);

#endif
