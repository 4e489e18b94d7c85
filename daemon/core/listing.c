/* SPDX-License-Identifier: MIT */
#include "daemon/core/listing.h"

bool listing_is_whole(const struct listing_facts *l)
{
	return l->view->n == l->exists;
}

/* Messages in the view that the base does not know, or only by claim. */
static size_t count_new(const struct listing_facts *l)
{
	const struct base_view *base = l->base;
	size_t b = 0, n = 0;

	for (size_t i = 0; i < l->view->n; i++) {
		uint32_t uid = l->view->row[i].uid;
		while (b < base->n && base->row[b].uid < uid)
			b++;
		n += b == base->n || base->row[b].uid != uid ||
		     base->row[b].fate == FATE_CLAIMED;
	}
	return n;
}

/* Rows whose message the server should still have. */
static size_t count_known(const struct base_view *base)
{
	size_t n = 0;

	for (size_t i = 0; i < base->n; i++)
		n += fate_is_there((enum fate)base->row[i].fate);
	return n;
}

bool listing_adds_up(const struct listing_facts *l)
{
	return count_known(l->base) - l->gone + count_new(l) + l->aside ==
	       l->exists;
}

/* Is it gone, by a list of all that there is or by a delta? */
static bool is_missing(const struct listing_facts *l, uint32_t uid, size_t *row,
		       size_t *gone)
{
	const struct remote_view *v = l->view;

	while (*row < v->n && v->row[*row].uid < uid)
		++*row;
	while (*gone < v->ngone && v->gone[*gone] < uid)
		++*gone;
	if (l->complete)
		return *row == v->n || v->row[*row].uid != uid;
	return *gone < v->ngone && v->gone[*gone] == uid;
}

struct listed listing_measure(const struct listing_facts *l)
{
	const struct remote_view *v = l->view;
	struct listed out = {.exists = l->exists,
			     .limit = l->limit,
			     .lowest = v->n > 0 ? v->row[0].uid : 0};
	size_t row = 0, gone = 0;

	for (size_t i = v->n;
	     i-- > 0 && l->uidnext > 0 && v->row[i].uid >= l->uidnext;)
		out.fresh++;
	for (size_t i = 0; i < l->base->n; i++) {
		const struct base_row *b = &l->base->row[i];
		if (!fate_is_there((enum fate)b->fate))
			continue;
		if (is_missing(l, b->uid, &row, &gone)) {
			if (out.lowest == 0 || b->uid < out.lowest)
				out.below++;
			else
				out.above++;
		} else if (out.lowest == 0 || b->uid < out.lowest) {
			/* Those before it are not the lowest. */
			out.above += out.below;
			out.below = 0;
			out.lowest = b->uid;
		}
	}
	return out;
}
