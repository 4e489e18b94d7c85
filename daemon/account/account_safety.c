/* SPDX-License-Identifier: MIT */
/* What is known of each folder when something of it is to be deleted. */
#include "daemon/account/account_priv.h"

bool account_may_delete(const struct account *a, int64_t row,
			enum safety_side side)
{
	/* One that is on neither list of folders has nobody to wait for; but
	 * that is known only when all were surveyed. */
	struct safety_folder none = {.unseen = a->cycle.scan.files.n <
					       a->cycle.scan.n};
	const struct safety_folder *f = &none;

	for (size_t i = 0; i < a->cycle.scan.files.n; i++) {
		if (a->cycle.scan.files.folder[i].row.id == row)
			f = &a->cycle.messages.safety[i];
	}
	return safety_allows(&a->safety, f, side);
}

bool account_may_reap(const struct account *a)
{
	const struct safety_folder none = {.unseen = false};

	return safety_allows(&a->safety, &none, SAFETY_THERE);
}

void account_safety_begin(struct account *a, size_t i, bool dirty)
{
	a->cycle.messages.safety[i] = (struct safety_folder){.unseen = dirty};
}

void account_safety_take(struct account *a, const struct folder_result *r)
{
	struct safety_folder *f =
	    &a->cycle.messages.safety[a->cycle.messages.current];

	/* A look alone is no pass. */
	if (a->cycle.messages.step == AGENDA_LIST ||
	    a->cycle.messages.step == AGENDA_RESOLVE) {
		f->unseen |= r->unopened;
		return;
	}
	*f = (struct safety_folder){
	    .missing = r->missing || r->refused > 0 || r->unopened,
	    .aside = r->withheld > 0 || r->aside > 0,
	};
}
