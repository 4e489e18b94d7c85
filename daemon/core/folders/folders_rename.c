/* SPDX-License-Identifier: MIT */
/* Renames: which folder gets its other side's name, where both do not have one
 * name, and whether it can. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders/folders_priv.h"

/* Has it a new name on both sides, each by somebody's choice? */
static bool both_renamed(const struct folders *f, const struct row *r)
{
	for (enum side s = HERE; s < SIDES; s++) {
		const struct node *n = folders_at(f, r, s);
		if (n->temporary || strcmp(n->name, r->base->name) == 0)
			return false;
	}
	return true;
}

/* Why the folder may not get its other side's name on that one. */
static enum folders_why forbidden(struct folders *f, const struct row *r,
				  enum side s)
{
	if (!folders_may_create(f, s))
		return FOLDERS_WHY_POLICY;
	return s == THERE ? folders_refused(f, folders_at(f, r, HERE)->name)
			  : FOLDERS_WHY_NONE;
}

/* The side that has to follow. The server's name wins, but for one that is only
 * there because a rename was interrupted. */
static enum side follower(const struct folders *f, const struct row *r)
{
	const struct node *there = folders_at(f, r, THERE);

	if (there->temporary)
		return THERE;
	if (folders_at(f, r, HERE)->temporary)
		return HERE;
	if (both_renamed(f, r))
		return folders_may_create(f, HERE) ? HERE : THERE;
	return strcmp(there->name, r->base->name) == 0 ? THERE : HERE;
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
		folders_refuse(r, FOLDERS_WHY_NAME);
		return;
	}
	if (!here->wanted || !there->wanted) {
		folders_refuse(r, FOLDERS_WHY_EXCLUDED);
		return;
	}
	enum side s = follower(f, r);
	enum folders_why why = forbidden(f, r, s);
	if (why != FOLDERS_WHY_NONE)
		folders_refuse(r, why);
	else
		r->move = s;
}

static size_t in_the_way(const struct folders *f, const struct row *r)
{
	const struct node *target = folders_at(f, r, folders_other(r->move));

	return folders_occupant(&f->side[r->move], target->name,
				r->at[r->move]);
}

/* The name is that of another folder, which stays: it is no rename then, but
 * two folders, one of which both sides have; or of one that is kept from the
 * same name there by this one, and then nobody's. */
static bool dissolve(struct folders *f, struct row *r, size_t occupant)
{
	enum side s = r->move, o = folders_other(s);
	const struct node *n = &f->side[s].node[occupant];
	struct row *heir = n->row == NONE ? NULL : &f->row[n->row];

	if (!n->wanted || n->twin || n->frozen ||
	    strcmp(n->name, folders_at(f, r, o)->name) != 0)
		return false;
	if (heir && heir->move == o && in_the_way(f, heir) == r->at[o]) {
		folders_unbind(f, n->row, s);
		heir->move = SIDES;
	} else if (heir && (heir->base->aside || heir->waits || heir->verify ||
			    heir->recreated || heir->at[o] != NONE ||
			    strcmp(heir->base->name, n->name) != 0)) {
		return false;
	}
	folders_unbind(f, (size_t)(r - f->row), o);
	return true;
}

/* Rows that are left with one side: does the other one have that name now? It
 * is the other half, where the name is the row's; else these two are a folder
 * that no row knows yet. */
static void bind_halves(struct folders *f)
{
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		enum side is = r->at[HERE] != NONE ? HERE : THERE;
		const struct node *n = folders_at(f, r, is);
		if (r->waits || r->verify || r->base->aside || !n || !n->name ||
		    r->at[folders_other(is)] != NONE)
			continue;
		size_t half =
		    folders_namesake(&f->side[folders_other(is)], n->name);
		if (half == NONE ||
		    !folders_free(f, r, folders_other(is), half))
			continue;
		if (strcmp(n->name, r->base->name) == 0)
			folders_bind(f, i, folders_other(is), half);
		else
			folders_unbind(f, i, is);
	}
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
	while (n > 0)
		path[--n]->check = possible ? POSSIBLE : IMPOSSIBLE;
}

static void check_all(struct folders *f, struct row **path)
{
	for (size_t i = 0; i < f->nrow; i++)
		f->row[i].check = UNCHECKED;
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		if (r->move != SIDES && r->check == UNCHECKED)
			check(f, r, path);
	}
}

/* Is there something in the way whose own rename was interrupted? */
static bool meets_temporary(const struct folders *f, const struct row *r)
{
	size_t at = in_the_way(f, r);
	size_t row = at == NONE ? NONE : f->side[r->move].node[at].row;

	for (enum side s = HERE; row != NONE && s < SIDES; s++) {
		const struct node *n = folders_at(f, &f->row[row], s);
		if (n && n->temporary)
			return true;
	}
	return false;
}

/* Where one name cannot win, the other one may: where both are new, and where
 * the new one may be due to the same interrupted rename of a parent. */
static void try_other_way(struct folders *f)
{
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		if (r->move != SIDES && r->check == IMPOSSIBLE &&
		    (both_renamed(f, r) || meets_temporary(f, r)) &&
		    forbidden(f, r, folders_other(r->move)) == FOLDERS_WHY_NONE)
			r->move = folders_other(r->move);
	}
}

static void give_up(struct folders *f)
{
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		if (r->move == SIDES || r->check != IMPOSSIBLE)
			continue;
		if (!dissolve(f, r, in_the_way(f, r)))
			folders_refuse(r, FOLDERS_WHY_IN_THE_WAY);
		r->move = SIDES;
	}
}

void folders_choose_renames(struct folders *f)
{
	struct row **path = malloc((f->nrow + 1) * sizeof(*path));

	f->failed |= !path;
	for (size_t i = 0; i < f->nrow; i++)
		choose(f, &f->row[i]);
	if (path) {
		check_all(f, path);
		try_other_way(f);
		check_all(f, path);
		give_up(f);
		bind_halves(f);
	}
	free(path);
}
