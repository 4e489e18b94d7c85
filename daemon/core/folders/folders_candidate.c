/* SPDX-License-Identifier: MIT */
/* Mailboxes that may be a base folder under a new name, as far as STATUS tells:
 * where the server has no MAILBOXID. What is in them has to say so. */
#include <stdlib.h>
#include <string.h>

#include "daemon/core/folders/folders_priv.h"

/* Of more mailboxes that are alike and no row's nobody can tell. */
#define CANDIDATES_MAX 64

/* Mailboxes that are no row's. */
struct strangers {
	struct refs by_uidvalidity, by_messages;
	const struct refs *verdict;
};

typedef bool fits_fn(const struct row *r, const struct node *n);

/* RENAME leaves UIDVALIDITY and UIDs as they are. */
static bool fits(const struct row *r, const struct node *n)
{
	const struct folders_there *t = n->there;

	/* RFC 3501 2.3.1.1: UIDNEXT never goes back. */
	if (t->uidnext < r->base->uidnext)
		return false;
	if (r->base->there == 0)
		return t->messages == 0 && t->uidnext == r->base->uidnext;
	return (uint64_t)t->messages * 2 >= r->base->there;
}

/* That of Courier makes another UIDVALIDITY and leaves the UIDs, which is known
 * again only as long as nothing else has changed. */
static bool fits_anew(const struct row *r, const struct node *n)
{
	return r->base->uidnext == 0 || n->there->uidnext == r->base->uidnext;
}

static void find_strangers(struct folders *f, struct strangers *s)
{
	const struct nodes *there = &f->side[THERE];

	s->by_uidvalidity = refs_new(there->n, &f->failed);
	s->by_messages = refs_new(there->n, &f->failed);
	for (size_t i = 0; i < there->n; i++) {
		const struct node *n = &there->node[i];
		if (n->row != NONE || n->place || !n->there->status ||
		    folder_name_inbox(n->name))
			continue;
		refs_add(&s->by_uidvalidity, NULL, n->there->uidvalidity, i);
		refs_add(&s->by_messages, NULL, n->there->messages, i);
	}
	refs_sort(&s->by_uidvalidity);
	refs_sort(&s->by_messages);
}

static bool is_judged(const struct strangers *s, const struct row *r,
		      const struct node *n)
{
	size_t found;

	return refs_find(s->verdict, n->there->wire, (uint64_t)r->base->id,
			 &found) != NULL;
}

/* Renamed parents take their children along: what kept the end of its name is
 * more likely. NONE: there is none, or several alike. */
static size_t likeliest(const struct folders *f, const struct strangers *s,
			const struct row *r, bool anew)
{
	size_t best = NONE, most = 0, n;
	bool several = false;
	const struct ref *ref =
	    anew
		? refs_find(&s->by_messages, NULL, r->base->there, &n)
		: refs_find(&s->by_uidvalidity, NULL, r->base->uidvalidity, &n);
	fits_fn *fit = anew ? fits_anew : fits;

	if (!ref || n > CANDIDATES_MAX)
		return NONE;
	for (size_t k = 0; k < n; k++) {
		const struct node *t = &f->side[THERE].node[ref[k].at];
		if (t->row != NONE || folders_same_id(r, t) >= 0 ||
		    !fit(r, t) || is_judged(s, r, t))
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
static bool wants_candidate(const struct row *r, bool anew)
{
	if (r->at[THERE] != NONE || r->at[HERE] == NONE || r->inbox ||
	    r->base->uidvalidity == 0)
		return false;
	return !anew || (!r->doubtful && r->base->there > 0);
}

/* What is the candidate of several is nobody's. */
static void bind(struct folders *f, const struct strangers *s, bool anew)
{
	const struct nodes *there = &f->side[THERE];
	size_t *chosen = malloc((f->nrow + 1) * sizeof(*chosen));
	size_t *times = calloc(there->n + 1, sizeof(*times));

	f->failed |= !chosen || !times;
	for (size_t i = 0; i < f->nrow && !f->failed; i++) {
		chosen[i] = wants_candidate(&f->row[i], anew)
				? likeliest(f, s, &f->row[i], anew)
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

void folders_match_candidates(struct folders *f, const struct refs *verdict)
{
	struct strangers s = {.verdict = verdict};

	find_strangers(f, &s);
	bind(f, &s, false);
	bind(f, &s, true);
	free(s.by_uidvalidity.ref);
	free(s.by_messages.ref);
}
