/* SPDX-License-Identifier: MIT */
/* Parses one framed response into an event. Everything that the event points
 * to lives in the response's text or in the parser, until the next parse. */
#ifndef LIB_WIRE_RESP_H
#define LIB_WIRE_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <imap4/event.h>

#include "lib/util/arena.h"

enum resp_kind { RESP_UNTAGGED, RESP_TAGGED, RESP_CONTINUE };

/* A body section that did not come as a literal (RFC 9051 nstring). */
struct resp_body {
	struct imap4_str item; /* "BODY[TEXT]<0>" */
	struct imap4_str data;
};

struct resp {
	enum resp_kind kind;
	struct imap4_str tag; /* RESP_TAGGED */
	struct imap4_str
	    name; /* "FETCH", "OK", ...; empty for a continuation */
	struct imap4_str args; /* what stands behind the name */
	bool has_number;
	uint32_t number;             /* "* 12 FETCH" */
	struct imap4_str search_tag; /* ESEARCH (TAG "x"), else p == NULL */
	struct imap4_event ev;
	struct resp_body *bodies;
	size_t nbodies;
	bool utf8;      /* names are in it, not in modified UTF-7 */
	bool irregular; /* the name is not encoded as it should be */

	/* A response ended inside a string, or may have (Exchange, GreenMail):
	 * its rest then comes as lines of its own, up to the next tagged. */
	bool torn;

	struct arena arena;        /* all of one response */
	struct imap4_set src, dst; /* memory that is used again */
	unsigned max_nesting;
};

/* max_response: bytes of one. What is parsed out of it may take 16 times that
 * in the arena, and as much again in sets. */
void resp_init(struct resp *r, unsigned max_nesting, size_t max_response);
void resp_release(struct resp *r);
/* Parses what the framer assembled, without the last CRLF. 0: r->ev is set (a
 * tagged response: IMAP4_EV_DONE without id). IMAP4_EPROTO: it is not what its
 * name promises; kind, tag and name are set as far as they were understood.
 * So it is with one that would take too much memory. IMAP4_ENOMEM. */
int resp_parse(struct resp *r, const char *p, size_t len);
/* Can the one that could not be parsed be stepped over? One that is untagged,
 * and what may be the rest of a torn one. */
bool resp_is_skippable(const struct resp *r);

#endif
