/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/digest.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "daemon/core/canon.h"

struct digester {
	struct canon canon;
	EVP_MD *md;
	EVP_MD_CTX *message, *header;
	bool in_body;
	bool failed;
};

struct digester *digester_new(void)
{
	struct digester *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	d->message = EVP_MD_CTX_new();
	d->header = EVP_MD_CTX_new();
	if (d->md && d->message && d->header)
		return d;
	digester_free(d);
	return NULL;
}

/* The message's digest goes on from that of its header. */
static void end_header(struct digester *d)
{
	if (!d->in_body && EVP_MD_CTX_copy_ex(d->header, d->message) != 1)
		d->failed = true;
	d->in_body = true;
}

static void take(void *ctx, enum canon_part part, const char *p, size_t n)
{
	struct digester *d = ctx;

	if (part == CANON_BODY)
		end_header(d);
	if (EVP_DigestUpdate(d->message, p, n) != 1)
		d->failed = true;
}

void digester_begin(struct digester *d)
{
	canon_begin(&d->canon, CANON_HEADER, take, d);
	d->in_body = false;
	d->failed = EVP_DigestInit_ex2(d->message, d->md, NULL) != 1;
}

void digester_add(struct digester *d, const char *p, size_t n)
{
	canon_add(&d->canon, p, n);
}

int digester_end(struct digester *d, struct digests *out)
{
	canon_end(&d->canon);
	end_header(d);
	if (d->failed)
		return -1;
	if (EVP_DigestFinal_ex(d->message, out->message, NULL) != 1 ||
	    EVP_DigestFinal_ex(d->header, out->header, NULL) != 1)
		return -1;
	return 0;
}

void digester_free(struct digester *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->message);
	EVP_MD_CTX_free(d->header);
	EVP_MD_free(d->md);
	free(d);
}
