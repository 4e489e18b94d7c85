/* SPDX-License-Identifier: MIT */
/* The pairs of COPYUID (RFC 4315 3), out of its text: a sorted set has lost
 * which message became which. */
#include <imap4/event.h>

#include <string.h>

#include "lib/util/num.h"

#define MAX_PAIRS 1000000

/* Walks along "5,7:9" number by number. */
struct cursor {
	const char *p, *end; /* behind the range */
	uint32_t next, last;
	bool inside; /* next to last are still to come */
};

/* The nth word of the arguments. */
static struct cursor word(struct imap4_str args, unsigned n)
{
	const char *p = args.p, *end = args.p + args.len;

	for (;;) {
		while (p < end && *p == ' ')
			p++;
		const char *start = p;
		while (p < end && *p != ' ')
			p++;
		if (n-- == 0)
			return (struct cursor){.p = start, .end = p};
	}
}

/* The next range. 1; 0: no more; or -1. */
static int next_range(struct cursor *c)
{
	if (c->p == c->end)
		return 0;
	size_t left = (size_t)(c->end - c->p);
	const char *comma = memchr(c->p, ',', left);
	size_t n = comma ? (size_t)(comma - c->p) : left;
	const char *colon = memchr(c->p, ':', n);
	size_t head = colon ? (size_t)(colon - c->p) : n;
	uint32_t a, b;

	if (num_parse_u32(c->p, head, &a) < 0)
		return -1;
	b = a;
	if (colon && num_parse_u32(colon + 1, n - head - 1, &b) < 0)
		return -1;
	/* RFC 4315 4: "2:4 and 4:2 are equivalent". */
	c->next = a < b ? a : b;
	c->last = a < b ? b : a;
	c->inside = true;
	c->p += comma ? n + 1 : n;
	return 1;
}

/* 1 and *out; 0: no more; or -1. */
static int next_number(struct cursor *c, uint32_t *out)
{
	int rc = c->inside ? 1 : next_range(c);

	if (rc <= 0)
		return rc;
	*out = c->next;
	c->inside = c->next != c->last;
	c->next += c->inside;
	return 1;
}

/* How many numbers follow; no more than the ranges are looked at. */
static int count(struct cursor c, uint64_t *total)
{
	int rc;

	*total = 0;
	while ((rc = next_range(&c)) > 0)
		*total += (uint64_t)c.last - c.next + 1;
	return rc;
}

int imap4_copyuid_pairs(const struct imap4_respcode *code,
			int (*fn)(void *ctx, uint32_t src, uint32_t dst),
			void *ctx)
{
	uint64_t nsrc, ndst;
	uint32_t a, b;
	int rc = 0;

	if (code->code != IMAP4_CODE_COPYUID)
		return IMAP4_EINVAL;
	struct cursor src = word(code->args, 1);
	struct cursor dst = word(code->args, 2);
	if (count(src, &nsrc) < 0 || count(dst, &ndst) < 0 || nsrc != ndst)
		return IMAP4_EINVAL;
	if (nsrc > MAX_PAIRS)
		return IMAP4_ELIMIT;
	while (rc == 0 && next_number(&src, &a) > 0 &&
	       next_number(&dst, &b) > 0)
		rc = fn(ctx, a, b);
	return rc;
}
