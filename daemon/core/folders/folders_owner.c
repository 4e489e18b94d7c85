/* SPDX-License-Identifier: MIT */
#include "daemon/core/folders/folders_owner.h"

#include <string.h>

static bool is_better(const struct folders_base *base,
		      const struct folders_tally *tally, size_t a, size_t b,
		      const char *path)
{
	if (tally[a].owned != tally[b].owned)
		return tally[a].owned > tally[b].owned;
	bool path_a = strcmp(base[a].path, path) == 0;
	bool path_b = strcmp(base[b].path, path) == 0;
	return path_a != path_b ? path_a : base[a].id < base[b].id;
}

size_t folders_owner(const struct folders_base *base,
		     const struct folders_tally *tally, size_t n,
		     const char *path)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		if (tally[i].owned > 0 &&
		    (best == SIZE_MAX || is_better(base, tally, i, best, path)))
			best = i;
	}
	return best;
}
