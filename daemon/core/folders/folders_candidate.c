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
			const struct row *r)
{
	size_t best = NONE, most = 0, n;
	bool several = false;
	const struct ref *ref =
	    refs_find(&s->by_uidvalidity, NULL, r->base->uidvalidity, &n);

	if (!ref || n > CANDIDATES_MAX)
		return NONE;
	for (size_t k = 0; k < n; k++) {
		const struct node *t = &f->side[THERE].node[ref[k].at];
		if (t->row != NONE || folders_same_id(r, t) >= 0 ||
		    !fits(r, t) || is_judged(s, r, t))
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

/* RENAME of Courier makes another UIDVALIDITY and, where messages were deleted,
 * other UIDs: the number of messages is all that is left, and new mail may have
 * come in. Nothing is lost by asking the wrong one first, as its messages say
 * so, and then the next one is asked. */
static size_t likeliest_anew(const struct folders *f, const struct strangers *s,
			     const struct row *r)
{
	uint32_t there = r->base->there;
	size_t best = NONE, most = 0, asked = 0;

	for (size_t k = refs_from(&s->by_messages, there);
	     k < s->by_messages.n && asked < CANDIDATES_MAX; k++) {
		const struct ref *ref = &s->by_messages.ref[k];
		const struct node *t = &f->side[THERE].node[ref->at];
		if (ref->num / 2 > there)
			break;
		if (t->row != NONE || folders_same_id(r, t) >= 0 ||
		    t->there->uidvalidity == r->base->uidvalidity)
			continue;
		asked++;
		if (is_judged(s, r, t))
			continue;
		size_t alike = folder_name_alike(r->base->name, t->name);
		if (best == NONE || alike > most) {
			best = ref->at;
			most = alike;
		}
	}
	return best;
}

/* Where nothing is here, nothing is lost by taking the mailbox for new. */
static bool wants_candidate(const struct row *r, bool anew)
{
	if (r->at[THERE] != NONE || r->at[HERE] == NONE || r->inbox ||
	    r->base->uidvalidity == 0)
		return false;
	return !anew || (!r->doubtful && r->base->there > 0);
}

static void bind(struct folders *f, size_t i, size_t candidate)
{
	if (f->side[THERE].node[candidate].twin) {
		f->row[i].waits = true;
		return;
	}
	f->row[i].verify = true;
	folders_bind(f, i, THERE, candidate);
}

/* What is the candidate of several is nobody's. */
static void match(struct folders *f, const struct strangers *s)
{
	const struct nodes *there = &f->side[THERE];
	size_t *chosen = malloc((f->nrow + 1) * sizeof(*chosen));
	size_t *times = calloc(there->n + 1, sizeof(*times));

	f->failed |= !chosen || !times;
	for (size_t i = 0; i < f->nrow && !f->failed; i++) {
		chosen[i] = wants_candidate(&f->row[i], false)
				? likeliest(f, s, &f->row[i])
				: NONE;
		if (chosen[i] != NONE)
			times[chosen[i]]++;
	}
	for (size_t i = 0; i < f->nrow && !f->failed; i++) {
		if (chosen[i] != NONE && times[chosen[i]] == 1)
			bind(f, i, chosen[i]);
	}
	free(chosen);
	free(times);
}

static void match_anew(struct folders *f, const struct strangers *s)
{
	for (size_t i = 0; i < f->nrow && !f->failed; i++) {
		size_t chosen = wants_candidate(&f->row[i], true)
				    ? likeliest_anew(f, s, &f->row[i])
				    : NONE;
		if (chosen != NONE)
			bind(f, i, chosen);
	}
}

void folders_match_candidates(struct folders *f, const struct refs *verdict)
{
	struct strangers s = {.verdict = verdict};

	find_strangers(f, &s);
	match(f, &s);
	match_anew(f, &s);
	free(s.by_uidvalidity.ref);
	free(s.by_messages.ref);
}
