/* SPDX-License-Identifier: MIT */
#include "daemon/account/header.h"

#include <stdlib.h>

static void begin(struct header *h)
{
	if (!h->ctx)
		h->ctx = EVP_MD_CTX_new();
	if (!h->ctx)
		abort();
	h->open = EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) == 1;
}

void header_event(struct header *h, const struct imap4_event *ev)
{
	switch (ev->type) {
	case IMAP4_EV_BODY_BEGIN:
		begin(h);
		break;
	case IMAP4_EV_BODY_DATA:
		if (h->open)
			h->open = EVP_DigestUpdate(h->ctx, ev->body.data.p,
						   ev->body.data.len) == 1;
		break;
	case IMAP4_EV_BODY_END:
		h->known =
		    h->open && EVP_DigestFinal_ex(h->ctx, h->digest, NULL) == 1;
		h->open = false;
		break;
	default:
		break;
	}
}

void header_release(struct header *h)
{
	EVP_MD_CTX_free(h->ctx);
	*h = (struct header){0};
}
