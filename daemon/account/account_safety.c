/* SPDX-License-Identifier: MIT */
/* What is known of each folder when something of it is to be deleted. */
#include "daemon/account/account_priv.h"

bool account_may_delete(const struct account *a, int64_t row,
			enum safety_side side)
{
	/* One that is on neither list of folders has nobody to wait for; but
	 * that is known only when all were surveyed. */
	struct safety_folder none = {
	    .unseen = a->due.names || a->cycle.scan.files.n < a->cycle.scan.n};
	const struct safety_folder *f = &none;

	for (size_t i = 0; i < a->cycle.scan.files.n; i++) {
		if (a->cycle.scan.files.folder[i].row.id == row)
			f = &a->cycle.messages.safety[i];
	}
	if (side == SAFETY_THERE && account_due_moving(a))
		return false;
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
	const struct account_messages *m = &a->cycle.messages;
	struct safety_pass pass = {
	    .look_only = m->step == AGENDA_LIST || m->step == AGENDA_RESOLVE,
	    .unopened = r->unopened,
	    .missing = r->missing,
	    .refused = r->refused,
	    .aside = r->withheld + r->aside + r->late,
	};

	safety_take(&m->safety[m->current], &pass);
}
