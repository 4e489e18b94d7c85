/* SPDX-License-Identifier: MIT */
/* The first messages of the two SASL mechanisms that carry an OAuth2 access
 * token. They are secrets: the caller wipes. */
#ifndef LIB_NET_OAUTH_H
#define LIB_NET_OAUTH_H

#include "lib/util/buf.h"

#include <imap4/types.h>

/* Is it a bearer token (RFC 6750 2.1), so that it cannot break out of the
 * message? */
bool oauth_token_valid(struct imap4_str token);
/* May a user or host name stand in a message: no control characters? */
bool oauth_text_valid(struct imap4_str text);

/* Both append to out: 0, or -1 over the maximum or out of memory. What goes
 * in must be valid. */
int oauth_xoauth2(struct imap4_str user, struct imap4_str token,
		  struct buf *out);
/* RFC 7628 3.1. host NULL or port 0: left out. */
int oauth_bearer(struct imap4_str user, const char *host, uint16_t port,
		 struct imap4_str token, struct buf *out);

#endif
