/* SPDX-License-Identifier: MIT */
/* Renames: which are possible at all, and in what order, so that no name is in
 * the way. Both sides rename a folder with all that is below it (RFC 9051
 * 6.3.6), so a parent may do for its children, or take along what is to stay.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders_priv.h"

/* Each pass does all that is possible; what was taken along comes back in the
 * next. Deeper tangles wait for the next plan. */
#define PASSES 8

static enum side other(enum side s)
{
	return s == HERE ? THERE : HERE;
}

/* ---- which ---- */

static bool allowed(const struct folders *f, enum side s)
{
	const struct folders_policy *p = f->policy;

	return s == HERE ? p->pull && p->create_here
			 : p->push && p->create_there;
}

static void refuse(struct row *r, enum folders_why why)
{
	r->todo.type = FOLDERS_REFUSE;
	r->todo.why = why;
}

/* The side that has to follow. The server's name wins, but for one that is only
 * there because a rename was interrupted. */
static enum side follower(const struct folders *f, const struct row *r)
{
	const struct node *here = folders_at(f, r, HERE);
	const struct node *there = folders_at(f, r, THERE);
	const struct folders_base *b = r->base;
	bool both;

	if (folders_temporary(f, there->name, b->id))
		return THERE;
	if (folders_temporary(f, here->name, b->id))
		return HERE;
	both = strcmp(there->name, b->name) != 0 &&
	       strcmp(here->name, b->name) != 0;
	if (both && !allowed(f, HERE))
		return THERE;
	return strcmp(there->name, b->name) == 0 ? THERE : HERE;
}

static void choose(struct folders *f, struct row *r)
{
	const struct node *here = folders_at(f, r, HERE);
	const struct node *there = folders_at(f, r, THERE);

	if (r->base->aside || r->waits || r->verify || !here || !there)
		return;
	if (here->name && strcmp(here->name, there->name) == 0)
		return;
	if (!here->wanted && !there->wanted)
		return;
	if (!here->name) {
		refuse(r, FOLDERS_WHY_NAME);
		return;
	}
	if (!here->wanted || !there->wanted) {
		refuse(r, FOLDERS_WHY_EXCLUDED);
		return;
	}
	enum side s = follower(f, r);
	enum folders_why why =
	    s == THERE ? folders_refused(f, here->name) : FOLDERS_WHY_NONE;
	if (!allowed(f, s))
		why = FOLDERS_WHY_POLICY;
	if (why != FOLDERS_WHY_NONE)
		refuse(r, why);
	else
		r->move = s;
}

static size_t in_the_way(const struct folders *f, const struct row *r)
{
	const struct node *target = folders_at(f, r, other(r->move));

	return folders_occupant(&f->side[r->move], target->name,
				r->at[r->move]);
}

/* The name is that of another folder, which stays: the folder that has it on
 * the other side is that one's other half. */
static bool dissolve(struct folders *f, struct row *r, size_t occupant)
{
	enum side s = r->move, o = other(s);
	const struct node *n = &f->side[s].node[occupant];
	size_t node = r->at[o], heir = n->row;

	if (!n->wanted || n->twin || n->frozen ||
	    strcmp(n->name, f->side[o].node[node].name) != 0)
		return false;
	if (heir != NONE) {
		const struct row *h = &f->row[heir];
		if (h->base->aside || h->waits || h->verify || h->recreated ||
		    h->at[o] != NONE || strcmp(h->base->name, n->name) != 0)
			return false;
	}
	folders_unbind(f, (size_t)(r - f->row), o);
	if (heir != NONE)
		folders_bind(f, heir, o, node);
	return true;
}

static void give_up(struct folders *f, struct row *r)
{
	if (!dissolve(f, r, in_the_way(f, r)))
		refuse(r, FOLDERS_WHY_IN_THE_WAY);
	r->check = IMPOSSIBLE;
	r->move = SIDES;
}

/* Follows who is in whose way, to a free name, a circle, or one that stays. */
static void check(struct folders *f, struct row *first, struct row **path)
{
	struct row *r = first;
	size_t n = 0;
	bool possible;

	for (;;) {
		r->check = CHECKING;
		path[n++] = r;
		size_t occupant = in_the_way(f, r);
		possible = occupant == NONE;
		if (possible)
			break;
		size_t next = f->side[r->move].node[occupant].row;
		if (next == NONE || f->row[next].move != r->move)
			break;
		r = &f->row[next];
		possible = r->check != IMPOSSIBLE;
		if (r->check != UNCHECKED)
			break;
	}
	while (n > 0) {
		r = path[--n];
		if (possible)
			r->check = POSSIBLE;
		else
			give_up(f, r);
	}
}

