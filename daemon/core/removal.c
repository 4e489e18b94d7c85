/* SPDX-License-Identifier: MIT */
#include "daemon/core/removal.h"

bool removal_is_ready(const struct removal_rows *r)
{
	return r->messages == 0 && r->tombs == 0 && r->intents == 0;
}

bool removal_may_delete(const struct removal_there *t)
{
	uint64_t ours = t->expunge && !t->uidplus ? t->marked : 0;

	return t->messages <= ours;
}
