/* SPDX-License-Identifier: MIT */
/* Which mailbox and which directory is which base folder. Positive evidence
 * only: what is not recognised here is gone, and judged by folders.c. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders/folders_priv.h"

/* Of the nodes that are one folder that with the lowest rank is used. */
static void keep_one(struct nodes *side, const struct ref *ref, const int *rank)
{
	size_t best = 0, n = ref->n;

	for (size_t i = 1; i < n; i++) {
		if (rank[ref[i].at] < rank[ref[best].at])
			best = i;
	}
	for (size_t i = 0; i < n; i++)
		side->node[ref[i].at].twin |= i != best;
}

/* What it is known as comes first, then INBOX, then the first by name. */
static int rank_of(const struct folders *f, const struct node *n, enum side s)
{
	size_t row = n->name ? folders_row(f, n->name) : NONE;

	if (row == NONE)
		return n->name && folder_name_inbox(n->name) ? 3 : 4;
	const struct folders_base *b = f->row[row].base;
	if (s == HERE)
		return b->inode == n->here->inode ? 0 : 2;
	if (b->mailboxid && n->there->mailboxid &&
	    strcmp(b->mailboxid, n->there->mailboxid) == 0)
		return 0;
	return strcmp(b->wire, n->there->wire) == 0 ? 1 : 2;
}

static void find_twins(struct folders *f, enum side s, struct refs *refs)
{
	struct nodes *side = &f->side[s];
	int *rank = calloc(side->n + 1, sizeof(*rank));

	if (!rank || !refs->ref) {
		f->failed = true;
		free(rank);
		return;
	}
	for (size_t i = 0; i < side->n; i++)
		rank[i] = rank_of(f, &side->node[i], s);
	refs_sort(refs);
	for (size_t i = 0; i < refs->n; i += refs->ref[i].n) {
		if (refs->ref[i].n > 1)
			keep_one(side, &refs->ref[i], rank);
	}
	free(rank);
}

static size_t row_of_id(const struct refs *by_id, int64_t id)
{
	size_t n;
	const struct ref *r =
	    id != 0 ? refs_find(by_id, NULL, (uint64_t)id, &n) : NULL;

	return r ? r->at : NONE;
}

static struct refs rows_by_id(struct folders *f)
{
	struct refs r = refs_new(f->nrow, &f->failed);

	for (size_t i = 0; i < f->nrow; i++)
		refs_add(&r, NULL, (uint64_t)f->row[i].base->id, i);
	refs_sort(&r);
	return r;
}

/* A rename was interrupted, and the name says whose it was. */
static void bind_temporary(struct folders *f, enum side s,
			   const struct refs *by_id)
{
	const struct nodes *side = &f->side[s];

	for (size_t i = 0; i < side->named; i++) {
		if (!side->node[i].temporary)
			continue;
		int64_t id = folders_temporary_id(f, side->node[i].name);
		size_t row = row_of_id(by_id, id);
		if (row != NONE && folders_free(f, &f->row[row], s, i))
			folders_bind(f, row, s, i);
	}
}

/* ---- here ---- */

/* The inode alone proves nothing: that of a removed directory is the first to
 * be used again. */
static void bind_inode_and_content(struct folders *f, const struct refs *by_id)
{
	for (size_t i = 0; i < f->side[HERE].n; i++) {
		const struct folders_here *h = f->side[HERE].node[i].here;
		size_t row = row_of_id(by_id, h->owner);
		if (row == NONE || h->inode == 0)
			continue;
		const struct row *r = &f->row[row];
		size_t named = h->name ? folders_row(f, h->name) : NONE;
		/* Nothing speaks against the name. */
		if (named != NONE && f->row[named].base->inode == h->inode)
			continue;
		if (r->base->inode == h->inode && folders_free(f, r, HERE, i))
			folders_bind(f, row, HERE, i);
	}
}

static void bind_name_here(struct folders *f)
{
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		size_t node = folders_namesake(&f->side[HERE], r->base->name);
		if (node == NONE)
			continue;
		if (f->side[HERE].node[node].twin)
			r->waits = r->at[HERE] == NONE;
		else if (folders_free(f, r, HERE, node))
			folders_bind(f, i, HERE, node);
	}
}

/* Most of the row's messages, and little else. */
static bool has_content(const struct row *r, const struct folders_here *h)
{
	return (uint64_t)h->owned * 2 > r->base->messages &&
	       (uint64_t)h->owned * 2 > h->messages;
}

