/* SPDX-License-Identifier: MIT */
/* Which file is which message, and what has to be asked to find that out. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/content/canon.h"
#include "daemon/core/pair.h"

/* Courier ends every message with CRLF: one that came without grows by two. */
#define GROWTH 2
/* Headers of messages that are not fetched anyway are asked for where they are
 * not more than so many to a file; else where their size may fit. */
#define OUTSIDE 64

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int digest_cmp(const unsigned char *a, const unsigned char *b)
{
	return memcmp(a, b, PAIR_DIGEST);
}

/* ---- by id ---- */

static int emailid_cmp(const void *a, const void *b)
{
	const struct pair_here *x = *(const struct pair_here *const *)a;
	const struct pair_here *y = *(const struct pair_here *const *)b;

	return order(x->emailid, y->emailid);
}

static bool sizes_agree(const struct pair_here *h, const struct pair_there *t)
{
	return h->size == t->size || h->size + GROWTH == t->size;
}

void pair_by_emailid(const struct pair_here *here, size_t nhere,
		     struct pair_there *there, size_t nthere)
{
	const struct pair_here **sorted = calloc(nhere + 1, sizeof(*sorted));
	size_t n = 0;

	/* Without memory they are told by their contents. */
	for (size_t i = 0; sorted && i < nhere; i++) {
		if (here[i].known && here[i].emailid != 0)
			sorted[n++] = &here[i];
	}
	if (n > 1)
		qsort(sorted, n, sizeof(*sorted), emailid_cmp);
	for (size_t i = 0; n > 0 && i < nthere; i++) {
		struct pair_here want = {.emailid = there[i].emailid};
		const struct pair_here *key = &want;
		if (want.emailid == 0)
			continue;
		const struct pair_here *const *found =
		    bsearch(&key, sorted, n, sizeof(*sorted), emailid_cmp);
		if (!found || !sizes_agree(*found, &there[i]))
			continue;
		memcpy(there[i].header, (*found)->header, PAIR_DIGEST);
		memcpy(there[i].body, (*found)->message, PAIR_DIGEST);
		there[i].have = PAIR_HEADER | PAIR_MESSAGE;
	}
	free(sorted);
}

/* ---- both sides by header ---- */

/* Equal ones by what they are preferred for, and by key: the outcome does not
 * depend on the input's order. */
static int here_cmp(const void *a, const void *b)
{
	const struct pair_here *x = a, *y = b;
	int r;

	if (x->known != y->known)
		return x->known ? -1 : 1;
	if ((r = digest_cmp(x->header, y->header)) != 0 ||
	    (r = digest_cmp(x->message, y->message)) != 0)
		return r;
	if ((x->from != 0) != (y->from != 0))
		return x->from != 0 ? 1 : -1;
	if (x->sent != y->sent)
		return x->sent > y->sent ? -1 : 1;
	return order(x->key, y->key);
}

static int there_cmp(const void *a, const void *b)
{
	const struct pair_there *x = *(const struct pair_there *const *)a;
	const struct pair_there *y = *(const struct pair_there *const *)b;
	int r = digest_cmp(x->header, y->header);

	if (r != 0)
		return r;
	if ((x->have & PAIR_MESSAGE) != (y->have & PAIR_MESSAGE))
		return x->have & PAIR_MESSAGE ? -1 : 1;
	if ((x->have & PAIR_MESSAGE) && (r = digest_cmp(x->body, y->body)) != 0)
		return r;
	return order(x->uid, y->uid);
}

struct match {
	struct pair_here *here; /* those that were read, by header */
	size_t nhere;
	struct pair_there **there; /* those whose header is known, by it */
	size_t nthere;
	bool lies; /* sizes count for nothing */
	uint32_t compared;
	/* The header that both have: set by next_group(). */
	size_t h, hend, t, tend;
};

static void first_group(struct match *m)
{
	m->h = m->hend = m->t = m->tend = 0;
}

static bool next_group(struct match *m)
{
	m->h = m->hend;
	m->t = m->tend;
	while (m->h < m->nhere && m->t < m->nthere) {
		const unsigned char *header = m->here[m->h].header;
		int r = digest_cmp(header, m->there[m->t]->header);
		if (r != 0) {
			m->h += r < 0;
			m->t += r > 0;
			continue;
		}
		for (m->hend = m->h;
		     m->hend < m->nhere &&
		     digest_cmp(m->here[m->hend].header, header) == 0;)
			m->hend++;
		for (m->tend = m->t;
		     m->tend < m->nthere &&
		     digest_cmp(m->there[m->tend]->header, header) == 0;)
			m->tend++;
		return true;
	}
	return false;
}

static bool is_unique(const struct match *m)
{
	return m->hend == m->h + 1 && m->tend == m->t + 1;
}

static bool is_same(const struct pair_here *h, const struct pair_there *t)
{
	if (t->have & PAIR_MESSAGE)
		return digest_cmp(h->message, t->body) == 0;
	return (t->have & PAIR_SAMPLE) && digest_cmp(h->sample, t->body) == 0;
}

/* What was found out of sizes so far. */
static void weigh_sizes(struct match *m, const struct pair_policy *policy)
{
	uint32_t unlike = policy->unlike;

	m->compared = 0;
	first_group(m);
	while (next_group(m)) {
		const struct pair_here *h = &m->here[m->h];
		const struct pair_there *t = m->there[m->t];
		if (!is_unique(m) || !(t->have & PAIR_MESSAGE) ||
		    sizes_agree(h, t))
			continue;
		m->compared++;
		unlike += is_same(h, t);
	}
	m->lies = unlike >= PAIR_LIES;
}

