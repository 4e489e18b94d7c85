/* SPDX-License-Identifier: MIT */
/* Which mailbox and which directory is which base folder. Positive evidence
 * only: what is not recognised here is gone, and judged by folders.c. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders_priv.h"

/* Of more mailboxes with one UIDVALIDITY that are no row's nobody can tell. */
#define CANDIDATES_MAX 64

/* An index by text or by number. */
struct ref {
	const char *text;
	uint64_t num;
	size_t at;
	size_t n; /* of that key, from here on */
};

struct refs {
	struct ref *ref;
	size_t n;
};

static int key_cmp(const struct ref *a, const struct ref *b)
{
	int r = a->text && b->text ? strcmp(a->text, b->text) : 0;

	if (r != 0)
		return r;
	return a->num < b->num ? -1 : a->num > b->num;
}

static int ref_cmp(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int r = key_cmp(x, y);

	return r != 0 ? r : x->at < y->at ? -1 : x->at > y->at;
}

/* Room for n. */
static struct refs refs_new(struct folders *f, size_t n)
{
	struct refs r = {.ref = calloc(n + 1, sizeof(*r.ref))};

	f->failed |= !r.ref;
	return r;
}

static void refs_add(struct refs *r, const char *text, uint64_t num, size_t at)
{
	if (r->ref)
		r->ref[r->n++] =
		    (struct ref){.text = text, .num = num, .at = at};
}

static void refs_sort(struct refs *r)
{
	if (r->n > 1)
		qsort(r->ref, r->n, sizeof(*r->ref), ref_cmp);
	for (size_t i = r->n; i-- > 0;) {
		struct ref *ref = &r->ref[i];
		bool more = i + 1 < r->n && key_cmp(ref, ref + 1) == 0;
		ref->n = more ? ref[1].n + 1 : 1;
	}
}