void folders_choose_renames(struct folders *f)
{
	struct row **path = malloc((f->nrow + 1) * sizeof(*path));

	f->failed |= !path;
	for (size_t i = 0; i < f->nrow; i++)
		choose(f, &f->row[i]);
	for (size_t i = 0; path && i < f->nrow; i++) {
		struct row *r = &f->row[i];
		if (r->move != SIDES && r->check == UNCHECKED)
			check(f, r, path);
	}
	free(path);
}

/* ---- in what order ---- */

struct mover {
	struct folders *f;
	enum side side;
	struct folders_plan *out;
	size_t done;
};

/* Where a node belongs in the end; NULL: nobody knows it. */
static const char *home(const struct mover *m, const struct node *n)
{
	if (n->row == NONE)
		return NULL;
	const struct row *r = &m->f->row[n->row];
	if (r->move != m->side)
		return n->name;
	return folders_at(m->f, r, other(m->side))->name;
}

static void rename_to(struct mover *m, struct node *n, const char *to)
{
	struct folders *f = m->f;
	struct nodes *side = &f->side[m->side];
	struct row *r = &f->row[n->row];
	const struct node *there = folders_at(f, r, THERE);
	const struct node *here = folders_at(f, r, HERE);
	const char *from = n->now;

	folders_add(
	    f, m->out,
	    (struct folders_action){
		.type = m->side == HERE ? FOLDERS_RENAME_HERE
					: FOLDERS_RENAME_THERE,
		.base = r->base,
		.there = there ? there->there : NULL,
		.here = here ? here->here : NULL,
		.from = from,
		.to = to,
		.subscribe = m->side == THERE && there->there->subscribed,
	    });
	size_t len = strlen(from);
	for (size_t i = 0; i < side->named; i++) {
		struct node *below = &side->node[i];
		if (!folder_name_below(below->now, from))
			continue;
		const char *now =
		    folders_text(f, to, strlen(to), below->now + len);
		below->now = now ? now : below->now;
	}
	n->now = to;
	r->renamed = strcmp(to, home(m, n)) == 0;
	m->done++;
}

/* Out of the way. */
static bool park(struct mover *m, struct node *n)
{
	struct nodes *side = &m->f->side[m->side];
	const char *to = folders_temporary_name(m->f, n->row);

	for (size_t i = 0; to && i < side->named; i++) {
		if (strcmp(side->node[i].now, to) == 0)
			return false;
	}
	if (to)
		rename_to(m, n, to);
	return to;
}

static bool has_below(const struct nodes *side, const char *top,
		      const char *but)
{
	for (size_t i = 0; i < side->named; i++) {
		const char *now = side->node[i].now;
		if (folder_name_below(now, top) && strcmp(now, but) != 0 &&
		    !folder_name_below(now, but))
			return true;
	}
	return false;
}

/* Who has the name now, that is not n? */
static struct node *holder(const struct nodes *side, const char *name,
			   const struct node *n)
{
	for (size_t i = 0; i < side->named; i++) {
		struct node *h = &side->node[i];
		if (h != n && !h->place &&
		    (side->fold ? folder_name_fold_cmp(h->now, name)
				: folder_name_cmp(h->now, name)) == 0)
			return h;
	}
	return NULL;
}

static bool bring_home(struct mover *m, struct node *n, const char *to)
{
	struct nodes *side = &m->f->side[m->side];
	struct node *h = holder(side, to, n);

	if (h && (h->row == NONE || !park(m, h)))
		return false;
	if (folder_name_below(to, n->now) && !park(m, n))
		return false;
	/* Two trees do not become one at once: the children go first. */
	if (has_below(side, n->now, "") && has_below(side, to, n->now))
		return false;
	rename_to(m, n, to);
	return true;
}

static bool pass(struct mover *m)
{
	struct nodes *side = &m->f->side[m->side];
	bool moved = false;

	for (size_t i = 0; i < side->named; i++) {
		struct node *n = &side->node[i];
		const char *to = home(m, n);
		if (to && strcmp(n->now, to) != 0 &&
		    m->done < FOLDERS_RENAMES_MAX)
			moved |= bring_home(m, n, to);
	}
	return moved;
}

void folders_order_renames(struct folders *f, enum side s,
			   struct folders_plan *out)
{
	struct mover m = {.f = f, .side = s, .out = out};
	bool any = false;

	for (size_t i = 0; i < f->nrow && !any; i++)
		any = f->row[i].move == s;
	for (int i = 0; any && i < PASSES && !f->failed; i++) {
		if (!pass(&m))
			break;
	}
	for (size_t i = 0; any && i < f->nrow; i++) {
		struct row *r = &f->row[i];
		if (r->move != s)
			continue;
		const struct node *n = folders_at(f, r, s);
		if (strcmp(n->now, home(&m, n)) != 0)
			refuse(r, FOLDERS_WHY_IN_THE_WAY);
	}
}
