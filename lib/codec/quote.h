/* SPDX-License-Identifier: MIT */
/* The forms in which a string can be sent as RFC 9051 astring. Chooses and
 * quotes; a literal's framing is the command writer's. */
#ifndef LIB_CODEC_QUOTE_H
#define LIB_CODEC_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/util/buf.h"

enum quote_form { QUOTE_ATOM, QUOTE_QUOTED, QUOTE_LITERAL };

/* The cheapest legal form. More than QUOTE_MAX bytes make a literal: servers
 * limit the length of a line. NUL is legal in no form: refuse it before. utf8:
 * quoted strings may hold it (RFC 6855 3, RFC 9051 9). */
#define QUOTE_MAX 1024
enum quote_form quote_form(const char *s, size_t len, bool utf8);

/* Appends s in quotes, escaped, all or nothing. s must have no CR, LF or NUL.
 * 0, or -1: out of memory or over the maximum of out. */
int quote_add_quoted(struct buf *out, const char *s, size_t len);

#endif
