/* SPDX-License-Identifier: MIT */
/* What is known of each folder when something of it is to be deleted. */
#include "daemon/account/account_priv.h"

static struct safety safety_of(const struct account *a)
{
	return (struct safety){
	    .dry_run = a->env.opts.folder.dry_run,
	    .unread = a->partial,
	    .no_trash = a->no_reap,
	};
}

bool account_may_delete(const struct account *a, int64_t row,
			enum safety_side side)
{
	/* One that is on neither list of folders has nobody to wait for; but
	 * that is known only when all were surveyed. */
	struct safety_folder none = {.unseen = a->local_scan.n < a->nlisted};
	const struct safety_folder *f = &none;
	struct safety s = safety_of(a);

	for (size_t i = 0; i < a->local_scan.n; i++) {
		if (a->local_scan.folder[i].row.id == row)
			f = &a->safety[i];
	}
	return safety_allows(&s, f, side);
}

bool account_may_reap(const struct account *a)
{
	const struct safety_folder none = {.unseen = false};
	struct safety s = safety_of(a);

	return safety_allows(&s, &none, SAFETY_THERE);
}

void account_safety_begin(struct account *a, size_t i, bool dirty)
{
	a->safety[i] = (struct safety_folder){.unseen = dirty};
}

void account_safety_take(struct account *a, const struct folder_result *r)
{
	struct safety_folder *f = &a->safety[a->current];

	/* A look alone is no pass. */
	if (a->step == AGENDA_LIST || a->step == AGENDA_RESOLVE) {
		f->unseen |= r->unopened;
		return;
	}
	*f = (struct safety_folder){
	    .missing = r->missing || r->refused > 0 || r->unopened,
	    .aside = r->withheld > 0 || r->aside > 0,
	};
}
