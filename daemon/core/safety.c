/* SPDX-License-Identifier: MIT */
#include "daemon/core/safety.h"

bool safety_allows(const struct safety *s, const struct safety_folder *f,
		   enum safety_side side)
{
	if (s->dry_run || f->unseen || f->missing || f->aside)
		return false;
	return side == SAFETY_HERE || (!s->unread && !s->no_trash);
}
