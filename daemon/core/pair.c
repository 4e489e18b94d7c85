/* SPDX-License-Identifier: MIT */
#include "daemon/core/pair.h"

#include <stdlib.h>
#include <string.h>

/* Courier ends every message with CRLF: one that came without grows by two. */
#define GROWTH 2

static int size_cmp(const void *a, const void *b)
{
	const struct pair_here *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return 0;
}

static bool has_size(const struct pair_here *here, size_t n, uint64_t size)
{
	struct pair_here want = {.size = size};

	return n > 0 && bsearch(&want, here, n, sizeof(*here), size_cmp);
}

void pair_by_size(struct pair_here *here, size_t nhere,
		  struct pair_there *there, size_t nthere)
{
	if (nhere > 1)
		qsort(here, nhere, sizeof(*here), size_cmp);
	for (size_t i = 0; i < nthere; i++) {
		uint64_t size = there[i].size;
		there[i].wanted =
		    has_size(here, nhere, size) ||
		    (size >= GROWTH && has_size(here, nhere, size - GROWTH));
	}
}

static int header_cmp(const unsigned char *a, const unsigned char *b)
{
	return memcmp(a, b, PAIR_DIGEST);
}

/* Equal ones by key, so that the outcome does not depend on the input's order.
 */
static int here_cmp(const void *a, const void *b)
{
	const struct pair_here *x = a, *y = b;
	int r = header_cmp(x->header, y->header);

	if (r != 0)
		return r;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return 0;
}

static int there_cmp(const void *a, const void *b)
{
	const struct pair_there *x = a, *y = b;
	int r = header_cmp(x->header, y->header);

	if (r != 0)
		return r;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return 0;
}

/* Within one header's group, both sorted by size: those there that are larger
 * by exactly `growth`. */
static size_t pair_group(struct pair_here *here, size_t nhere,
			 struct pair_there *there, size_t nthere,
			 uint64_t growth)
{
	size_t i = 0, j = 0, n = 0;

	while (i < nhere && j < nthere) {
		uint64_t size = here[i].size + growth;
		if (here[i].uid != 0 || size < there[j].size) {
			i++;
		} else if (!there[j].wanted || size > there[j].size) {
			j++;
		} else {
			here[i++].uid = there[j].uid;
			there[j++].wanted = false;
			n++;
		}
	}
	return n;
}

static size_t keep_known(struct pair_there *there, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (there[i].known && there[i].wanted)
			there[kept++] = there[i];
	}
	return kept;
}

size_t pair_by_header(struct pair_here *here, size_t nhere,
		      struct pair_there *there, size_t nthere)
{
	size_t n = 0, t = 0, next_h;

	nthere = keep_known(there, nthere);
	if (nhere == 0 || nthere == 0)
		return 0;
	qsort(here, nhere, sizeof(*here), here_cmp);
	qsort(there, nthere, sizeof(*there), there_cmp);
	for (size_t h = 0; h < nhere; h = next_h) {
		const unsigned char *header = here[h].header;
		next_h = h;
		while (next_h < nhere &&
		       header_cmp(here[next_h].header, header) == 0)
			next_h++;
		while (t < nthere && header_cmp(there[t].header, header) < 0)
			t++;
		size_t end = t;
		while (end < nthere &&
		       header_cmp(there[end].header, header) == 0)
			end++;
		n += pair_group(here + h, next_h - h, there + t, end - t, 0);
		n += pair_group(here + h, next_h - h, there + t, end - t,
				GROWTH);
		t = end;
	}
	return n;
}