static void bind_content(struct folders *f, const struct refs *by_id)
{
	size_t *best = malloc((f->nrow + 1) * sizeof(*best));
	const struct nodes *here = &f->side[HERE];

	f->failed |= !best;
	for (size_t i = 0; best && i < f->nrow; i++)
		best[i] = NONE;
	for (size_t i = 0; best && i < here->n; i++) {
		const struct folders_here *h = here->node[i].here;
		size_t row = row_of_id(by_id, h->owner);
		if (row == NONE || f->row[row].waits ||
		    !folders_free(f, &f->row[row], HERE, i) ||
		    !has_content(&f->row[row], h))
			continue;
		if (best[row] == NONE ||
		    h->owned > here->node[best[row]].here->owned)
			best[row] = i;
	}
	for (size_t i = 0; best && i < f->nrow; i++) {
		if (best[i] != NONE)
			folders_bind(f, i, HERE, best[i]);
	}
	free(best);
}

/* Nothing was in it: whether it was renamed, or another one was made with its
 * inode, comes to the same. */
static void bind_empty(struct folders *f, const struct refs *by_inode)
{
	struct nodes *here = &f->side[HERE];

	for (size_t i = 0; i < here->n; i++) {
		const struct folders_here *h = here->node[i].here;
		size_t n = 0, found = NONE, fit = 0;
		const struct ref *ref =
		    h->inode ? refs_find(by_inode, NULL, h->inode, &n) : NULL;
		for (size_t k = 0; k < n; k++) {
			const struct row *r = &f->row[ref[k].at];
			if (r->base->messages > 0 || r->waits ||
			    !folders_free(f, r, HERE, i))
				continue;
			found = ref[k].at;
			fit++;
		}
		if (fit == 1)
			folders_bind(f, found, HERE, i);
	}
}

void folders_match_here(struct folders *f)
{
	struct nodes *here = &f->side[HERE];
	struct refs twins = refs_new(here->n, &f->failed);
	struct refs by_id = rows_by_id(f);
	struct refs by_inode = refs_new(f->nrow, &f->failed);

	for (size_t i = 0; i < here->n; i++) {
		if (here->node[i].here->inode)
			refs_add(&twins, NULL, here->node[i].here->inode, i);
	}
	find_twins(f, HERE, &twins);
	for (size_t i = 0; i < f->nrow; i++)
		refs_add(&by_inode, NULL, f->row[i].base->inode, i);
	refs_sort(&by_inode);
	if (!f->failed) {
		bind_temporary(f, HERE, &by_id);
		bind_inode_and_content(f, &by_id);
		bind_name_here(f);
		bind_content(f, &by_id);
		bind_empty(f, &by_inode);
	}
	/* It may be a copy of one that was not seen. */
	for (size_t i = 0; i < f->nrow && !f->view->here_complete; i++) {
		const struct node *n = folders_at(f, &f->row[i], HERE);
		if (!n || !n->name || strcmp(n->name, f->row[i].base->name))
			f->row[i].waits = true;
	}
	free(twins.ref);
	free(by_id.ref);
	free(by_inode.ref);
}

/* ---- there ---- */

static bool other_uidvalidity(const struct row *r, const struct node *n)
{
	return n->there->status && r->base->uidvalidity != 0 &&
	       r->base->uidvalidity != n->there->uidvalidity;
}

/* What the server's side is looked up by. */
struct lookup {
	struct refs mailboxid, wire; /* nodes */
	struct refs id;              /* rows */
	struct refs verdict;
};

static void bind_mailboxid(struct folders *f, const struct lookup *by)
{
	size_t n;

	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		size_t node = folders_namesake(&f->side[THERE], r->base->name);
		if (node != NONE && folders_free(f, r, THERE, node) &&
		    folders_same_id(r, &f->side[THERE].node[node]) == 1)
			folders_bind(f, i, THERE, node);
	}
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		const struct ref *ref =
		    r->base->mailboxid
			? refs_find(&by->mailboxid, r->base->mailboxid, 0, &n)
			: NULL;
		for (size_t k = 0; ref && k < n; k++) {
			if (folders_free(f, r, THERE, ref[k].at))
				folders_bind(f, i, THERE, ref[k].at);
			/* It has not gone, it is only not used. */
			r->waits |= f->side[THERE].node[ref[k].at].twin &&
				    r->at[THERE] == NONE;
		}
	}
}

