/* SPDX-License-Identifier: MIT */
#include "daemon/core/ledger.h"

#include <stdlib.h>

#include "daemon/core/pair.h"

static bool is_over(const struct ledger_end *end, const struct move_there *m)
{
	if (pair_has_key(end->lost, end->nlost, m->uid))
		return true;
	return end->all && !pair_has_key(end->follow, end->nfollow, m->key);
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

	if (!key)
		return -1;
	for (size_t to = 0; to < l->n && from->nmoved > 0; to++) {
		size_t n = 0;
		for (size_t i = 0; i < from->nmoved; i++) {
			const struct move_there *m = &from->moved[i];
			if (m->to == l->folder[to].row && is_over(end, m))
				key[n++] = m->key;
		}
		if (n == 0 || l->folder[to].unseen)
			continue;
		pair_sort_keys(key, n);
		drop(&l->folder[to], key, n);
		agenda_dirty(agenda, to);
	}
	free(key);
	return 0;
}

void ledger_stir(const struct ledger *l, int64_t row, struct agenda *agenda)
{
	size_t i = find(l, row);

	if (i < l->n && !l->folder[i].unseen)
		agenda_dirty(agenda, i);
}
