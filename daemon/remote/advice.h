/* SPDX-License-Identifier: MIT */
/* What to do about a connection that did not come about: where one line of the
 * configuration is the answer, that line. */
#ifndef DAEMON_REMOTE_ADVICE_H
#define DAEMON_REMOTE_ADVICE_H

#include "config/config.h"
#include "daemon/base/err.h"

/* Sets the hint. result and text: what the connection's closed() was told; a
 * part of the text may be the server's. */
void advise_connection(const struct config_account *a, int result,
		       const char *text, struct err *err);
/* Of a server without a word where the client did not begin with TLS. */
void advise_silence(const struct config_account *a, struct err *err);
/* Of credentials that were refused. */
void advise_login(const struct config_account *a, struct err *err);

#endif
