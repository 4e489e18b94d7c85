/* SPDX-License-Identifier: MIT */
/* Listening to one mailbox over a connection (RFC 2177): SELECT, then IDLE, in
 * one flight. SELECT tells where the mailbox stands, so that what happened
 * since the last look, while nobody listened, is not missed. */
#ifndef DAEMON_WATCH_IDLE_H
#define DAEMON_WATCH_IDLE_H

#include <imap4.h>

#include "daemon/core/standing.h"

/* Given anew so often: servers may log out who is silent for 30 minutes (RFC
 * 9051 5.4), NATs and some servers forget a connection after ten. */
#define IDLE_RENEW_MS INT64_C(540000)

enum idle_news {
	IDLE_NOTHING,
	IDLE_STANDS,  /* it was selected: see .at, .messages */
	IDLE_CHANGED, /* something came, or its flags changed */
	IDLE_GONE,    /* something went */
	IDLE_REFUSED, /* it cannot be selected, or IDLE is not to be had */
};

struct idle {
	struct standing now; /* as SELECT told */
	/* Commands that are not answered, 0: none. ended: an IDLE that was
	 * ended before. */
	imap4_id select, listen, ended;
};

/* Begins with EXAMINE, on a connection on which nothing is pending. 0, or -1:
 * the name cannot be sent, or the connection is gone. */
int idle_begin(struct idle *i, struct imap4_engine *e, const char *wire);
/* Ends it: what is submitted next is sent with it. SELECT must be answered. */
void idle_end(struct idle *i, struct imap4_engine *e);
/* Ends it and listens again. */
int idle_renew(struct idle *i, struct imap4_engine *e);
/* To be told of every event until all is answered. *own: it was the end of one
 * of its commands, and nobody else's business. */
enum idle_news idle_event(struct idle *i, const struct imap4_event *ev,
			  bool *own);

#endif