/* The first of that key and how many there are; NULL where there are none. */
static const struct ref *refs_find(const struct refs *r, const char *text,
				   uint64_t num, size_t *n)
{
	struct ref want = {.text = text, .num = num};
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (key_cmp(&r->ref[mid], &want) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*n = 0;
	if (lo == r->n || key_cmp(&r->ref[lo], &want) != 0)
		return NULL;
	*n = r->ref[lo].n;
	return &r->ref[lo];
}

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
	struct refs r = refs_new(f, f->nrow);

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
	struct refs twins = refs_new(f, here->n);
	struct refs by_id = rows_by_id(f);
	struct refs by_inode = refs_new(f, f->nrow);

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

/* 1: the same, 0: another one, -1: nobody says. */
static int same_id(const struct row *r, const struct node *n)
{
	const char *a = r->base->mailboxid, *b = n->there->mailboxid;

	return a && b ? strcmp(a, b) == 0 : -1;
}

static bool other_uidvalidity(const struct row *r, const struct node *n)
{
	return n->there->status && r->base->uidvalidity != 0 &&
	       r->base->uidvalidity != n->there->uidvalidity;
}

/* What the server's side is looked up by. */
struct lookup {
	struct refs mailboxid, uidvalidity, wire; /* nodes */
	struct refs id;                           /* rows */
	struct refs verdict;
};

static void bind_mailboxid(struct folders *f, const struct lookup *by)
{
	size_t n;

	for (size_t i = 0; i < f->nrow; i++) {
		struct row *r = &f->row[i];
		size_t node = folders_namesake(&f->side[THERE], r->base->name);
		if (node != NONE && folders_free(f, r, THERE, node) &&
		    same_id(r, &f->side[THERE].node[node]) == 1)
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

static const struct folders_verdict *verdict(const struct folders *f,
					     const struct lookup *by,
					     const struct row *r,
					     const struct node *n)
{
	size_t found;
	const struct ref *ref = refs_find(&by->verdict, n->there->wire,
					  (uint64_t)r->base->id, &found);

	return ref ? &f->view->verdict[ref->at] : NULL;
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
		r->recreated = !r->inbox && same_id(r, n) == 0;
		r->doubtful =
		    !r->inbox && same_id(r, n) < 0 && other_uidvalidity(r, n);
		if (!r->doubtful)
			folders_bind(f, i, THERE, node);
	}
}

static void index_strangers(struct folders *f, struct refs *by_uidvalidity)
{
	const struct nodes *there = &f->side[THERE];

	for (size_t i = 0; i < there->n; i++) {
		const struct node *n = &there->node[i];
		if (n->row == NONE && !n->place && n->there->status &&
		    !folder_name_inbox(n->name))
			refs_add(by_uidvalidity, NULL, n->there->uidvalidity,
				 i);
	}
	refs_sort(by_uidvalidity);
}

/* Could the mailbox be the folder under a new name, as far as STATUS tells? */
static bool plausible(const struct row *r, const struct node *n)
{
	const struct folders_there *t = n->there;

	if (same_id(r, n) >= 0)
		return false;
	/* RFC 3501 2.3.1.1: UIDNEXT never goes back. */
	if (t->uidnext < r->base->uidnext)
		return false;
	if (r->base->there == 0)
		return t->messages == 0 && t->uidnext == r->base->uidnext;
	return (uint64_t)t->messages * 2 >= r->base->there;
}

/* Renamed parents take their children along: what kept the end of its name is
 * more likely. NONE: there is none, or several alike. */
static size_t candidate(const struct folders *f, const struct lookup *by,
			const struct row *r)
{
	size_t best = NONE, most = 0, n;
	bool several = false;
	const struct ref *ref =
	    refs_find(&by->uidvalidity, NULL, r->base->uidvalidity, &n);

	if (!ref || n > CANDIDATES_MAX)
		return NONE;
	for (size_t k = 0; k < n; k++) {
		const struct node *t = &f->side[THERE].node[ref[k].at];
		if (!plausible(r, t) || verdict(f, by, r, t))
			continue;
		size_t alike = folder_name_alike(r->base->name, t->name);
		if (best == NONE || alike > most) {
			best = ref[k].at;
			most = alike;
			several = false;
		} else if (alike == most) {
			several = true;
		}
	}
	return several ? NONE : best;
}

/* Where nothing is here, nothing is lost by taking the mailbox for new. */
static bool wants_candidate(const struct row *r)
{
	return r->at[THERE] == NONE && r->at[HERE] != NONE && !r->inbox &&
	       r->base->uidvalidity != 0;
}

static void bind_candidates(struct folders *f, const struct lookup *by)
{
	const struct nodes *there = &f->side[THERE];
	size_t *chosen = malloc((f->nrow + 1) * sizeof(*chosen));
	size_t *times = calloc(there->n + 1, sizeof(*times));

	f->failed |= !chosen || !times;
	for (size_t i = 0; i < f->nrow && !f->failed; i++) {
		chosen[i] = wants_candidate(&f->row[i])
				? candidate(f, by, &f->row[i])
				: NONE;
		if (chosen[i] != NONE)
			times[chosen[i]]++;
	}
	for (size_t i = 0; i < f->nrow && !f->failed; i++) {
		if (chosen[i] == NONE || times[chosen[i]] > 1)
			continue;
		if (there->node[chosen[i]].twin) {
			f->row[i].waits = true;
			continue;
		}
		f->row[i].verify = true;
		folders_bind(f, i, THERE, chosen[i]);
	}
	free(chosen);
	free(times);
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
	struct refs names = refs_new(f, there->n);

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
	struct refs names = refs_new(f, there->n);

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
	    .mailboxid = refs_new(f, there->n),
	    .uidvalidity = refs_new(f, there->n),
	    .wire = refs_new(f, there->n),
	    .id = rows_by_id(f),
	    .verdict = refs_new(f, f->view->nverdict),
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
		index_strangers(f, &by.uidvalidity);
		bind_candidates(f, &by);
		bind_doubtful(f);
		part_recreated(f);
	}
	free(by.mailboxid.ref);
	free(by.uidvalidity.ref);
	free(by.wire.ref);
	free(by.id.ref);
	free(by.verdict.ref);
}