/* 0 or -1: out of memory. */
static int match_begin(struct match *m, struct pair_here *here, size_t nhere,
		       struct pair_there *there, size_t nthere,
		       const struct pair_policy *policy)
{
	*m = (struct match){.here = here};
	m->there = calloc(nthere + 1, sizeof(*m->there));
	if (!m->there)
		return -1;
	if (nhere > 1)
		qsort(here, nhere, sizeof(*here), here_cmp);
	while (m->nhere < nhere && here[m->nhere].known)
		m->nhere++;
	for (size_t i = 0; i < nthere; i++) {
		if (there[i].have & PAIR_HEADER)
			m->there[m->nthere++] = &there[i];
	}
	if (m->nthere > 1)
		qsort(m->there, m->nthere, sizeof(*m->there), there_cmp);
	weigh_sizes(m, policy);
	return 0;
}

/* ---- what to ask ---- */

static size_t want(struct pair_there *t, enum pair_part part)
{
	if ((t->have | t->asked) & part)
		return 0;
	t->want = (uint8_t)part;
	t->asked |= (uint8_t)part;
	return 1;
}

/* Is one of about that size here? size: sorted. */
static bool size_fits(const uint64_t *size, size_t n, uint64_t there)
{
	uint64_t least = there > CANON_SLACK ? there - CANON_SLACK : 0;
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (size[mid] < least)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && (size[lo] <= there || size[lo] - there <= CANON_SLACK);
}

/* Of a message that is fetched if it is no file's, the header costs little
 * more. Others are many, and are there in every sync. */
static size_t want_headers(const struct pair_here *here, size_t nhere,
			   struct pair_there *there, size_t nthere,
			   const struct pair_policy *policy)
{
	uint64_t *size = malloc((nhere + 1) * sizeof(*size));
	size_t n = 0, known = 0, outside = 0;

	if (!size)
		return SIZE_MAX;
	for (size_t i = 0; i < nhere; i++) {
		if (here[i].known)
			size[known++] = here[i].size;
	}
	pair_sort_keys(size, known);
	for (size_t i = 0; i < nthere; i++)
		outside += there[i].outside;
	bool all = outside <= known * OUTSIDE;
	for (size_t i = 0; i < nthere && known > 0; i++) {
		struct pair_there *t = &there[i];
		bool sent =
		    policy->sent_from > 0 && t->uid >= policy->sent_from;
		if (all || !t->outside || sent ||
		    size_fits(size, known, t->size))
			n += want(t, PAIR_HEADER);
	}
	free(size);
	return n;
}

/* One file, one message. limit: so many more may be compared as a whole to find
 * out what sizes are worth. */
static size_t want_one(const struct match *m, uint32_t *limit)
{
	const struct pair_here *h = &m->here[m->h];
	struct pair_there *t = m->there[m->t];

	if (t->have & PAIR_MESSAGE)
		return 0;
	if (m->lies || sizes_agree(h, t)) {
		size_t n = want(t, PAIR_SAMPLE);
		return n > 0 || is_same(h, t) ? n : want(t, PAIR_MESSAGE);
	}
	if (*limit == 0)
		return 0;
	size_t n = want(t, PAIR_MESSAGE);
	*limit -= (uint32_t)n;
	return n;
}

static size_t want_bodies(struct match *m)
{
	/* Twice as many each time: few rounds, whatever they come to. */
	uint32_t limit = m->compared > PAIR_LIES ? m->compared : PAIR_LIES;
	size_t n = 0;

	first_group(m);
	while (next_group(m)) {
		if (is_unique(m)) {
			n += want_one(m, &limit);
			continue;
		}
		for (size_t i = m->t; i < m->tend; i++)
			n += want(m->there[i], PAIR_MESSAGE);
	}
	return n;
}

size_t pair_want(struct pair_here *here, size_t nhere, struct pair_there *there,
		 size_t nthere, const struct pair_policy *policy)
{
	struct match m;

	for (size_t i = 0; i < nthere; i++)
		there[i].want = 0;
	size_t n = want_headers(here, nhere, there, nthere, policy);
	if (n > 0)
		return n;
	if (match_begin(&m, here, nhere, there, nthere, policy) < 0)
		return SIZE_MAX;
	n = want_bodies(&m);
	free(m.there);
	return n;
}

/* ---- pairs ---- */

static size_t pair_one(struct pair_here *h, const struct pair_there *t,
		       uint32_t *unlike)
{
	h->uid = t->uid;
	*unlike += (t->have & PAIR_MESSAGE) && !sizes_agree(h, t);
	return 1;
}

/* Within a group both sides are sorted by what they are. */
static size_t pair_group(const struct match *m, uint32_t *unlike)
{
	size_t h = m->h, t = m->t, n = 0;

	while (h < m->hend && t < m->tend &&
	       (m->there[t]->have & PAIR_MESSAGE)) {
		int r = digest_cmp(m->here[h].message, m->there[t]->body);
		if (r == 0)
			n += pair_one(&m->here[h], m->there[t], unlike);
		h += r <= 0;
		t += r >= 0;
	}
	return n;
}

size_t pair_up(struct pair_here *here, size_t nhere, struct pair_there *there,
	       size_t nthere, const struct pair_policy *policy,
	       uint32_t *unlike)
{
	struct match m;
	size_t n = 0;

	*unlike = 0;
	if (match_begin(&m, here, nhere, there, nthere, policy) < 0)
		return SIZE_MAX;
	first_group(&m);
	while (next_group(&m)) {
		struct pair_here *h = &m.here[m.h];
		const struct pair_there *t = m.there[m.t];
		if (!is_unique(&m))
			n += pair_group(&m, unlike);
		else if (is_same(h, t))
			n += pair_one(h, t, unlike);
	}
	free(m.there);
	return n;
}
