/* SPDX-License-Identifier: MIT */
#include "daemon/core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/planner.h"

struct hint {
	uint32_t uid;
	size_t row;
};

static int hint_cmp(const void *a, const void *b)
{
	const struct hint *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* The first file of that UID, or NULL. */
static const struct hint *find_hint(const struct hint *hints, size_t n,
				    uint32_t uid)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (hints[mid].uid < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && hints[lo].uid == uid ? &hints[lo] : NULL;
}

/* Files without a row whose name or content is that of a message. */
static struct hint *collect_hints(struct planner *p, size_t *n)
{
	const struct local_view *local = p->in->local;
	size_t count = 0;

	*n = 0;
	for (size_t i = 0; local && i < local->n; i++)
		count += p->use[i] != USE_ROW && local->row[i].hint != 0;
	if (count == 0)
		return NULL;
	struct hint *hints = reallocarray(NULL, count, sizeof(*hints));
	if (!hints) {
		p->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < local->n; i++) {
		if (p->use[i] != USE_ROW && local->row[i].hint != 0)
			hints[(*n)++] = (struct hint){local->row[i].hint, i};
	}
	if (*n > 1)
		qsort(hints, *n, sizeof(*hints), hint_cmp);
	return hints;
}

static const struct move_here *moved_here(const struct planner *p, uint32_t uid)
{
	const struct plan_input *in = p->in;

	return in->nmoved_here ? bsearch(&uid, in->moved_here, in->nmoved_here,
					 sizeof(*in->moved_here), row_uid_cmp)
			       : NULL;
}

static void adopt(struct planner *p, const struct remote_row *r, size_t row)
{
	const struct local_row *l = &p->in->local->row[row];

	p->use[row] = USE_ROW;
	/* Nobody knows what was in sync: only what both sides have. A flag that
	 * one side has alone then wins, whichever it is. Not more, even where
	 * the file cannot show it: it may get a letter and would then seem to
	 * have been removed here. */
	planner_add(p, (struct action){.type = ACTION_ADOPT,
				       .uid = r->uid,
				       .flags = r->flags & l->flags,
				       .key = l->key,
				       .print = l->print,
				       .in_new = l->in_new});
}

static void new_there(struct planner *p, const struct remote_row *r,
		      const struct hint *hints, size_t nhints)
{
	const struct hint *h = find_hint(hints, nhints, r->uid);
	const struct move_here *m = moved_here(p, r->uid);

	if (h) {
		adopt(p, r, h->row);
	} else if (!p->policy->pull) {
		return;
	} else if (m) {
		planner_add(p, (struct action){.type = ACTION_MOVE_HERE,
					       .uid = r->uid,
					       .other = m->from,
					       .other_uid = m->from_uid,
					       .flags = r->flags});
	} else if (p->policy->defer_new) {
		p->plan->deferred++;
	} else if (r->skip) {
		p->plan->skipped++;
	} else {
		planner_add(p, (struct action){.type = ACTION_FETCH,
					       .uid = r->uid,
					       .flags = r->flags,
					       .size = r->size});
	}
}

static void walk_known(struct planner *p)
{
	const struct base_view *base = p->in->base;
	const struct remote_view *remote = p->in->remote;
	size_t r = 0, g = 0;

	for (size_t i = 0; i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		while (r < remote->n && remote->row[r].uid < b->uid)
			r++;
		while (g < remote->ngone && remote->gone[g] < b->uid)
			g++;
		bool listed = r < remote->n && remote->row[r].uid == b->uid;
		bool vanished = g < remote->ngone && remote->gone[g] == b->uid;
		bool missing = remote->complete ? !listed : vanished;
		bool below = b->uid < remote->floor;
		struct there t = {
		    .gone = missing && !below,
		    .hidden = missing && below,
		    .shown = listed,
		    .flags = listed ? remote->row[r].flags : b->flags,
		};
		/* A delta does not repeat a mark that was there before. */
		if (!listed && b->fate == FATE_DELETED_THERE)
			t.flags |= FLAG_DELETED;
		planner_row(p, b, &t);
	}
}

static void walk_new(struct planner *p)
{
	const struct base_view *base = p->in->base;
	const struct remote_view *remote = p->in->remote;
	size_t nhints;
	struct hint *hints = collect_hints(p, &nhints);
	size_t b = 0;

	for (size_t i = 0; i < remote->n; i++) {
		while (b < base->n && base->row[b].uid < remote->row[i].uid)
			b++;
		if (b < base->n && base->row[b].uid == remote->row[i].uid)
			continue;
		new_there(p, &remote->row[i], hints, nhints);
	}
	free(hints);
}

static void new_here(struct planner *p, const struct local_row *l, bool written)
{
	if (!p->policy->push)
		return;
	if (p->policy->read_only)
		p->plan->pending_uploads++;
	else if (l->hint != 0 && l->hint < p->in->remote->floor)
		/* Its name says that the server has it. */
		p->plan->hidden++;
	else if (l->hint != 0 && p->in->remote->partial)
		/* Likewise, and it may be what is not listed. */
		p->plan->deferred++;
	else if (l->wait != WAIT_NOT)
		p->plan->waiting[l->wait]++;
	else if (!written && planner_is_late_file(p, l->key))
		p->plan->late++;
	else
		planner_add(p, (struct action){.type = ACTION_UPLOAD,
					       .flags = l->flags,
					       .key = l->key,
					       .in_new = l->in_new});
}

static void walk_unmatched(struct planner *p)
{
	const struct local_view *local = p->in->local;

	for (size_t i = 0; local && i < local->n; i++) {
		if (p->use[i] != USE_ROW && !local->row[i].odd)
			new_here(p, &local->row[i], p->use[i] == USE_NEW);
	}
}

static bool deletion_count_held(const struct planner *p,
				const struct deletion_count *t, bool hold)
{
	if (t->unanswered == 0)
		return false;
	return hold || guard_holds(t->n, p->total, t->left,
				   p->policy->delete_limit_percent);
}

static int uid_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Drops the deletions where the guard says so: all of them, and the knowledge
 * of what was deleted on both sides: if the other side's messages come back,
 * those must not come as new ones. */
static void apply_guard(struct planner *p)
{
	struct plan *plan = p->plan;
	bool here = deletion_count_held(p, &p->here, p->policy->hold_here);
	bool there = deletion_count_held(p, &p->there, p->policy->hold_there);
	size_t kept = 0;

	if (!here && !there)
		return;
	plan->held = calloc(plan->n, sizeof(*plan->held));
	p->failed |= !plan->held;
	for (size_t i = 0; i < plan->n && plan->held; i++) {
		const struct action *a = &plan->action[i];
		bool held = (a->type == ACTION_DIE_HERE && here) ||
			    (a->type == ACTION_DIE_THERE && there);
		if (held)
			plan->held[plan->nheld++] = a->uid;
		else if (a->type != ACTION_FORGET || a->flags)
			plan->action[kept++] = *a;
	}
	plan->n = kept;
	if (plan->nheld > 1)
		qsort(plan->held, plan->nheld, sizeof(*plan->held), uid_cmp);
	plan->held_here = here ? p->here.n : 0;
	plan->held_there = there ? p->there.n : 0;
}

static bool is_fetch(enum action_type type)
{
	return type == ACTION_FETCH;
}

/* Does it more than to find out which file is which message? */
static bool is_change(enum action_type type)
{
	return type != ACTION_ADOPT && type != ACTION_PROVE;
}

/* Leaves these actions to a later pass. */
static void defer(struct plan *plan, bool (*these)(enum action_type type))
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->n; i++) {
		if (!these(plan->action[i].type))
			plan->action[kept++] = plan->action[i];
	}
	plan->deferred += plan->n - kept;
	plan->n = kept;
}

