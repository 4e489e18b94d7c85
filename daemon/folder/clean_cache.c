/* SPDX-License-Identifier: MIT */
#include "daemon/folder/clean_cache.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

/* Index of the first that is not before wire. */
static size_t lower_bound(const struct clean_cache *c, const char *wire)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (strcmp(c->folder[mid].wire, wire) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_at(const struct clean_cache *c, size_t i, const char *wire)
{
	return i < c->n && strcmp(c->folder[i].wire, wire) == 0;
}

void clean_cache_forget(struct clean_cache *c, const char *wire)
{
	size_t i = lower_bound(c, wire);

	if (!is_at(c, i, wire))
		return;
	free(c->folder[i].wire);
	c->n--;
	memmove(&c->folder[i], &c->folder[i + 1],
		(c->n - i) * sizeof(*c->folder));
}

void clean_cache_note(struct clean_cache *c, const char *wire,
		      const struct scan_stamp *stamp, int64_t now_ns)
{
	size_t i = lower_bound(c, wire);

	if (!scan_stamp_settled(stamp, now_ns)) {
		clean_cache_forget(c, wire);
		return;
	}
	if (!is_at(c, i, wire)) {
		c->folder = xgrow(c->folder, c->n, &c->cap, sizeof(*c->folder));
		memmove(&c->folder[i + 1], &c->folder[i],
			(c->n - i) * sizeof(*c->folder));
		c->n++;
		c->folder[i].wire = xstrdup(wire);
	}
	c->folder[i].stamp = *stamp;
}

const struct scan_stamp *clean_cache_find(const struct clean_cache *c,
					  const char *wire)
{
	size_t i = lower_bound(c, wire);

	return is_at(c, i, wire) ? &c->folder[i].stamp : NULL;
}

void clean_cache_release(struct clean_cache *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->folder[i].wire);
	free(c->folder);
	*c = (struct clean_cache){0};
}
