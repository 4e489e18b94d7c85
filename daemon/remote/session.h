/* SPDX-License-Identifier: MIT */
/* One connection of an account, from the password to the point where mailboxes
 * can be selected: credential, connect, TLS, login, ENABLE. */
#ifndef DAEMON_REMOTE_SESSION_H
#define DAEMON_REMOTE_SESSION_H

#include <imap4.h>

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/core/failure.h"

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
/* Has the server MOVE or UIDPLUS, by that name or with IMAP4rev2, which has
 * both (RFC 9051 appendix E)? */
bool session_has_in_rev2(const struct imap4_engine *e, const char *extension);
struct imap4_engine *session_engine(struct session *s);

/* Why a command failed that was sent on behalf of a message, a folder or the
 * account, with the server's words; its scope is what that stops. what:
 * "SELECT". */
void session_command_err(const struct imap4_event *done, enum reach about,
			 const char *what, struct err *err);

/* What *err is about was said by a server that is busy, and wants to be left
 * alone for so long; 0: it does not say how long. */
void session_set_busy(struct err *err, int64_t ms);

#endif
