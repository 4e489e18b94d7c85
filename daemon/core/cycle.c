/* SPDX-License-Identifier: MIT */
#include "daemon/core/cycle.h"

bool cycle_is_over(enum cycle_stage stage, const struct cycle_conditions *c)
{
	/* There is none before CONNECT is done. */
	bool lost = stage > CYCLE_OPEN && !c->session;

	return c->stopping || c->busy || lost;
}

/* After a stage that came to its end. */
static enum cycle_stage successor(enum cycle_stage stage,
				  const struct cycle_conditions *c)
{
	switch (stage) {
	case CYCLE_LIST:
		if (c->known)
			return CYCLE_SCAN;
		return c->list_only ? CYCLE_TRASH : CYCLE_CLAIM;
	case CYCLE_CLAIM:
		return c->restored || c->dry_run ? CYCLE_TREE : CYCLE_RESTORE;
	case CYCLE_MESSAGES:
		return c->removals && !c->dry_run ? CYCLE_REMOVE : CYCLE_TRASH;
	default:
		return (enum cycle_stage)(stage + 1);
	}
}

enum cycle_stage cycle_next(enum cycle_stage stage, enum cycle_found found,
			    const struct cycle_conditions *c)
{
	if (stage >= CYCLE_TRASH)
		return found == CYCLE_RECONNECT ? CYCLE_CONNECT : CYCLE_END;
	if (found == CYCLE_FAILED || cycle_is_over(stage, c))
		return CYCLE_TRASH;
	switch (found) {
	case CYCLE_MORE:
		return stage;
	case CYCLE_RELIST:
		return CYCLE_LIST;
	case CYCLE_RESCAN:
		return CYCLE_SCAN;
	default:
		return successor(stage, c);
	}
}
