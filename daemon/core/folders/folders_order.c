/* SPDX-License-Identifier: MIT */
/* Renames in an order in which no name is in the way. Both sides rename a
 * folder with all that is below it (RFC 9051 6.3.6), so a parent may do for its
 * children, or take along what is to stay. Found by doing it, on .now. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders/folders_priv.h"

/* Each pass does all that is possible; what was taken along comes back in the
 * next. */
#define PASSES 8
/* Each attempt has fewer renames: without those that failed in the last. */
#define ATTEMPTS 8
/* A longer chain is cut by a temporary name. */
#define CHAIN_MAX 64
/* Trees that are looked through for names that they have in common. */
#define BELOW_MAX 1000

struct mover {
	struct folders *f;
	struct nodes *side;
	enum side s;
	struct folders_plan *out;
	size_t done;
	bool disturbs;
	/* Nodes that are not where they were, and what find_below() found. */
	size_t *moved, *below;
	size_t nmoved;
};

/* Where a node belongs in the end; NULL: nobody knows it. One that an
 * interrupted rename has taken along belongs where it was, if that is free. */
static const char *home(const struct mover *m, const struct node *n)
{
	const struct folders *f = m->f;

	if (n->row == NONE)
		return NULL;
	const struct row *r = &f->row[n->row];
	if (r->move == m->s)
		return folders_at(f, r, folders_other(m->s))->name;
	if (!n->temporary || folders_temporary(f, r->base->name) ||
	    !folders_may_create(f, m->s))
		return n->name;
	return folders_occupant(m->side, r->base->name, NONE) == NONE
		   ? r->base->name
		   : NULL;
}

static bool is_moved(const struct node *n)
{
	return n->now != n->name;
}

/* All that is below top now. Returns how many. */
static size_t find_below(struct mover *m, const char *top)
{
	const struct nodes *side = m->side;
	size_t lo = 0, hi = side->named, n = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (folder_name_cmp(side->node[mid].name, top) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < side->named && folder_name_below(side->node[lo].name, top);
	     lo++) {
		if (!is_moved(&side->node[lo]))
			m->below[n++] = lo;
	}
	for (size_t i = 0; i < m->nmoved; i++) {
		const struct node *node = &side->node[m->moved[i]];
		if (is_moved(node) && folder_name_below(node->now, top))
			m->below[n++] = m->moved[i];
	}
	return n;
}

/* Who has the name now, that is not n? */
static struct node *holder(const struct mover *m, const char *name,
			   const struct node *n)
{
	const struct nodes *side = m->side;
	size_t at = folders_occupant(side, name, (size_t)(n - side->node));

	if (at != NONE && !is_moved(&side->node[at]))
		return &side->node[at];
	for (size_t i = 0; i < m->nmoved; i++) {
		struct node *h = &side->node[m->moved[i]];
		if (h != n && !h->place && is_moved(h) &&
		    (side->fold ? folder_name_fold_cmp(h->now, name)
				: folder_name_cmp(h->now, name)) == 0)
			return h;
	}
	return NULL;
}

static void set_now(struct mover *m, struct node *n, const char *now)
{
	if (!n->listed)
		m->moved[m->nmoved++] = (size_t)(n - m->side->node);
	n->listed = true;
	n->now = strcmp(now, n->name) == 0 ? n->name : now;
}

static void rename_to(struct mover *m, struct node *n, const char *to,
		      bool passing)
{
	struct folders *f = m->f;
	struct row *r = &f->row[n->row];
	const struct node *there = folders_at(f, r, THERE);
	const struct node *here = folders_at(f, r, HERE);
	const char *from = n->now;
	enum side other = folders_other(m->s);

	folders_add(f, m->out,
		    (struct folders_action){
			.type = m->s == HERE ? FOLDERS_RENAME_HERE
					     : FOLDERS_RENAME_THERE,
			.base = r->base,
			.there = there ? there->there : NULL,
			.here = here ? here->here : NULL,
			.from = from,
			.to = to,
			.subscribe = m->s == THERE && there->there->subscribed,
			.passing = passing,
		    });
	for (size_t i = 0, k = find_below(m, from); i < k; i++) {
		struct node *below = &m->side->node[m->below[i]];
		const char *now =
		    folders_text(f, to, strlen(to), below->now + strlen(from));
		m->disturbs |=
		    below->row != NONE && f->row[below->row].move == other;
		if (now)
			set_now(m, below, now);
	}
	r->renamed[m->s] = true;
	set_now(m, n, to);
	m->done++;
}

/* Out of the way. */
static bool park(struct mover *m, struct node *n)
{
	const char *to = folders_temporary_name(m->f, n->row);

	if (!to || holder(m, to, n))
		return false;
	rename_to(m, n, to, true);
	return true;
}

/* Would what is below n meet something of the same name below to? Such trees do
 * not become one at once: what is below goes first. */
