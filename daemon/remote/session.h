/* SPDX-License-Identifier: MIT */
/* One connection of an account, from the password to the point where mailboxes
 * can be selected: credential, connect, TLS, login, ENABLE. */
#ifndef DAEMON_REMOTE_SESSION_H
#define DAEMON_REMOTE_SESSION_H

#include <imap4.h>

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/remote/reply.h"

struct event_base;
struct session;

struct session_handler {
	/* Logged in; CONDSTORE or QRESYNC are enabled where offered. */
	void (*ready)(void *ctx);
	/* An event of the engine, once ready; before that, ALERTs. */
	void (*event)(void *ctx, const struct imap4_event *ev);
	/* It ended or never came about; every pending command has been reported
	 * LOST before. The session may be freed here. */
	void (*closed)(void *ctx, const struct err *err);
};

/* Starts. account and handler are borrowed. Never NULL; callbacks come from the
 * loop only. */
struct session *session_new(struct event_base *base,
			    const struct config_account *account,
			    const struct session_handler *handler, void *ctx);
/* Closes at once, no callback; accepts NULL; allowed in any callback. */
void session_free(struct session *s);

/* Ends it with that error: what the server sends is not worth reading. As if
 * the connection broke, closed() comes from the loop. */
void session_abort(struct session *s, const struct err *why);

struct imap4_conn *session_conn(struct session *s);
/* Sends what was submitted. */
void session_flush(struct session *s);
/* Reads no more, and on. */
void session_pause(struct session *s);
void session_resume(struct session *s);
struct imap4_engine *session_engine(struct session *s);

#endif
