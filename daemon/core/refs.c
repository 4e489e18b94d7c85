/* SPDX-License-Identifier: MIT */
#include "daemon/core/refs.h"

#include <stdlib.h>
#include <string.h>

static int key_cmp(const struct ref *a, const struct ref *b)
{
	int r = a->text && b->text ? strcmp(a->text, b->text) : 0;

	if (r != 0)
		return r;
	return a->num < b->num ? -1 : a->num > b->num;
}

static int ref_cmp(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int r = key_cmp(x, y);

	return r != 0 ? r : x->at < y->at ? -1 : x->at > y->at;
}

struct refs refs_new(size_t n, bool *failed)
{
	struct refs r = {.ref = calloc(n + 1, sizeof(*r.ref))};

	*failed |= !r.ref;
	return r;
}

void refs_add(struct refs *r, const char *text, uint64_t num, size_t at)
{
	if (r->ref)
		r->ref[r->n++] =
		    (struct ref){.text = text, .num = num, .at = at};
}

void refs_sort(struct refs *r)
{
	if (r->n > 1)
		qsort(r->ref, r->n, sizeof(*r->ref), ref_cmp);
	for (size_t i = r->n; i-- > 0;) {
		struct ref *ref = &r->ref[i];
		bool more = i + 1 < r->n && key_cmp(ref, ref + 1) == 0;
		ref->n = more ? ref[1].n + 1 : 1;
	}
}

static size_t lower_bound(const struct refs *r, const struct ref *want)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (key_cmp(&r->ref[mid], want) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct ref *refs_find(const struct refs *r, const char *text,
			    uint64_t num, size_t *n)
{
	struct ref want = {.text = text, .num = num};
	size_t at = lower_bound(r, &want);

	*n = 0;
	if (at == r->n || key_cmp(&r->ref[at], &want) != 0)
		return NULL;
	*n = r->ref[at].n;
	return &r->ref[at];
}

size_t refs_from(const struct refs *r, uint64_t num)
{
	return lower_bound(r, &(struct ref){.num = num});
}
