/* SPDX-License-Identifier: MIT */
#include "daemon/account/header.h"

#include <stdlib.h>
#include <string.h>

static void begin(struct header *h)
{
	if (!h->digester)
		h->digester = digester_new();
	if (!h->digester)
		abort();
	digester_begin(h->digester);
}

static void end(struct header *h)
{
	struct digests d;

	h->known = digester_end(h->digester, &d) == 0;
	if (h->known)
		memcpy(h->digest, d.header, sizeof(h->digest));
}

void header_event(struct header *h, const struct imap4_event *ev, bool asked)
{
	enum body_step step = body_event(&h->body, ev, asked ? "HEADER" : NULL);

	if (ev->type == IMAP4_EV_FETCH)
		h->known = false;
	if (step == BODY_OPENS)
		begin(h);
	else if (step == BODY_GROWS)
		digester_add(h->digester, ev->body.data.p, ev->body.data.len);
	else if (step == BODY_WHOLE)
		end(h);
}

void header_release(struct header *h)
{
	digester_free(h->digester);
	*h = (struct header){0};
}
