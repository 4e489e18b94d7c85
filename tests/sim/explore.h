/* SPDX-License-Identifier: MIT */
/* Cuts a sync off wherever it can be cut off, and checks what comes of it. */
#ifndef TESTS_SIM_EXPLORE_H
#define TESTS_SIM_EXPLORE_H

#include "tests/sim/oracle.h"
#include "tests/sim/sim.h"

struct explore {
	struct rng rng;
	struct oracle oracle;
	enum sim_sabotage sabotage;
	/* One crash or cut in so many is followed by all crashes of the
	 * recovery; 1: each. */
	uint32_t deep;
	/* How many there were. */
	size_t crashes, cuts, failures;
};

/* From rest to now users did something. Syncs now until it is at rest: as it
 * is; with the power gone before every durable step, and again before every
 * step of the recovery; with the connection gone behind every step of the
 * server's. Leaves now as the first of these does. */
void explore(struct explore *x, const struct world *rest, struct world *now);
/* Syncs until it is at rest, and no more often than it may take. broken: how
 * often it was cut off before. */
/* Some syncs in which this and that is refused, or fails; then as below. */
void explore_failing(struct explore *x, const struct world *rest,
		     struct world *now);
void explore_settle(struct explore *x, struct world *w, unsigned broken);

#endif
