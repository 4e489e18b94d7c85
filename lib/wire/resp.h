/* SPDX-License-Identifier: MIT */
/* Parses one framed response into an event. Everything that the event points
 * to lives in the response's text or in the parser, until the next parse. */
#ifndef LIB_WIRE_RESP_H
#define LIB_WIRE_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <imap4/event.h>

#include "lib/util/buf.h"

enum resp_kind { RESP_UNTAGGED, RESP_TAGGED, RESP_CONTINUE };

/* A body section that did not come as a literal (RFC 9051 nstring). */
struct resp_body {
	struct imap4_str section;
	struct imap4_str data;
};

struct resp_words {
	struct imap4_str *v;
	size_t n, cap;
};

struct resp_bodies {
	struct resp_body *v;
	size_t n, cap;
};

struct resp_spaces {
	struct imap4_namespace_entry *v;
	size_t n, cap;
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
	struct resp_bodies bodies;

	/* Memory that is used again for each response. */
	struct resp_words words;
	struct resp_spaces spaces;
	struct imap4_set src, dst;
	struct buf scratch; /* strings with escapes resolved */
	struct buf decoded; /* a mailbox name in UTF-8 */
	unsigned max_nesting;
};

void resp_init(struct resp *r, unsigned max_nesting);
void resp_release(struct resp *r);
/* Parses what the framer assembled, without the last CRLF. 0: r->ev is set (a
 * tagged response: IMAP4_EV_DONE without id). IMAP4_EPROTO: it is not what its
 * name promises; kind, tag and name are set as far as they were understood.
 * IMAP4_ENOMEM. */
int resp_parse(struct resp *r, const char *p, size_t len);

#endif
