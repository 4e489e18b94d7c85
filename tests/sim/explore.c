/* SPDX-License-Identifier: MIT */
#include "tests/sim/explore.h"

#include "tests/sim/trace.h"
#include "tests/support/t.h"

#define SNAPSHOTS 256
/* It may take so many syncs until it is at rest. */
#define SYNCS 3

/* As it was before a durable step. */
struct snapshot {
	struct world world;
	size_t mark;
};

/* What is watched during a sync. */
struct watcher {
	const struct oracle *oracle;
	struct snapshot *snapshot; /* SNAPSHOTS; NULL: none are taken */
	size_t n;
};

static void watch(void *ctx, struct world *w, enum sim_moment moment,
		  int folder)
{
	struct watcher *x = ctx;

	switch (moment) {
	case SIM_BEFORE:
		if (!x->snapshot)
			return;
		assert_true(x->n < SNAPSHOTS);
		x->snapshot[x->n].world = *w;
		x->snapshot[x->n++].mark = trace_mark();
		break;
	case SIM_BEHIND:
		oracle_always(x->oracle, w);
		break;
	case SIM_DELETING:
		oracle_deleting(x->oracle, w, folder);
		break;
	}
}

static struct sim_opts opts_of(struct explore *x, struct watcher *watcher)
{
	return (struct sim_opts){.seed = rng_next(&x->rng),
				 .crash = SIM_NEVER,
				 .cut = SIM_NEVER,
				 .sabotage = x->sabotage,
				 .watch = watch,
				 .ctx = watcher};
}

void explore_settle(struct explore *x, struct world *w, unsigned broken)
{
	struct watcher watcher = {.oracle = &x->oracle};
	struct sim_result r;
	int syncs = 0;

	do {
		struct sim_opts opts = opts_of(x, &watcher);
		opts.full = syncs > 0 && rng_below(&x->rng, 2);
		r = sim_sync(w, &opts);
		assert_false(r.failed);
		assert_true(syncs++ <= SYNCS);
	} while (r.steps + r.told + r.actions > 0);
	oracle_rest(&x->oracle, w, broken);
}

/* From a moment on. level: there may be so many more. */
static void crash_everywhere(struct explore *x, struct world *w, int level,
			     unsigned broken)
{
	static struct snapshot snapshots[2][SNAPSHOTS];
	struct watcher watcher = {.oracle = &x->oracle,
				  .snapshot = snapshots[level]};
	struct sim_opts opts = opts_of(x, &watcher);

	(void)sim_sync(w, &opts);
	explore_settle(x, w, broken);
	for (size_t i = watcher.n; i-- > 0;) {
		struct world crashed = snapshots[level][i].world;
		trace_back(snapshots[level][i].mark);
		trace("crash");
		x->crashes++;
		if (level > 0 && rng_below(&x->rng, x->deep) == 0)
			crash_everywhere(x, &crashed, level - 1, broken + 1);
		else
			explore_settle(x, &crashed, broken + 1);
	}
}

static void cut_everywhere(struct explore *x, const struct world *w)
{
	struct watcher watcher = {.oracle = &x->oracle};
	struct sim_opts opts = opts_of(x, &watcher);
	size_t mark = trace_mark();

	for (opts.cut = 0;; opts.cut++) {
		struct world cut = *w;
		trace_back(mark);
		if (!sim_sync(&cut, &opts).lost)
			break;
		x->cuts++;
		if (rng_below(&x->rng, x->deep) == 0)
			crash_everywhere(x, &cut, 0, 1);
		else
			explore_settle(x, &cut, 1);
	}
	trace_back(mark);
}

void explore(struct explore *x, const struct world *rest, struct world *now)
{
	oracle_expect(&x->oracle, rest, now);
	cut_everywhere(x, now);
	crash_everywhere(x, now, 1, 0);
}

void explore_failing(struct explore *x, const struct world *rest,
		     struct world *now)
{
	struct watcher watcher = {.oracle = &x->oracle};
	uint32_t syncs = 1 + rng_below(&x->rng, 3);

	oracle_expect(&x->oracle, rest, now);
	x->oracle.failing = true;
	for (uint32_t i = 0; i < syncs; i++) {
		struct sim_opts opts = opts_of(x, &watcher);
		/* What is not listed cannot give a wrong UID away. */
		if (rng_below(&x->rng, 3) > 0 && !now->caps.lies)
			opts.refuse = 2 + rng_below(&x->rng, 8);
		if (rng_below(&x->rng, 3) > 0)
			opts.fail = 2 + rng_below(&x->rng, 20);
		if (rng_below(&x->rng, 4) == 0)
			opts.cut = rng_below(&x->rng, 40);
		struct sim_result r = sim_sync(now, &opts);
		x->failures += r.failed;
		x->cuts += r.lost;
	}
	/* An hour later. */
	now->asides = 0;
	explore_settle(x, now, syncs);
}
