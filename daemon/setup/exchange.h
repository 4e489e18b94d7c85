/* SPDX-License-Identifier: MIT */
/* Asks a provider's endpoint for tokens (RFC 6749 4.1.3, 6; RFC 8628 3.1,
 * 3.4), as the client that the account says. */
#ifndef DAEMON_SETUP_EXCHANGE_H
#define DAEMON_SETUP_EXCHANGE_H

#include "daemon/base/err.h"
#include "daemon/setup/grant.h"
#include "daemon/setup/issuer.h"
#include "lib/util/buf.h"

#define EXCHANGE_FORM_MAX 262144

struct exchange {
	struct grant grant; /* its error included */
	long status;        /* of HTTP */
};

/* Sets up a form with the client's id and, where it has one, secret: absent,
 * not empty, where it has none. The caller wipes it. */
void exchange_form(const struct issuer *issuer, struct buf *form);
/* Sends the form to url. 0 and *out: an answer, also one that refuses; or -1
 * and *err: as http_ask(), and ERR_TEMP or ERR_PROTOCOL for an answer that is
 * none. */
int exchange_ask(const struct issuer *issuer, const char *url,
		 const struct buf *form, struct exchange *out, struct err *err);
/* Fills *err for an answer that is another than was asked for. Returns -1. */
int exchange_other(const struct issuer *issuer, const char *what,
		   struct err *err);

#endif
