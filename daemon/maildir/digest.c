/* SPDX-License-Identifier: MIT */
#include "daemon/maildir/digest.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "daemon/core/content/canon.h"

struct digester {
	struct canon canon;
	EVP_MD *md;
	EVP_MD_CTX *message, *header, *sample;
	unsigned wanted;    /* enum digest_of */
	size_t sample_left; /* bytes of it that are still to come */
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
	d->sample = EVP_MD_CTX_new();
	if (d->md && d->message && d->header && d->sample)
		return d;
	digester_free(d);
	return NULL;
}

static void begin(struct digester *d, EVP_MD_CTX *ctx)
{
	if (EVP_DigestInit_ex2(ctx, d->md, NULL) != 1)
		d->failed = true;
}

static void update(struct digester *d, EVP_MD_CTX *ctx, const char *p, size_t n)
{
	if (EVP_DigestUpdate(ctx, p, n) != 1)
		d->failed = true;
}

/* The message's digest goes on from that of its header. */
static void end_header(struct digester *d)
{
	if (!d->in_body && (d->wanted & DIGEST_HEADER) &&
	    EVP_MD_CTX_copy_ex(d->header, d->message) != 1)
		d->failed = true;
	d->in_body = true;
}

static void take(void *ctx, enum canon_part part, const char *p, size_t n)
{
	struct digester *d = ctx;

	if (part == CANON_BODY) {
		size_t k = n < d->sample_left ? n : d->sample_left;
		end_header(d);
		if (k > 0)
			update(d, d->sample, p, k);
		d->sample_left -= k;
	}
	if (d->wanted & (DIGEST_MESSAGE | DIGEST_HEADER))
		update(d, d->message, p, n);
}

void digester_begin(struct digester *d, unsigned wanted)
{
	bool body = wanted == DIGEST_SAMPLE_OF_BODY;

	canon_begin(&d->canon, body ? CANON_BODY : CANON_HEADER, take, d);
	d->wanted = wanted;
	d->sample_left = wanted & DIGEST_SAMPLE_OF_BODY ? DIGEST_SAMPLE : 0;
	d->in_body = body;
	d->failed = false;
	begin(d, d->message);
	if (d->sample_left > 0)
		begin(d, d->sample);
}

void digester_add(struct digester *d, const char *p, size_t n)
{
	canon_add(&d->canon, p, n);
}

static int final(const struct digester *d, enum digest_of what, EVP_MD_CTX *ctx,
		 unsigned char *out)
{
	if (!(d->wanted & what))
		return 0;
	return EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? 0 : -1;
}

int digester_end(struct digester *d, struct digests *out)
{
	canon_end(&d->canon);
	end_header(d);
	*out = (struct digests){.left_out = d->canon.left_out};
	if (d->failed ||
	    final(d, DIGEST_MESSAGE, d->message, out->message) < 0 ||
	    final(d, DIGEST_HEADER, d->header, out->header) < 0)
		return -1;
	return final(d, DIGEST_SAMPLE_OF_BODY, d->sample, out->sample);
}

void digester_free(struct digester *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->message);
	EVP_MD_CTX_free(d->header);
	EVP_MD_CTX_free(d->sample);
	EVP_MD_free(d->md);
	free(d);
}
