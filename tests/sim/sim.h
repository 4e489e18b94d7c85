/* SPDX-License-Identifier: MIT */
/* Syncs the model world with the real planner, executor, agenda and matching,
 * one durable step at a time, and can be cut off before any of them; or loses
 * the connection behind any step of the server's. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "tests/sim/world.h"

#define SIM_NEVER SIZE_MAX

/* Rules that the shell keeps: a test may have one broken, to see whether it is
 * noticed. */
enum sim_sabotage {
	SIM_SOUND,
	SIM_NO_PROMISE,  /* W2: sends first */
	SIM_ROW_FIRST,   /* W1: records a message before its file is there */
	SIM_BASE_FIRST,  /* W3: records flags before they are set */
	SIM_REAP_ALWAYS, /* W4: deletes although something failed */
	SIM_POSITION_ALWAYS, /* W5: moves on although something was left */
	SIM_ONE_LOOK,        /* no second survey before it deletes there */
	SIM_SABOTAGES,
};

enum sim_moment {
	SIM_BEFORE,   /* a durable step here */
	SIM_BEHIND,   /* a step on either side */
	SIM_DELETING, /* something of the folder is about to be deleted */
};

struct sim_opts {
	uint64_t seed;   /* of looks, batches, and what goes on first */
	size_t crash;    /* stops before step here number so and so */
	size_t cut;      /* loses the answer to the server's step number so and
			  * so, and all that would come behind it */
	uint32_t refuse; /* one command in so many is refused; 0: none */
	uint32_t fail;   /* one durable step here in so many fails; 0: none */
	uint32_t meddle; /* before one step in so many somebody does something;
			  * 0: nobody does */
	bool full;       /* every look lists everything */
	enum sim_sabotage sabotage;
	/* folder: the one that is synced, or whose files go. */
	void (*watch)(void *ctx, struct world *w, enum sim_moment moment,
		      int folder);
	void *ctx;
};

/* What a sync came to. */
struct sim_result {
	size_t steps;   /* durable ones here */
	size_t asked;   /* what the server was asked, in steps */
	size_t told;    /* of them, those that change something there */
	size_t actions; /* planned, over all passes */
	size_t bodies;  /* that were on the wire, either way */
	bool doubted;   /* what the server said of UIDs was not believed */
	bool crashed;
	bool lost;   /* the connection */
	bool failed; /* something was refused, or did not come to rest */
};

/* One sync of the whole account, as daemon/account does it. */
struct sim_result sim_sync(struct world *w, const struct sim_opts *opts);

#endif
