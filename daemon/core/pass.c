/* SPDX-License-Identifier: MIT */
#include "daemon/core/pass.h"

bool pass_moves_position(const struct pass_facts *p)
{
	return !p->again && !p->partial && p->plan->held_here == 0 &&
	       p->plan->held_there == 0 && p->plan->deferred == 0 &&
	       p->plan->unmerged == 0 && p->uidvalidity != 0 && p->pulls;
}

bool pass_revives(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		switch (p->action[i].type) {
		case ACTION_MOVE_THERE:
		case ACTION_DIE_THERE:
		case ACTION_DELETE_THERE:
		case ACTION_FATE:
		case ACTION_PROVE:
			break;
		case ACTION_FORGET:
			if (p->action[i].flags)
				return true;
			break;
		default:
			return true;
		}
	}
	return p->skipped > 0;
}

bool pass_only_dies(const struct plan *p, uint32_t *uid, size_t *n)
{
	size_t dying = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct action *a = &p->action[i];
		if (a->type == ACTION_DIE_HERE)
			uid[dying++] = a->uid;
		else if (a->type != ACTION_FORGET || a->flags)
			return false;
	}
	*n = dying;
	return true;
}

bool pass_again(bool again, unsigned passes, unsigned short_listings)
{
	return again && passes < PASS_MAX &&
	       short_listings < PASS_SHORT_LISTINGS;
}

bool pass_forces_deletions(bool full, unsigned passes)
{
	return full && passes == 1;
}

bool pass_guard_counts(const struct pass_held *past,
		       const struct pass_held *now, bool answered)
{
	return now->here + now->there > 0 || past->here + past->there > 0 ||
	       answered;
}
