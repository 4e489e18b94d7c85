/* SPDX-License-Identifier: MIT */
/* Rows are marked first and swept in the end: a plan may have as many actions
 * as a folder has messages. */
#include "daemon/core/pretend.h"

#include <stdlib.h>

struct pretence {
	struct base_view *base;
	struct remote_view *remote;
	struct local_view *local;
	/* What is to be taken out, by index; there is one more of each, so that
	 * none is empty. */
	bool *no_base, *no_remote, *no_local;
};

static void drop_row(struct pretence *p, uint32_t uid)
{
	const struct base_row *b = base_view_find(p->base, uid);

	if (b)
		p->no_base[b - p->base->row] = true;
}

static void drop_there(struct pretence *p, uint32_t uid)
{
	const struct remote_row *r = remote_view_find(p->remote, uid);

	if (r)
		p->no_remote[r - p->remote->row] = true;
}

static void drop_here(struct pretence *p, uint64_t key)
{
	const struct local_row *l = local_view_find(p->local, key);

	if (l)
		p->no_local[l - p->local->row] = true;
}

static void change(uint64_t *flags, const struct action *a)
{
	*flags = (*flags | a->add) & ~a->del;
}

static void change_flags(struct pretence *p, const struct action *a)
{
	struct base_row *b = base_view_find(p->base, a->uid);
	struct remote_row *r = remote_view_find(p->remote, a->uid);
	struct local_row *l = b ? local_view_find(p->local, b->key) : NULL;

	if (b)
		change(&b->flags, a);
	if (r && a->type == ACTION_FLAGS_THERE)
		change(&r->flags, a);
	if (l && a->type == ACTION_FLAGS_HERE)
		change(&l->flags, a);
}

static void set_fate(struct pretence *p, const struct action *a)
{
	struct base_row *b = base_view_find(p->base, a->uid);

	if (b)
		b->fate = (uint8_t)a->fate;
}

static void take(struct pretence *p, const struct action *a)
{
	switch (a->type) {
	case ACTION_FETCH:
	case ACTION_MOVE_HERE:
		drop_there(p, a->uid);
		break;
	case ACTION_UPLOAD:
		drop_here(p, a->key);
		break;
	case ACTION_FLAGS_HERE:
	case ACTION_FLAGS_THERE:
	case ACTION_RECORD:
		change_flags(p, a);
		break;
	case ACTION_FORGET:
		drop_row(p, a->uid);
		break;
	case ACTION_FATE:
		set_fate(p, a);
		break;
	case ACTION_DIE_HERE:
		drop_row(p, a->uid);
		drop_here(p, a->key);
		break;
	case ACTION_MOVE_THERE:
	case ACTION_DIE_THERE:
	case ACTION_DELETE_THERE:
		drop_row(p, a->uid);
		drop_there(p, a->uid);
		break;
	case ACTION_PROVE:
	case ACTION_ADOPT:
		break; /* see adopt() */
	}
}

static void sweep(struct pretence *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->base->n; i++) {
		if (!p->no_base[i])
			p->base->row[n++] = p->base->row[i];
	}
	p->base->n = n;
	n = 0;
	for (size_t i = 0; i < p->remote->n; i++) {
		if (!p->no_remote[i])
			p->remote->row[n++] = p->remote->row[i];
	}
	p->remote->n = n;
	n = 0;
	for (size_t i = 0; i < p->local->n; i++) {
		if (!p->no_local[i])
			p->local->row[n++] = p->local->row[i];
	}
	p->local->n = n;
}

static int by_uid(const void *a, const void *b)
{
	const struct base_row *x = a;

	return row_uid_cmp(&x->uid, b);
}

/* What was paired is known from now on: its flags are merged next. */
static int adopt(struct base_view *base, const struct plan *plan)
{
	size_t n = plan_count(plan, ACTION_ADOPT);

	if (n == 0)
		return 0;
	struct base_row *row =
	    reallocarray(base->row, base->n + n, sizeof(*row));
	if (!row)
		return -1;
	base->row = row;
	base->cap = base->n + n;
	for (size_t i = 0; i < plan->n; i++) {
		const struct action *a = &plan->action[i];
		if (a->type == ACTION_ADOPT)
			row[base->n++] = (struct base_row){.uid = a->uid,
							   .flags = a->flags,
							   .key = a->key,
							   .print = a->print};
	}
	qsort(row, base->n, sizeof(*row), by_uid);
	return 0;
}

static int begin(struct pretence *p)
{
	p->no_base = calloc(p->base->n + 1, sizeof(bool));
	p->no_remote = calloc(p->remote->n + 1, sizeof(bool));
	p->no_local = calloc(p->local->n + 1, sizeof(bool));
	return p->no_base && p->no_remote && p->no_local ? 0 : -1;
}

static int end(struct pretence *p, int r)
{
	if (r == 0)
		sweep(p);
	free(p->no_base);
	free(p->no_remote);
	free(p->no_local);
	return r;
}

int pretend(const struct plan *plan, struct base_view *base,
	    struct remote_view *remote, struct local_view *local)
{
	struct pretence p = {.base = base, .remote = remote, .local = local};
	int r = begin(&p);

	for (size_t i = 0; i < plan->n && r == 0; i++)
		take(&p, &plan->action[i]);
	r = end(&p, r);
	return r == 0 ? adopt(base, plan) : -1;
}

int pretend_gone(struct base_view *base, struct local_view *local,
		 const uint32_t *uid, size_t n)
{
	struct remote_view nothing = {0};
	struct pretence p = {.base = base, .remote = &nothing, .local = local};
	int r = begin(&p);

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct base_row *b = base_view_find(base, uid[i]);
		if (b)
			drop_here(&p, b->key);
		drop_row(&p, uid[i]);
	}
	return end(&p, r);
}
