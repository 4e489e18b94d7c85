/* SPDX-License-Identifier: MIT */
#include "daemon/core/planner.h"

#include <stdlib.h>

#include "daemon/core/pair.h"

void planner_add(struct planner *p, struct action a)
{
	struct plan *plan = p->plan;

	if (plan->n == plan->cap) {
		size_t cap = plan->cap ? plan->cap * 2 : 64;
		struct action *grown =
		    reallocarray(plan->action, cap, sizeof(*grown));
		if (!grown) {
			p->failed = true;
			return;
		}
		plan->action = grown;
		plan->cap = cap;
	}
	plan->action[plan->n++] = a;
}

bool planner_is_late_file(const struct planner *p, uint64_t key)
{
	const struct loose *l = p->in->loose;

	return l && !pair_has_key(l->file, l->nfiles, key);
}

bool planner_is_late_row(const struct planner *p, uint64_t key)
{
	const struct loose *l = p->in->loose;

	return l && !pair_has_key(l->row, l->nrows, key);
}
