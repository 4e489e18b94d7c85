/* SPDX-License-Identifier: MIT */
#include "daemon/remote/body.h"

#include <string.h>
#include <strings.h>

bool body_is(const struct imap4_body *b, const char *section)
{
	size_t n = strlen(section);
	bool piece = n > 3 && strcmp(section + n - 3, "<0>") == 0;

	n -= piece ? 3 : 0;
	return !b->binary && b->has_origin == piece && b->origin == 0 &&
	       b->section.len == n &&
	       (n == 0 || strncasecmp(b->section.p, section, n) == 0);
}

static enum body_step drop(struct body *b)
{
	bool was_open = b->open;

	b->open = false;
	b->other = true;
	return was_open ? BODY_DROPPED : BODY_NOTHING;
}

static enum body_step begin(struct body *b, const struct imap4_body *body,
			    const char *section)
{
	if (b->open || b->other || !section || !body_is(body, section))
		return drop(b);
	b->open = true;
	b->empty = body->size == 0;
	return BODY_OPENS;
}

/* Of two values of one section neither is to be believed. */
static enum body_step end(struct body *b, const struct imap4_fetch *f)
{
	enum body_step step = BODY_NOTHING;

	if (b->open)
		step = f->have & IMAP4_F_BODY_NIL ? BODY_DROPPED : BODY_WHOLE;
	*b = (struct body){.empty = b->empty};
	return step;
}

enum body_step body_event(struct body *b, const struct imap4_event *ev,
			  const char *section)
{
	switch (ev->type) {
	case IMAP4_EV_BODY_BEGIN:
		return begin(b, &ev->body, section);
	case IMAP4_EV_BODY_DATA:
		return b->open ? BODY_GROWS : BODY_NOTHING;
	case IMAP4_EV_FETCH:
		return end(b, &ev->fetch);
	case IMAP4_EV_BAD: {
		/* The FETCH that it belongs to could not be read. */
		bool was_open = b->open;
		*b = (struct body){.empty = b->empty};
		return was_open ? BODY_DROPPED : BODY_NOTHING;
	}
	default:
		return BODY_NOTHING;
	}
}