static bool collides(struct mover *m, const struct node *n, const char *to)
{
	size_t len = strlen(n->now), head = strlen(to);
	bool tree = false, hit = false;

	for (size_t i = 0, k = find_below(m, to); i < k && !tree; i++)
		tree =
		    !folder_name_below(m->side->node[m->below[i]].now, n->now);
	size_t k = tree ? find_below(m, n->now) : 0;
	for (size_t i = 0; i < k && !hit; i++) {
		const char *rest = m->side->node[m->below[i]].now + len;
		char *name = malloc(head + strlen(rest) + 1);
		m->f->failed |= !name;
		if (name) {
			memcpy(name, to, head);
			memcpy(name + head, rest, strlen(rest) + 1);
		}
		hit = !name || i == BELOW_MAX || holder(m, name, n);
		free(name);
	}
	return hit;
}

static bool settle(struct mover *m, struct node *n)
{
	const char *to = home(m, n);

	/* Into itself is impossible, into its own place hardly less so. */
	if ((folder_name_below(to, n->now) || folder_name_below(n->now, to)) &&
	    !park(m, n))
		return false;
	if (collides(m, n, to))
		return false;
	rename_to(m, n, to, false);
	return true;
}

/* Follows who is in whose way to the one that can go home; NULL: it is a
 * circle, or one that does not go. */
static struct node *end_of_chain(const struct mover *m, struct node *n)
{
	for (int i = 0; i < CHAIN_MAX; i++) {
		const char *to = home(m, n);
		struct node *next = to ? holder(m, to, n) : NULL;
		if (!next)
			return to ? n : NULL;
		n = next;
	}
	return NULL;
}

static bool bring_home(struct mover *m, struct node *n)
{
	struct node *h;

	while ((h = holder(m, home(m, n), n))) {
		struct node *end = end_of_chain(m, h);
		if (!home(m, h) || m->done >= FOLDERS_RENAMES_MAX)
			return false;
		if (end ? !settle(m, end) : !park(m, h))
			return false;
	}
	/* One of them may have taken it along. */
	return strcmp(n->now, home(m, n)) == 0 || settle(m, n);
}

/* One round: of those that are where an interrupted rename has left them, or of
 * all. */
static bool pass(struct mover *m, bool temporary)
{
	bool any = false;

	for (size_t i = 0; i < m->side->named; i++) {
		struct node *n = &m->side->node[i];
		const char *to = home(m, n);
		if (!to || strcmp(n->now, to) == 0 ||
		    m->done >= FOLDERS_RENAMES_MAX ||
		    (temporary && !n->temporary))
			continue;
		any |= bring_home(m, n);
	}
	return any;
}

static void reset(struct mover *m)
{
	for (size_t i = 0; i < m->nmoved; i++) {
		struct node *n = &m->side->node[m->moved[i]];
		n->now = n->name;
		n->listed = false;
	}
	for (size_t i = 0; i < m->f->nrow; i++)
		m->f->row[i].renamed[m->s] = false;
	m->out->n = 0;
	m->nmoved = m->done = 0;
	m->disturbs = false;
}

static bool is_home(const struct mover *m, const struct row *r)
{
	const struct node *n = folders_at(m->f, r, m->s);
	const char *to = n ? home(m, n) : NULL;

	return !to || strcmp(n->now, to) == 0;
}

/* Gives up renames that did not succeed; all of them, where others are not
 * where they belong, or this was the last attempt. false: there are none. */
static bool give_up_lost(struct mover *m, bool last)
{
	struct folders *f = m->f;
	bool lost = false, all = last;

	for (size_t i = 0; i < f->nrow; i++) {
		lost |= !is_home(m, &f->row[i]);
		all |= !is_home(m, &f->row[i]) && f->row[i].move != m->s;
	}
	for (size_t i = 0; lost && i < f->nrow; i++) {
		struct row *r = &f->row[i];
		if (r->move != m->s || (is_home(m, r) && !all))
			continue;
		folders_refuse(r, FOLDERS_WHY_IN_THE_WAY);
		r->move = SIDES;
	}
	return lost;
}

static bool any_to_move(const struct mover *m)
{
	bool any = false;

	for (size_t i = 0; i < m->side->named; i++) {
		const struct node *n = &m->side->node[i];
		any |= n->row != NONE &&
		       (m->f->row[n->row].move == m->s || n->temporary);
	}
	return any;
}

bool folders_order_renames(struct folders *f, enum side s,
			   struct folders_plan *out)
{
	struct mover m = {.f = f, .side = &f->side[s], .s = s, .out = out};

	if (!any_to_move(&m))
		return false;
	m.moved = malloc((m.side->named + 1) * sizeof(*m.moved));
	m.below = malloc((m.side->named + 1) * sizeof(*m.below));
	f->failed |= !m.moved || !m.below;
	for (int i = 1; i <= ATTEMPTS && !f->failed; i++) {
		for (int k = 0; k < PASSES && pass(&m, false); k++)
			;
		if (!give_up_lost(&m, i == ATTEMPTS))
			break;
		reset(&m);
	}
	free(m.moved);
	free(m.below);
	return m.disturbs;
}