static void bind_proven(struct folders *f, const struct lookup *by)
{
	for (size_t i = 0; i < f->view->nverdict; i++) {
		const struct folders_verdict *v = &f->view->verdict[i];
		size_t row = row_of_id(&by->id, v->id), n;
		const struct ref *ref = refs_find(&by->wire, v->wire, 0, &n);
		if (v->same && row != NONE && ref &&
		    folders_free(f, &f->row[row], THERE, ref->at))
			folders_bind(f, row, THERE, ref->at);
	}
}

static void bind_name_there(struct folders *f)
{
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		size_t node = folders_namesake(&f->side[THERE], r->base->name);
		if (node == NONE || r->at[THERE] != NONE)
			continue;
		const struct node *n = &f->side[THERE].node[node];
		r->waits |= n->twin;
		if (!folders_free(f, r, THERE, node))
			continue;
		r->recreated = !r->inbox && folders_same_id(r, n) == 0;
		r->doubtful = !r->inbox && folders_same_id(r, n) < 0 &&
			      other_uidvalidity(r, n);
		if (!r->doubtful)
			folders_bind(f, i, THERE, node);
	}
}

/* The name counts, where nothing speaks for anything else. */
static void bind_doubtful(struct folders *f)
{
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		size_t node = r->doubtful ? folders_namesake(&f->side[THERE],
							     r->base->name)
					  : NONE;
		if (node == NONE)
			continue;
		struct node *n = &f->side[THERE].node[node];
		if (folders_free(f, r, THERE, node))
			folders_bind(f, i, THERE, node);
		else if (r->verify && n->row == NONE)
			n->frozen = true;
		else if (!r->verify && n->row != NONE && f->row[n->row].verify)
			r->waits = true;
	}
}

/* The file system takes the names of two mailboxes for one. */
static void find_twins_folded(struct folders *f)
{
	struct nodes *there = &f->side[THERE];
	struct refs names = refs_new(there->n, &f->failed);

	for (size_t i = 0; i < there->n; i++) {
		struct node *n = &there->node[i];
		if (n->place || n->twin || !n->wanted)
			continue;
		const char *folded = folders_lower(f, n->name);
		if (folded)
			refs_add(&names, folded, 0, i);
	}
	find_twins(f, THERE, &names);
	free(names.ref);
}

static void find_twins_there(struct folders *f, struct refs *by_mailboxid)
{
	struct nodes *there = &f->side[THERE];
	struct refs names = refs_new(there->n, &f->failed);

	for (size_t i = 0; i < there->n; i++) {
		if (!there->node[i].place)
			refs_add(&names, there->node[i].name, 0, i);
	}
	find_twins(f, THERE, &names);
	free(names.ref);
	for (size_t i = 0; i < there->n; i++) {
		struct node *n = &there->node[i];
		if (!n->place && !n->twin && n->there->mailboxid)
			refs_add(by_mailboxid, n->there->mailboxid, 0, i);
	}
	find_twins(f, THERE, by_mailboxid);
	if (f->policy->fold_here)
		find_twins_folded(f);
}

/* Deleted there and made anew, renamed here: two folders. */
static void part_recreated(struct folders *f)
{
	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		const struct node *h = folders_at(f, r, HERE);
		if (!r->recreated || r->waits)
			continue;
		if (h && h->name && strcmp(h->name, r->base->name) == 0)
			continue;
		r->recreated = false;
		folders_unbind(f, i, THERE);
	}
}

void folders_match_there(struct folders *f)
{
	struct nodes *there = &f->side[THERE];
	struct lookup by = {
	    .mailboxid = refs_new(there->n, &f->failed),
	    .wire = refs_new(there->n, &f->failed),
	    .id = rows_by_id(f),
	    .verdict = refs_new(f->view->nverdict, &f->failed),
	};

	find_twins_there(f, &by.mailboxid);
	for (size_t i = 0; i < there->n; i++) {
		const struct folders_there *t = there->node[i].there;
		refs_add(&by.wire, t->wire, 0, i);
	}
	for (size_t i = 0; i < f->view->nverdict; i++)
		refs_add(&by.verdict, f->view->verdict[i].wire,
			 (uint64_t)f->view->verdict[i].id, i);
	refs_sort(&by.wire);
	refs_sort(&by.verdict);
	if (!f->failed) {
		bind_mailboxid(f, &by);
		bind_proven(f, &by);
		bind_temporary(f, THERE, &by.id);
		bind_name_there(f);
		folders_match_candidates(f, &by.verdict);
		bind_doubtful(f);
		part_recreated(f);
	}
	free(by.mailboxid.ref);
	free(by.wire.ref);
	free(by.id.ref);
	free(by.verdict.ref);
}
