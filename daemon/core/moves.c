/* SPDX-License-Identifier: MIT */
#include "daemon/core/moves.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/content/canon.h"

typedef int compare_fn(const void *a, const void *b);

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Which files of one content belong together: the first of these that finds
 * somebody. */

static int same_folder(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;

	return (x->folder > y->folder) - (x->folder < y->folder);
}

static int same_key(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;

	return order(x->key, y->key);
}

static int same_name(const void *a, const void *b)
{
	int r = same_folder(a, b);

	return r != 0 ? r : same_key(a, b);
}

static int any(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

/* Orders without equals, so that the outcome does not depend on the input's. */

static int by_name(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;
	int r = same_name(a, b);

	return r != 0 ? r : order(x->uid, y->uid);
}

static int by_key(const void *a, const void *b)
{
	int r = same_key(a, b);

	return r != 0 ? r : by_name(a, b);
}

static int by_uid(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;
	int r = same_folder(a, b);

	return r != 0 ? r : order(x->uid, y->uid);
}

static int by_size(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;

	return order(x->size, y->size);
}

/* What makes files alike. */

static int by_print(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;

	return order(x->print, y->print);
}

/* Those without a digest come last. */
static int by_digest(const void *a, const void *b)
{
	const struct move_file *x = a, *y = b;
	int r = (int)y->have_digest - (int)x->have_digest;

	if (r != 0 || !x->have_digest)
		return r;
	return memcmp(x->digest, y->digest, MOVES_DIGEST);
}

static void sort(struct move_file *f, size_t n, compare_fn *by)
{
	if (n > 1)
		qsort(f, n, sizeof(*f), by);
}

static void pair(struct move_file *gone, struct move_file *found)
{
	gone->paired = found->paired = true;
	gone->to = found->folder;
	gone->to_key = found->key;
	gone->flags = found->flags;
}

/* Both are sorted; pairs those that belong together by that rule. */
static void pair_by(struct move_file *gone, size_t ngone,
		    struct move_file *found, size_t nfound, compare_fn *rule)
{
	size_t i = 0, j = 0;

	while (i < ngone && j < nfound) {
		int r = rule(&gone[i], &found[j]);
		if (gone[i].paired) {
			i++;
		} else if (found[j].paired) {
			j++;
		} else if (r != 0) {
			i += r < 0;
			j += r > 0;
		} else {
			pair(&gone[i++], &found[j++]);
		}
	}
}

/* All of these are alike. */
static void pair_alike(struct move_file *gone, size_t ngone,
		       struct move_file *found, size_t nfound)
{
	sort(gone, ngone, by_name);
	sort(found, nfound, by_name);
	pair_by(gone, ngone, found, nfound, same_name);
	pair_by(gone, ngone, found, nfound, same_folder);
	if (ngone > 1 || nfound > 1) {
		sort(gone, ngone, by_key);
		sort(found, nfound, by_key);
	}
	pair_by(gone, ngone, found, nfound, same_key);
	sort(gone, ngone, by_name);
	sort(found, nfound, by_name);
	pair_by(gone, ngone, found, nfound, any);
}

static size_t run_length(const struct move_file *f, size_t n, compare_fn *alike)
{
	size_t i = 1;

	while (i < n && alike(f, f + i) == 0)
		i++;
	return i;
}

/* known: can it be compared at all? */
static void pair_all(struct move_file *gone, size_t ngone,
		     struct move_file *found, size_t nfound, compare_fn *alike,
		     bool (*known)(const struct move_file *f))
{
	size_t i = 0, j = 0;

	sort(gone, ngone, alike);
	sort(found, nfound, alike);
	while (i < ngone && j < nfound) {
		size_t ni = run_length(gone + i, ngone - i, alike);
		size_t nj = run_length(found + j, nfound - j, alike);
		int r = alike(&gone[i], &found[j]);
		if (r == 0 && known(&gone[i]))
			pair_alike(gone + i, ni, found + j, nj);
		i += r <= 0 ? ni : 0;
		j += r >= 0 ? nj : 0;
	}
}

static bool has_print(const struct move_file *f)
{
	return f->print != 0;
}

static bool has_digest(const struct move_file *f)
{
	return f->have_digest;
}

/* Is one of about that size missed? Who moved it may have rewritten fields that
 * do not count. gone is sorted by size. */
static bool size_is_missed(const struct move_file *gone, size_t n,
			   uint64_t size)
{
	uint64_t least = size > CANON_SLACK ? size - CANON_SLACK : 0;
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (gone[mid].size < least)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n &&
	       (gone[lo].size <= size || gone[lo].size - size <= CANON_SLACK);
}

size_t moves_by_print(struct move_file *gone, size_t ngone,
		      struct move_file *found, size_t nfound)
{
	size_t wanted = 0, left = 0;

	pair_all(gone, ngone, found, nfound, by_print, has_print);
	/* Those that are still looked for come first. */
	for (size_t i = 0; i < ngone; i++) {
		if (gone[i].paired || !gone[i].have_digest)
			continue;
		struct move_file f = gone[left];
		gone[left++] = gone[i];
		gone[i] = f;
	}
	sort(gone, left, by_size);
	for (size_t i = 0; i < nfound; i++) {
		struct move_file *f = &found[i];
		f->wanted = !f->paired && size_is_missed(gone, left, f->size);
		wanted += f->wanted;
	}
	return wanted;
}

size_t moves_by_digest(struct move_file *gone, size_t ngone,
		       struct move_file *found, size_t nfound)
{
	size_t n = 0;

	pair_all(gone, ngone, found, nfound, by_digest, has_digest);
	for (size_t i = 0; i < ngone; i++)
		n += gone[i].paired;
	sort(gone, ngone, by_uid);
	return n;
}
