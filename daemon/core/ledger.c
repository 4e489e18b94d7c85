/* SPDX-License-Identifier: MIT */
#include "daemon/core/ledger.h"

#include <stdlib.h>

#include "daemon/core/pair.h"

/* Messages that the list of lost ones begins with. */
#define LOST_FIRST 32

int ledger_lose(struct ledger *l, const struct ledger_lost *m)
{
	if (l->nlost == l->lostcap) {
		size_t cap = l->lostcap ? 2 * l->lostcap : LOST_FIRST;
		struct ledger_lost *grown =
		    reallocarray(l->lost, cap, sizeof(*grown));
		if (!grown)
			return -1;
		l->lost = grown;
		l->lostcap = cap;
	}
	l->lost[l->nlost++] = *m;
	return 0;
}

void ledger_release_lost(struct ledger *l)
{
	free(l->lost);
	l->lost = NULL;
	l->nlost = l->lostcap = 0;
}

/* The UIDs that a folder has lost, for pair_has_key(). */
static uint64_t *lost_uids(const struct ledger *l, int64_t row, size_t *n)
{
	uint64_t *uid = calloc(l->nlost + 1, sizeof(*uid));

	*n = 0;
	for (size_t i = 0; uid && i < l->nlost; i++) {
		if (l->lost[i].folder == row)
			uid[(*n)++] = l->lost[i].uid;
	}
	if (uid)
		pair_sort_keys(uid, *n);
	return uid;
}

struct over {
	const struct ledger_end *end;
	uint64_t *lost;
	size_t nlost;
};

static bool is_over(const struct over *o, const struct move_there *m)
{
	if (pair_has_key(o->lost, o->nlost, m->uid))
		return true;
	return o->end->all &&
	       !pair_has_key(o->end->follow, o->end->nfollow, m->key);
}

/* key: n of them, sorted. */
static void drop(struct ledger_folder *f, const uint64_t *key, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->nexpected; i++) {
		if (!pair_has_key(key, n, f->expected[i]))
			f->expected[kept++] = f->expected[i];
	}
	f->nexpected = kept;
}

static size_t find(const struct ledger *l, int64_t row)
{
	size_t i = 0;

	while (i < l->n && l->folder[i].row != row)
		i++;
	return i;
}

void ledger_mark(struct local_view *local, const uint64_t *expected, size_t n,
		 const uint64_t *promised, size_t npromised)
{
	for (size_t i = 0; i < n; i++) {
		struct local_row *l = local_view_find(local, expected[i]);
		if (l && !pair_has_key(promised, npromised, l->key))
			l->wait = WAIT_MOVE;
	}
}

int ledger_settle(struct ledger *l, size_t folder, const struct ledger_end *end,
		  struct agenda *agenda)
{
	const struct ledger_folder *from = &l->folder[folder];
	uint64_t *key = calloc(from->nmoved + 1, sizeof(*key));
	struct over over = {.end = end};

	over.lost = lost_uids(l, from->row, &over.nlost);
	if (!key || !over.lost) {
		free(key);
		free(over.lost);
		return -1;
	}
	for (size_t to = 0; to < l->n && from->nmoved > 0; to++) {
		size_t n = 0;
		for (size_t i = 0; i < from->nmoved; i++) {
			const struct move_there *m = &from->moved[i];
			if (m->to == l->folder[to].row && is_over(&over, m))
				key[n++] = m->key;
		}
		if (n == 0 || l->folder[to].unseen)
			continue;
		pair_sort_keys(key, n);
		drop(&l->folder[to], key, n);
		agenda_dirty(agenda, to);
	}
	free(key);
	free(over.lost);
	return 0;
}

void ledger_stir(struct ledger *l, int64_t row)
{
	size_t i = find(l, row);

	if (i < l->n)
		l->folder[i].stirred = true;
}

void ledger_tell(struct ledger *l, struct agenda *agenda)
{
	for (size_t i = 0; i < l->n; i++) {
		struct ledger_folder *f = &l->folder[i];
		if (f->stirred && !f->unseen)
			agenda_dirty(agenda, i);
		f->stirred = false;
	}
}
