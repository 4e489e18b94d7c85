/* SPDX-License-Identifier: MIT */
/* The address that the browser comes back to (RFC 6749 4.1.2): by itself, or
 * pasted by a person. Whatever page the user is on can send one. */
#ifndef DAEMON_SETUP_REDIRECT_H
#define DAEMON_SETUP_REDIRECT_H

#include <stddef.h>

#include "daemon/base/err.h"

enum redirect_found {
	REDIRECT_CODE,    /* *code */
	REDIRECT_REFUSED, /* the provider says no: *err (ERR_AUTH) */
	REDIRECT_FOREIGN, /* not an answer to our question: *err */
};

struct redirect_expected {
	const char *state;
	/* The issuer, where the answer names one (RFC 9207), is of this origin:
	 * else the code is for another server's user. */
	const char *authorize_url;
};

/* Looks at len bytes of a query, without the "?". *code: allocated. */
enum redirect_found redirect_read(const char *query, size_t len,
				  const struct redirect_expected *expected,
				  char **code, struct err *err);

#endif
