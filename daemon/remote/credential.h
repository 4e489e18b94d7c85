/* SPDX-License-Identifier: MIT */
/* Obtains an account's password or token from where its configuration says:
 * the file itself, another file, systemd or a command. */
#ifndef DAEMON_REMOTE_CREDENTIAL_H
#define DAEMON_REMOTE_CREDENTIAL_H

#include "config/config.h"
#include "daemon/base/err.h"
#include "lib/util/secret.h"

/* Set for a token_command that is run again because the server refused the
 * token that it printed. */
#define CREDENTIAL_REFUSED "IMAPSYNCD_REFUSED"

struct credential_request;
struct event_base;

/* Asks for it anew each time: nothing is kept. done is called once, from the
 * loop, never from here; *out is dead then. done owns secret: the token where
 * the account has token_command, else the password; NULL with err NULL: the
 * account has none. Else secret is NULL and err, borrowed, says why: ERR_AUTH
 * (the command failed, or said nothing), ERR_TEMP (it exited 75, EX_TEMPFAIL).
 * 0, or -1 and *err, and done is not called: ERR_CONFIG (a file that cannot be
 * read, is empty or readable by others), ERR_TEMP. account is borrowed until
 * then. */
int credential_get(struct event_base *base,
		   const struct config_account *account,
		   void (*done)(void *ctx, struct secret *secret,
				const struct err *err),
		   void *ctx, struct credential_request **out, struct err *err);
/* The same after the server refused what credential_get() gave: a command is
 * told so in its environment. */
int credential_renew(
    struct event_base *base, const struct config_account *account,
    void (*done)(void *ctx, struct secret *secret, const struct err *err),
    void *ctx, struct credential_request **out, struct err *err);
/* done is not called. Accepts NULL. */
void credential_cancel(struct credential_request *r);

#endif
