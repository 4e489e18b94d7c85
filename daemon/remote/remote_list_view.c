/* SPDX-License-Identifier: MIT */
/* What a look collects of a mailbox: rows as they come, then by UID; what
 * vanished; and what that comes to beside the rows of the database. */
#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/remote/remote_list_priv.h"

void remote_list_forget_rows(struct remote_list *l)
{
	free(l->view.gone);
	l->view.gone = NULL;
	l->view.ngone = l->view.gonecap = 0;
	l->view.n = 0;
	l->unordered = false;
	imap4_set_release(&l->vanished);
}

/* UIDs come in ascending order, nearly always; then a later line of the same
 * message is found at once, else when all are there. */
struct remote_row *remote_list_row(struct remote_list *l, uint32_t uid)
{
	struct remote_view *v = &l->view;

	if (v->n > 0 && v->row[v->n - 1].uid == uid)
		return &v->row[v->n - 1];
	l->unordered |= v->n > 0 && v->row[v->n - 1].uid > uid;
	v->row = xgrow(v->row, v->n, &v->cap, sizeof(*v->row));
	v->row[v->n] = (struct remote_row){.uid = uid};
	return &v->row[v->n++];
}

struct place {
	uint32_t uid;
	size_t row;
};

static int place_cmp(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* The later line of a message is the newer; sizes come with the first. */
static void merge_row(struct remote_row *r, const struct remote_row *later)
{
	r->flags = later->flags;
	r->skip |= later->skip;
	if (later->size)
		r->size = later->size;
}

void remote_list_sort(struct remote_list *l)
{
	const struct remote_view *v = &l->view;
	struct place *place = xcalloc(v->n + 1, sizeof(*place));
	struct remote_row *row = xcalloc(v->n + 1, sizeof(*row));
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		place[i] = (struct place){v->row[i].uid, i};
	qsort(place, v->n, sizeof(*place), place_cmp);
	for (size_t i = 0; i < v->n; i++) {
		const struct remote_row *r = &v->row[place[i].row];
		if (n > 0 && row[n - 1].uid == r->uid)
			merge_row(&row[n - 1], r);
		else
			row[n++] = *r;
	}
	free(place);
	free(l->view.row);
	l->view.row = row;
	l->view.cap = v->n + 1;
	l->view.n = n;
	l->unordered = false;
}

/* Only what we know can vanish: ranges are never expanded. Returns how many of
 * those the server should have had. */
size_t remote_list_list_gone(struct remote_list *l)
{
	const struct base_view *base = l->base;
	const struct imap4_set *set = &l->vanished;
	struct remote_view *v = &l->view;
	size_t r = 0, n = 0;

	if (set->n == 0)
		return 0;
	v->gonecap = base->n + 1;
	v->gone = xcalloc(v->gonecap, sizeof(*v->gone));
	for (size_t i = 0; i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		while (r < set->n && set->range[r].last < b->uid)
			r++;
		if (r == set->n || set->range[r].first > b->uid)
			continue;
		v->gone[v->ngone++] = b->uid;
		n += fate_is_there((enum fate)b->fate);
	}
	return n;
}

/* Is there a UID of that range that is of any use? */
static bool matters(const struct remote_list *l, const struct imap4_range *r)
{
	size_t lo = 0, hi = l->base->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (l->base->row[mid].uid < r->first)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < l->base->n && l->base->row[lo].uid <= r->last)
		return true;
	for (size_t i = 0; i < l->naside; i++) {
		if (l->aside[i] >= r->first && l->aside[i] <= r->last)
			return true;
	}
	return false;
}

/* Whatever a server says, there are no more ranges than messages that are
 * known. */
void remote_list_take_vanished(struct remote_list *l,
			       const struct imap4_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct imap4_range *r = &set->range[i];
		if (matters(l, r) &&
		    imap4_set_add(&l->vanished, r->first, r->last) < 0)
			abort();
	}
}

/* Messages that nothing was said of, and that have no row. */
static size_t count_aside(const struct remote_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->naside; i++) {
		uint32_t uid = l->aside[i];
		n += !remote_view_find(&l->view, uid) &&
		     !imap4_set_contains(&l->vanished, uid);
	}
	return n;
}

struct listing_facts remote_list_facts(const struct remote_list *l, size_t gone)
{
	return (struct listing_facts){
	    .base = l->base,
	    .view = &l->view,
	    .complete = l->listing_complete,
	    .exists = l->exists,
	    .limit = l->limit,
	    .uidnext = l->past.at.uidnext,
	    .gone = gone,
	    .aside = l->listing_complete ? 0 : count_aside(l),
	};
}
