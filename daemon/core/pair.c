/* SPDX-License-Identifier: MIT */
#include "daemon/core/pair.h"

#include <stdlib.h>
#include <string.h>

/* Courier ends every message with CRLF: one that came without grows by two. */
#define GROWTH 2

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

struct pair_here *pair_strangers(const struct base_view *base,
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

struct pair_there *pair_news(const struct base_view *base,
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
		there[(*n)++] =
		    (struct pair_there){.uid = r->uid, .size = r->size};
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
			out[(*n)++] = (struct move_here){
			    here[i].uid, here[i].from, here[i].from_uid};
	}
	qsort(out, *n, sizeof(*out), move_cmp);
	return out;
}

static int emailid_cmp(const void *a, const void *b)
{
	const struct pair_here *x = *(const struct pair_here *const *)a;
	const struct pair_here *y = *(const struct pair_here *const *)b;

	return (x->emailid > y->emailid) - (x->emailid < y->emailid);
}

static bool size_fits(uint64_t here, uint64_t there)
{
	return here == there || here + GROWTH == there;
}

void pair_by_emailid(const struct pair_here *here, size_t nhere,
		     struct pair_there *there, size_t nthere)
{
	const struct pair_here **sorted = calloc(nhere + 1, sizeof(*sorted));
	size_t n = 0;

	/* Without memory they are told by their headers. */
	for (size_t i = 0; sorted && i < nhere; i++) {
		if (here[i].emailid != 0)
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
		if (!found || !size_fits((*found)->size, there[i].size))
			continue;
		memcpy(there[i].header, (*found)->header, PAIR_DIGEST);
		there[i].known = there[i].wanted = true;
	}
	free(sorted);
}

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
		if (there[i].known && there[i].wanted)
			continue;
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
	if ((x->from != 0) != (y->from != 0))
		return x->from != 0 ? 1 : -1;
	if (x->sent != y->sent)
		return x->sent > y->sent ? -1 : 1;
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
