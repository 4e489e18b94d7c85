/* SPDX-License-Identifier: MIT */
#include "daemon/core/content/foreign.h"

#include <stdbool.h>
#include <string.h>

#include "lib/util/utf8.h"

static bool is_there(const struct foreign_view *v, const char *name)
{
	size_t lo = 0, hi = v->nthere;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = strcmp(v->there[mid], name);
		if (r == 0)
			return true;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static bool is_unmistakable(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)name[i] >= 0x80)
			return utf8_valid(name, n);
	}
	return false;
}

static bool explains(const struct foreign_view *v, const struct foreign_dir *d)
{
	return d->name && (is_there(v, d->name) || is_unmistakable(d->name));
}

static size_t count(const struct foreign_view *v,
		    const struct foreign_reading *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += explains(v, &r->dir[i]);
	return n;
}

static bool has(const struct foreign_view *v, const struct foreign_reading *r,
		const char *path)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->dir[i].path, path) == 0)
			return explains(v, &r->dir[i]);
	}
	return false;
}

static const struct foreign_dir *find_example(const struct foreign_view *v,
					      const struct foreign_reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (explains(v, &r->dir[i]) &&
		    !has(v, &v->reading[0], r->dir[i].path))
			return &r->dir[i];
	}
	return NULL;
}

size_t foreign_find(const struct foreign_view *v,
		    const struct foreign_dir **example)
{
	size_t best = 0, most = count(v, &v->reading[0]);

	for (size_t i = 1; i < v->n; i++) {
		size_t n = count(v, &v->reading[i]);
		bool fewer = best != 0 && n == most &&
			     v->reading[i].keys < v->reading[best].keys;
		if (n <= most && !fewer)
			continue;
		best = i;
		most = n;
	}
	*example = best != 0 ? find_example(v, &v->reading[best]) : NULL;
	return best;
}
