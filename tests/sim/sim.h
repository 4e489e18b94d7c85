/* SPDX-License-Identifier: MIT */
/* Syncs the model world with the real planner and executor, one durable step at
 * a time, and can be cut off before any of them. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "daemon/core/exec.h"
#include "tests/sim/world.h"

#define SIM_NEVER SIZE_MAX
#define SIM_RUNS  64

struct sim_opts {
	uint64_t seed;   /* of looks, batches, and what goes on first */
	size_t crash;    /* stops before step number so and so; SIM_NEVER */
	uint32_t refuse; /* one fetch or STORE in so many fails; 0: none */
	uint32_t meddle; /* before one step in so many somebody does something;
			  * 0: nobody does */
	bool full;       /* every look lists everything */
};

/* What a sync came to. */
struct sim_result {
	size_t steps;   /* durable ones */
	size_t actions; /* planned, over all passes */
	bool crashed;
	bool failed; /* something was refused */
};

/* One sync of the whole account, as account_sync.c and folder.c do it: each
 * folder, in passes until it is at rest, then the files of deleted messages. */
struct sim_result sim_sync(struct world *w, const struct sim_opts *opts);

#endif
