/* SPDX-License-Identifier: MIT */
#include "daemon/core/pair.h"

#include <stdlib.h>
#include <string.h>

static int u64_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void pair_sort_keys(uint64_t *keys, size_t n)
{
	if (n > 1)
		qsort(keys, n, sizeof(*keys), u64_cmp);
}

bool pair_has_key(const uint64_t *sorted, size_t n, uint64_t x)
{
	return n > 0 && bsearch(&x, sorted, n, sizeof(*sorted), u64_cmp);
}

uint64_t *pair_keys(const struct base_view *base, size_t *n)
{
	uint64_t *keys = calloc(base->n + 1, sizeof(*keys));

	*n = 0;
	for (size_t i = 0; keys && i < base->n; i++) {
		if (fate_is_here((enum fate)base->row[i].fate))
			keys[(*n)++] = base->row[i].key;
	}
	if (keys)
		pair_sort_keys(keys, *n);
	return keys;
}

static bool is_new(const struct base_view *base,
		   const struct remote_view *remote, uint32_t uid)
{
	return uid != 0 && !base_view_find(base, uid) &&
	       remote_view_find(remote, uid);
}

struct pair_here *pair_unmatched(const struct base_view *base,
				 const struct remote_view *remote,
				 const struct local_view *local, size_t *n)
{
	size_t nkeys;
	uint64_t *keys = pair_keys(base, &nkeys);
	struct pair_here *here = calloc(local->n + 1, sizeof(*here));

	*n = 0;
	if (!keys || !here) {
		free(keys);
		free(here);
		*n = SIZE_MAX;
		return NULL;
	}
	for (size_t i = 0; i < local->n; i++) {
		const struct local_row *l = &local->row[i];
		if (l->wait != WAIT_MOVE && l->wait != WAIT_WRITER &&
		    !pair_has_key(keys, nkeys, l->key) &&
		    !is_new(base, remote, l->hint))
			here[(*n)++].key = l->key;
	}
	free(keys);
	return here;
}

struct pair_there *pair_new_messages(const struct base_view *base,
				     const struct remote_view *remote,
				     const struct local_view *local, size_t *n)
{
	uint64_t *hints = calloc(local->n + 1, sizeof(*hints));
	struct pair_there *there = calloc(remote->n + 1, sizeof(*there));

	*n = 0;
	if (!hints || !there) {
		free(hints);
		free(there);
		*n = SIZE_MAX;
		return NULL;
	}
	for (size_t i = 0; i < local->n; i++)
		hints[i] = local->row[i].hint;
	qsort(hints, local->n, sizeof(*hints), u64_cmp);
	for (size_t i = 0; i < remote->n; i++) {
		const struct remote_row *r = &remote->row[i];
		if (base_view_find(base, r->uid) ||
		    pair_has_key(hints, local->n, r->uid))
			continue;
		there[(*n)++] = (struct pair_there){
		    .uid = r->uid, .size = r->size, .outside = r->skip};
	}
	free(hints);
	return there;
}

void pair_apply(const struct pair_here *here, size_t n,
		struct local_view *local)
{
	for (size_t i = 0; i < n; i++) {
		size_t lo = 0, hi = local->n;
		if (here[i].uid == 0 || here[i].from != 0)
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;
			if (local->row[mid].key < here[i].key)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo < local->n && local->row[lo].key == here[i].key)
			local->row[lo].hint = here[i].uid;
	}
}

static int move_cmp(const void *a, const void *b)
{
	const struct move_here *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

struct move_here *pair_moves(const struct pair_here *here, size_t nhere,
			     size_t *n)
{
	struct move_here *out = calloc(nhere + 1, sizeof(*out));

	*n = 0;
	if (!out) {
		*n = SIZE_MAX;
		return NULL;
	}
	for (size_t i = 0; i < nhere; i++) {
		if (here[i].uid != 0 && here[i].from != 0)
			out[(*n)++] =
			    (struct move_here){here[i].uid, here[i].from,
					       here[i].from_uid, here[i].flags};
	}
	qsort(out, *n, sizeof(*out), move_cmp);
	return out;
}