/* What batches are made of; see exec.c. */
static int group_cmp(const struct action *x, const struct action *y)
{
	switch (x->type) {
	case ACTION_FLAGS_THERE:
		if (x->flags != y->flags)
			return x->flags < y->flags ? -1 : 1;
		if (x->add != y->add)
			return x->add < y->add ? -1 : 1;
		if (x->del != y->del)
			return x->del < y->del ? -1 : 1;
		return 0;
	case ACTION_MOVE_HERE:
	case ACTION_MOVE_THERE:
		if (x->other != y->other)
			return x->other < y->other ? -1 : 1;
		return 0;
	case ACTION_FATE:
		if (x->fate != y->fate)
			return x->fate < y->fate ? -1 : 1;
		return 0;
	case ACTION_DELETE_THERE:
		if (x->flags != y->flags)
			return x->flags < y->flags ? -1 : 1;
		return 0;
	default:
		return 0;
	}
}

static int action_cmp(const void *a, const void *b)
{
	const struct action *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	int r = group_cmp(x, y);
	if (r != 0)
		return r;
	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

int plan_folder(struct plan *out, const struct plan_input *in,
		const struct policy *policy)
{
	struct planner p = {.plan = out, .in = in, .policy = policy};

	*out = (struct plan){0};
	if (in->local && in->local->n > 0) {
		p.use = calloc(in->local->n, sizeof(*p.use));
		if (!p.use)
			return -1;
	}
	walk_known(&p);
	walk_new(&p);
	walk_unmatched(&p);
	free(p.use);
	free(p.keys);
	if (!p.failed)
		apply_guard(&p);
	if (p.failed) {
		plan_release(out);
		return -1;
	}
	if (policy->adopt_only)
		defer(out, is_change);
	/* A message that is kept here for what it was marked with may be the
	 * very one that is new there, moved away and back: its file is a
	 * candidate only when its row is gone, so nothing is fetched before. */
	if (p.kept_here)
		defer(out, is_fetch);
	if (out->n > 1)
		qsort(out->action, out->n, sizeof(*out->action), action_cmp);
	return 0;
}

void plan_release(struct plan *p)
{
	free(p->action);
	free(p->gone);
	free(p->held);
	*p = (struct plan){0};
}

size_t plan_count(const struct plan *p, enum action_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->action[i].type == type;
	return n;
}
