/* SPDX-License-Identifier: MIT */
#include "daemon/remote/content.h"

#include <stdlib.h>

static const struct {
	enum digest_of what;
	const char *section;
} parts[] = {
    {DIGEST_MESSAGE, ""},
    {DIGEST_HEADER, "HEADER"},
    {DIGEST_SAMPLE_OF_BODY, "TEXT<0>"},
};

/* The section that begins; NULL: not one of those that were asked for. */
static const char *section_of(struct content *c, const struct imap4_body *b,
			      unsigned asked)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!(asked & parts[i].what) || !body_is(b, parts[i].section))
			continue;
		c->open = parts[i].what;
		return parts[i].section;
	}
	return NULL;
}

static void begin(struct content *c)
{
	if (!c->digester)
		c->digester = digester_new();
	if (!c->digester)
		abort();
	digester_begin(c->digester, c->open);
}

void content_event(struct content *c, const struct imap4_event *ev,
		   unsigned asked)
{
	const char *section = ev->type == IMAP4_EV_BODY_BEGIN
				  ? section_of(c, &ev->body, asked)
				  : NULL;
	enum body_step step = body_event(&c->body, ev, section);

	if (ev->type == IMAP4_EV_FETCH)
		c->have = 0;
	if (step == BODY_OPENS)
		begin(c);
	else if (step == BODY_GROWS)
		digester_add(c->digester, ev->body.data.p, ev->body.data.len);
	else if (step == BODY_WHOLE &&
		 digester_end(c->digester, &c->digests) == 0)
		c->have = c->open;
}

void content_release(struct content *c)
{
	digester_free(c->digester);
	*c = (struct content){0};
}
