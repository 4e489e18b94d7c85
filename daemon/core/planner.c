/* SPDX-License-Identifier: MIT */
#include "daemon/core/planner.h"

#include <stdlib.h>

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
