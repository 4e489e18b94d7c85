/* SPDX-License-Identifier: MIT */
#include "daemon/core/safety.h"

void safety_take(struct safety_folder *f, const struct safety_pass *p)
{
	/* A look alone is no pass. */
	if (p->look_only) {
		f->unseen |= p->unopened;
		return;
	}
	*f = (struct safety_folder){
	    .missing = p->missing || p->refused > 0 || p->unopened,
	    .aside = p->aside > 0,
	};
}

bool safety_allows(const struct safety *s, const struct safety_folder *f,
		   enum safety_side side)
{
	if (s->dry_run || f->unseen || f->missing || f->aside)
		return false;
	return side == SAFETY_HERE || (!s->unread && !s->no_trash);
}
