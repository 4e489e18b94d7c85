/* SPDX-License-Identifier: MIT */
/* Names and values as application/x-www-form-urlencoded: what is sent to a
 * token endpoint, and the query of the address that a browser comes back to. */
#ifndef DAEMON_SETUP_FORM_H
#define DAEMON_SETUP_FORM_H

#include <stddef.h>

#include "lib/util/buf.h"

/* Appends NAME=VALUE, with & in front where out does not end in "?" and is not
 * empty. value NULL: nothing. Aborts where memory or out's maximum ends. */
void form_add(struct buf *out, const char *name, const char *value);

/* The value of a name in len bytes of a query, decoded. Allocated. NULL: it is
 * not there, is there twice (RFC 6749 3.1 forbids that), or cannot be decoded
 * to text without control characters. */
char *form_find(const char *query, size_t len, const char *name);

#endif
