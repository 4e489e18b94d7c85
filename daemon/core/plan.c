/* SPDX-License-Identifier: MIT */
#include "daemon/core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/merge.h"

/* Marks that say "somebody cared just now": they win over a deletion. */
#define INTEREST (~(FLAG_SEEN | FLAG_DELETED | FLAG_DRAFT))

struct planner {
	struct plan *plan;
	const struct policy *policy;
	const struct local_view *local; /* NULL: as in base */
	bool *used; /* which local rows belong to a base row or an action */
	size_t deletions;
	size_t total; /* rows without a tombstone */
	size_t left;  /* of them, those that the server still has */
	bool failed;
};

static void add(struct planner *p, struct action a)
{
	struct plan *plan = p->plan;

	if (plan->n == plan->cap) {
		size_t cap = plan->cap ? plan->cap * 2 : 64;
		struct action *grown =
		    reallocarray(plan->action, cap, sizeof(*grown));
		if (!grown) {
			p->failed = true;
			return;
		}
		plan->action = grown;
		plan->cap = cap;
	}
	plan->action[plan->n++] = a;
}

static const struct local_row *find_local(struct planner *p, uint64_t key)
{
	size_t lo = 0, hi = p->local->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (p->local->row[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == p->local->n || p->local->row[lo].key != key)
		return NULL;
	p->used[lo] = true;
	return &p->local->row[lo];
}

/* The two directions of STORE are two actions: the executor groups by them. */
static void flags_there(struct planner *p, uint32_t uid, const struct merge *m)
{
	if (!p->policy->push) {
		if (m->there_add || m->there_del)
			p->plan->pending_flags++;
		return;
	}
	if (m->there_add)
		add(p, (struct action){.type = ACTION_FLAGS_THERE,
				       .uid = uid,
				       .add = m->there_add});
	if (m->there_del)
		add(p, (struct action){.type = ACTION_FLAGS_THERE,
				       .uid = uid,
				       .del = m->there_del,
				       .flags = m->there_add != 0});
}

static void plan_flags(struct planner *p, const struct base_row *b,
		       const struct local_row *l, uint64_t there)
{
	struct merge m =
	    merge_flags(b->flags, l->flags, there, p->policy->here_mask,
			p->policy->there_mask);

	if (p->policy->pull && (m.here_add || m.here_del))
		add(p, (struct action){.type = ACTION_FLAGS_HERE,
				       .uid = b->uid,
				       .add = m.here_add,
				       .del = m.here_del,
				       .flags = l->flags,
				       .key = b->key,
				       .in_new = l->in_new});
	flags_there(p, b->uid, &m);
	if (m.both_add || m.both_del)
		add(p, (struct action){.type = ACTION_RECORD,
				       .uid = b->uid,
				       .add = m.both_add,
				       .del = m.both_del});
}

/* The server no longer has it. */
static void plan_gone(struct planner *p, const struct base_row *b,
		      const struct local_row *l)
{
	if (!l) {
		add(p, (struct action){.type = ACTION_FORGET, .uid = b->uid});
		return;
	}
	uint64_t marked = l->flags & ~b->flags & p->policy->here_mask;
	if (marked & INTEREST) {
		p->plan->kept++;
		return;
	}
	if (!p->policy->pull || !p->policy->delete_here)
		return;
	p->deletions++;
	add(p, (struct action){.type = ACTION_TRASH_HERE,
			       .uid = b->uid,
			       .flags = l->flags,
			       .key = b->key,
			       .in_new = l->in_new});
}

static void plan_known(struct planner *p, const struct base_row *b, bool gone,
		       uint64_t there)
{
	struct local_row same = {.key = b->key, .flags = b->flags};
	const struct local_row *l = &same;

	if (p->local)
		l = find_local(p, b->key);
	if (b->fate != FATE_ALIVE)
		return;
	p->total++;
	p->left += !gone;
	if (gone)
		plan_gone(p, b, l);
	else if (!l)
		p->plan->pending_deletions++;
	else
		plan_flags(p, b, l, there);
}

struct hint {
	uint32_t uid;
	size_t row;
};

static int hint_cmp(const void *a, const void *b)
{
	const struct hint *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return 0;
}

/* Files without a row whose name claims to be a message of this folder. */
static struct hint *collect_hints(struct planner *p, size_t *n)
{
	*n = 0;
	if (!p->local)
		return NULL;
	struct hint *hints = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < p->local->n; i++) {
		if (p->used[i] || p->local->row[i].hint == 0)
			continue;
		if (*n == cap) {
			cap = cap ? cap * 2 : 16;
			struct hint *grown =
			    reallocarray(hints, cap, sizeof(*grown));
			if (!grown) {
				free(hints);
				p->failed = true;
				*n = 0;
				return NULL;
			}
			hints = grown;
		}
		hints[(*n)++] = (struct hint){p->local->row[i].hint, i};
	}
	if (*n > 1)
		qsort(hints, *n, sizeof(*hints), hint_cmp);
	return hints;
}

