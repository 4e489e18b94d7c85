/* SPDX-License-Identifier: MIT */
/* Framer and response parser without an engine around them. */
#include <imap4/parse.h>

#include <stdlib.h>

#include "lib/wire/frame.h"
#include "lib/wire/resp.h"

/* Threads nest deeper than what an engine meets. */
#define MAX_NESTING 100
/* So that no sum of limits overflows. */
#define MAX (SIZE_MAX / 8)

struct imap4_parser {
	struct frame frame;
	struct resp resp;
	struct imap4_response response;
	int dead;
	const char *error;
	bool begun; /* there was a response */
};

struct imap4_parser *imap4_parser_new(size_t max_line, size_t max_literals)
{
	struct imap4_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	max_line = max_line < MAX ? max_line : MAX;
	max_literals = max_literals < MAX ? max_literals : MAX;
	frame_init_whole(&p->frame, max_line, max_literals);
	resp_init(&p->resp, MAX_NESTING, max_line + max_literals);
	p->error = "";
	return p;
}

void imap4_parser_free(struct imap4_parser *p)
{
	if (!p)
		return;
	frame_release(&p->frame);
	resp_release(&p->resp);
	free(p);
}

static int fail(struct imap4_parser *p, int code, const char *why)
{
	p->dead = code;
	p->error = why;
	return code;
}

static int parse(struct imap4_parser *p, const struct imap4_response **out)
{
	static const enum imap4_response_kind kinds[] = {
	    [RESP_UNTAGGED] = IMAP4_RESPONSE_UNTAGGED,
	    [RESP_TAGGED] = IMAP4_RESPONSE_TAGGED,
	    [RESP_CONTINUE] = IMAP4_RESPONSE_CONTINUE,
	};
	const struct buf *text = &p->frame.line;
	struct resp *r = &p->resp;

	int rc = resp_parse(r, text->data ? text->data : "", text->len);
	if (rc == IMAP4_ENOMEM)
		return fail(p, rc, "out of memory");
	if (rc < 0 && !resp_is_skippable(r))
		return fail(p, rc, "a line that is no IMAP response");
	if (rc < 0) {
		r->kind = RESP_UNTAGGED;
		r->tag = (struct imap4_str){NULL, 0};
		r->ev.type = IMAP4_EV_BAD;
	}
	p->response = (struct imap4_response){.kind = kinds[r->kind],
					      .tag = r->tag,
					      .name = r->name,
					      .has_number = r->has_number,
					      .number = r->number,
					      .args = r->args,
					      .ev = &r->ev};
	p->begun = true;
	*out = &p->response;
	return 1;
}

int imap4_parser_read(struct imap4_parser *p, const void *buf, size_t len,
		      size_t *used, const struct imap4_response **r)
{
	*used = 0;
	*r = NULL;
	if (p->dead)
		return p->dead;
	const char *bytes = buf;
	int rc;
	do {
		size_t n;
		rc = frame_feed(&p->frame, len > 0 ? bytes + *used : "",
				len - *used, &n);
		*used += n;
		/* Between responses; what begins with one is no IMAP. */
	} while (rc == FRAME_RESPONSE && p->frame.line.len == 0 && p->begun);
	if (rc < 0)
		return fail(p, rc, p->frame.error);
	return rc == FRAME_RESPONSE ? parse(p, r) : 0;
}

bool imap4_parser_inside(const struct imap4_parser *p)
{
	return p->frame.state != FRAME_DONE && p->frame.line.len > 0;
}

const char *imap4_parser_error(const struct imap4_parser *p)
{
	return p->error;
}
