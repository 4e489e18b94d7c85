/* SPDX-License-Identifier: MIT */
/* What an account does between two syncs to hear of changes on its server (see
 * core/ladder.h), and whether what it hears is all there is. The main
 * connection is told of all folders (NOTIFY), or listens to one (IDLE) while
 * watchers listen to others. What happens during a sync is found by asking, at
 * its end, how the folders stand that were looked at, or by selecting them. */
#ifndef DAEMON_ACCOUNT_LIVE_ACCOUNT_WATCH_H
#define DAEMON_ACCOUNT_LIVE_ACCOUNT_WATCH_H

#include <imap4.h>

#include "daemon/core/dirty.h"
#include "daemon/core/ladder.h"
#include "daemon/remote/mailbox.h"
#include "daemon/watch/idle.h"
#include "daemon/watch/watcher.h"

struct account;

struct account_watch {
	struct ladder ladder;
	enum ladder_rung rung; /* stood on since the last sync */
	bool set_up;           /* there is a session, and it is stood on */
	bool ready;            /* the server agreed: what happens is told */
	char *notify;          /* what NOTIFY was asked for, or NULL */
	imap4_id notifying;    /* and not answered; 0: it is */
	unsigned overflows;
	struct idle idle; /* of the main connection, on the mailbox */
	char *idle_on;    /* of that name; NULL: none */
	/* Commands whose end is nobody else's business. */
	imap4_id *own;
	size_t nown, owncap;
	struct watcher **watcher;
	size_t nwatchers;
	bool crowded; /* the server wants no further connection */
	/* Folders that changed, and nobody told; and when that is a lie. */
	struct dirty untold;
	int64_t judge_ms;
	/* When the connection is to be kept alive; when an answer is overdue,
	 * 0: none is. */
	int64_t keep_ms, overdue_ms;
};

/* A sync ended, and there is a session: listens. */
void account_watch_rest(struct account *a);
/* A sync is to begin. false: not yet, an answer is on the way, and then the
 * account's timer is set. */
bool account_watch_pause(struct account *a);
/* To be told of every event of the main session first. true: it is nobody
 * else's business. */
bool account_watch_event(struct account *a, const struct imap4_event *ev);
/* There is no main session any more. */
void account_watch_lost(struct account *a);
/* All mailboxes were listed anew; before: as they were known. */
void account_watch_compare(struct account *a, struct mailboxes *before);
/* Between two syncs: until account_watch_wake() has something to do. */
int64_t account_watch_left_ms(const struct account *a);
void account_watch_wake(struct account *a);
/* Connections may be dead: their servers have to answer soon. */
void account_watch_probe(struct account *a);
/* Nothing more is to be heard. */
void account_watch_stop(struct account *a);
/* Would a change in that mailbox be told? */
bool account_is_watched(const struct account *a, const struct mailbox *box);

#endif
