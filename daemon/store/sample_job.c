/* SPDX-License-Identifier: MIT */
#include "daemon/store/sample_job.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"

/* Evenly spread over what the server should still have. */

static void choose(struct sample_job *l, const struct base_view *base)
{
	size_t *at = xcalloc(base->n + 1, sizeof(*at));
	size_t n = 0;

	for (size_t i = 0; i < base->n; i++) {
		if (base->row[i].fate == FATE_ALIVE)
			at[n++] = i;
	}
	l->empty = n == 0;
	l->n = n < SAMPLES ? n : SAMPLES;
	for (size_t i = 0; i < l->n; i++) {
		const struct base_row *b = &base->row[at[i * n / l->n]];
		l->sample[i] = (struct sample){.uid = b->uid, .key = b->key};
	}
	free(at);
}

static int facts_cmp(const void *a, const void *b)
{
	const struct facts *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int examine(struct sample_job *l)
{
	struct facts f[SAMPLES];
	struct maildir dir;
	int r = maildir_open(l->base.store->root, l->path, false, &dir,
			     &l->base.err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	for (size_t i = 0; i < l->n; i++)
		f[i] = (struct facts){.key = l->sample[i].key, .content = true};
	qsort(f, l->n, sizeof(*f), facts_cmp);
	r = examine_files(&dir, NULL, f, l->n, clock_wall_ns(), &l->base.err);
	maildir_close(&dir);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		struct sample *s = &l->sample[i];
		struct facts want = {.key = s->key};
		const struct facts *found =
		    bsearch(&want, f, l->n, sizeof(*f), facts_cmp);
		s->here = found->found;
		memcpy(s->header, found->digests.header, DIGEST_BYTES);
	}
	return r;
}

void sample_run(struct job *j)
{
	struct sample_job *l = (struct sample_job *)j;
	struct base_view base;

	l->base.result =
	    state_load(l->base.store->state, l->row, &base, &l->base.err);
	if (l->base.result < 0)
		return;
	choose(l, &base);
	base_view_release(&base);
	if (l->n > 0)
		l->base.result = examine(l);
}
