/* SPDX-License-Identifier: MIT */
#include "daemon/base/names.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"

void names_add(struct names *n, const char *name)
{
	n->name = xgrow(n->name, n->n, &n->cap, sizeof(*n->name));
	n->name[n->n++] = name;
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void names_sort(struct names *n)
{
	if (n->n > 1)
		qsort(n->name, n->n, sizeof(*n->name), name_cmp);
}

bool names_has(const struct names *n, const char *name)
{
	return n->n > 0 &&
	       bsearch(&name, n->name, n->n, sizeof(*n->name), name_cmp);
}

void names_release(struct names *n)
{
	free(n->name);
	*n = (struct names){0};
}
