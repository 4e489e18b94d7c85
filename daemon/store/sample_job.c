/* SPDX-License-Identifier: MIT */
#include "daemon/store/sample_job.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"

uint64_t sample_header(const struct digests *digests)
{
	uint64_t begin;

	memcpy(&begin, digests->header, sizeof(begin));
	return begin;
}

/* What the server should still have: all of it, or some, evenly spread. Their
 * facts to be, *n of them. */
static struct facts *choose(struct sample_job *l, const struct base_view *base,
			    size_t *n)
{
	struct facts *f = xcalloc(base->n + 1, sizeof(*f));
	size_t *at = xcalloc(base->n + 1, sizeof(*at));
	size_t alive = 0;

	for (size_t i = 0; i < base->n; i++) {
		if (base->row[i].fate == FATE_ALIVE)
			at[alive++] = i;
	}
	l->empty = alive == 0;
	*n = l->anew || alive < SAMPLES ? alive : SAMPLES;
	for (size_t i = 0; i < *n; i++) {
		const struct base_row *b = &base->row[at[i * alive / *n]];
		f[i] = (struct facts){.key = b->key, .content = true};
		if (!l->anew)
			l->sample[l->n++] =
			    (struct sample){.uid = b->uid, .key = b->key};
	}
	free(at);
	return f;
}

static void take(struct sample_job *l, struct facts *f, size_t n)
{
	for (size_t i = 0; i < l->n; i++) {
		struct sample *s = &l->sample[i];
		const struct facts *found = facts_find(f, n, s->key);
		s->here = found->found;
		memcpy(s->header, found->digests.header, DIGEST_BYTES);
	}
	if (!l->anew)
		return;
	l->header = xcalloc(n + 1, sizeof(*l->header));
	for (size_t i = 0; i < n; i++) {
		if (f[i].found)
			l->header[l->nheaders++] = sample_header(&f[i].digests);
	}
	pair_sort_keys(l->header, l->nheaders);
}

void sample_run(struct job *j)
{
	struct sample_job *l = (struct sample_job *)j;
	struct base_view base;
	struct maildir dir;
	size_t n;

	l->base.result =
	    state_load(l->base.store->state, l->row, &base, &l->base.err);
	if (l->base.result < 0)
		return;
	struct facts *f = choose(l, &base, &n);
	base_view_release(&base);
	int r = n > 0 ? maildir_open(l->base.store->root, l->path, false, &dir,
				     &l->base.err)
		      : 1;
	if (r == 0) {
		r = examine_files(&dir, NULL, f, n, clock_wall_ns(),
				  &l->base.err);
		maildir_close(&dir);
		if (r == 0)
			take(l, f, n);
	}
	l->base.result = r < 0 ? -1 : 0;
	free(f);
}