static void plan_new(struct planner *p, const struct remote_row *r,
		     const struct hint *hints, size_t nhints)
{
	if (!p->policy->pull)
		return;
	struct hint want = {.uid = r->uid};
	const struct hint *h =
	    nhints ? bsearch(&want, hints, nhints, sizeof(*hints), hint_cmp)
		   : NULL;
	if (h) {
		const struct local_row *l = &p->local->row[h->row];
		p->used[h->row] = true;
		/* Nobody knows what was in sync: only what both sides have. A
		 * flag that one side has alone then wins, whichever it is. Not
		 * more, even where the file cannot show it: it may get a letter
		 * and would then seem to have been removed here. */
		add(p, (struct action){.type = ACTION_ADOPT,
				       .uid = r->uid,
				       .flags = r->flags & l->flags,
				       .key = l->key,
				       .in_new = l->in_new});
		return;
	}
	if (r->skip) {
		p->plan->skipped++;
		return;
	}
	add(p, (struct action){.type = ACTION_FETCH,
			       .uid = r->uid,
			       .flags = r->flags,
			       .size = r->size});
}

static void walk_known(struct planner *p, const struct base_view *base,
		       const struct remote_view *remote)
{
	size_t r = 0, g = 0;

	for (size_t i = 0; i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		while (r < remote->n && remote->row[r].uid < b->uid)
			r++;
		while (g < remote->ngone && remote->gone[g] < b->uid)
			g++;
		bool listed = r < remote->n && remote->row[r].uid == b->uid;
		bool vanished = g < remote->ngone && remote->gone[g] == b->uid;
		plan_known(p, b, remote->complete ? !listed : vanished,
			   listed ? remote->row[r].flags : b->flags);
	}
}

static void walk_new(struct planner *p, const struct base_view *base,
		     const struct remote_view *remote)
{
	size_t nhints;
	struct hint *hints = collect_hints(p, &nhints);
	size_t b = 0;

	for (size_t i = 0; i < remote->n; i++) {
		while (b < base->n && base->row[b].uid < remote->row[i].uid)
			b++;
		if (b < base->n && base->row[b].uid == remote->row[i].uid)
			continue;
		plan_new(p, &remote->row[i], hints, nhints);
	}
	free(hints);
}

/* Drops the deletions where the guard says so: all of them, and the knowledge
 * of what was deleted on both sides: if the server's messages come back, those
 * must not come as new ones. */
static void apply_guard(struct planner *p)
{
	struct plan *plan = p->plan;

	if (!guard_holds(p->deletions, p->total, p->left,
			 p->policy->delete_limit_percent))
		return;
	size_t kept = 0;
	for (size_t i = 0; i < plan->n; i++) {
		enum action_type type = plan->action[i].type;
		if (type != ACTION_TRASH_HERE && type != ACTION_FORGET)
			plan->action[kept++] = plan->action[i];
	}
	plan->n = kept;
	plan->held = p->deletions;
}

static int action_cmp(const void *a, const void *b)
{
	const struct action *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->type == ACTION_FLAGS_THERE) {
		if (x->flags != y->flags)
			return x->flags < y->flags ? -1 : 1;
		if (x->add != y->add)
			return x->add < y->add ? -1 : 1;
		if (x->del != y->del)
			return x->del < y->del ? -1 : 1;
	}
	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

int plan_folder(struct plan *out, const struct base_view *base,
		const struct remote_view *remote,
		const struct local_view *local, const struct policy *policy)
{
	struct planner p = {.plan = out, .policy = policy, .local = local};

	*out = (struct plan){0};
	if (local && local->n > 0) {
		p.used = calloc(local->n, sizeof(*p.used));
		if (!p.used)
			return -1;
	}
	walk_known(&p, base, remote);
	walk_new(&p, base, remote);
	for (size_t i = 0; local && i < local->n; i++) {
		if (!p.used[i])
			out->pending_uploads++;
	}
	free(p.used);
	if (p.failed) {
		plan_release(out);
		return -1;
	}
	apply_guard(&p);
	if (out->n > 1)
		qsort(out->action, out->n, sizeof(*out->action), action_cmp);
	return 0;
}

void plan_release(struct plan *p)
{
	free(p->action);
	*p = (struct plan){0};
}

size_t plan_count(const struct plan *p, enum action_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->action[i].type == type;
	return n;
}
