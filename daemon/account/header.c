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
	h->open = true;
}

static void end(struct header *h)
{
	struct digests d;

	h->known = h->open && digester_end(h->digester, &d) == 0;
	if (h->known)
		memcpy(h->digest, d.header, sizeof(h->digest));
	h->open = false;
}

void header_event(struct header *h, const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_BODY_BEGIN:
		begin(h);
		break;
	case IMAP4_EV_BODY_DATA:
		if (h->open)
			digester_add(h->digester, ev->body.data.p,
				     ev->body.data.len);
		break;
	case IMAP4_EV_BODY_END:
		end(h);
		break;
	default:
		break;
	}
}

void header_release(struct header *h)
{
	digester_free(h->digester);
	*h = (struct header){0};
}
