/* SPDX-License-Identifier: MIT */
/* Accounts that sync in one direction, keep what the other side deletes, or
 * leave out what is large: whatever users do, a sync does nothing that it may
 * not, and comes to rest.
 */
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "tests/sim/trace.h"
#include "tests/sim/user.h"
#include "tests/support/t.h"

#define ROUNDS      4000
#define GENERATIONS 6
#define SYNCS       5

static struct sim_result sync_once(struct world *w, struct rng *rng)
{
	struct sim_opts opts = {.seed = rng_next(rng),
				.crash = SIM_NEVER,
				.cut = SIM_NEVER,
				.full = rng_below(rng, 5) == 0};

	return sim_sync(w, &opts);
}

static bool same_files(const struct world *a, const struct world *b)
{
	bool same = a->trashed == b->trashed;

	for (int i = 0; i < WORLD_FOLDERS; i++)
		same &= a->folder[i].dir.stamp == b->folder[i].dir.stamp;
	return same;
}

/* What came of one sync. */
static void check(const struct world *before, const struct world *w,
		  const struct sim_result *r)
{
	assert_false(r->failed);
	if (!w->push && r->told > 0)
		fail_msg("the server was told %zu times", r->told);
	if (!w->pull)
		assert_true(same_files(before, w));
	for (uint32_t body = 1; body < w->bodies; body++) {
		/* Copies may be one too few, not all. */
		if (!w->delete_there &&
		    world_count_there(before, WORLD_BOXES, body) > 0)
			assert_true(world_count_there(w, WORLD_BOXES, body) >
				    0);
		if (!w->delete_here && world_count_here(before, body) > 0)
			assert_true(world_count_here(w, body) > 0);
		uint64_t size = text_size(text_of(body, TEXT_PLAIN));
		if (w->max_size && size > w->max_size)
			assert_true(world_count_here(w, body) <=
				    world_count_here(before, body));
	}
}

/* At rest: what is on both sides is marked alike. What was left out for its
 * size and got its file by a move is so only after a look at all: no delta
 * shows what was marked before that. */
static void check_flags(struct world *w)
{
	bool merged = w->pull && w->push && !w->max_size;

	for (int i = 0; merged && i < WORLD_FOLDERS; i++) {
		struct world_folder *f = &w->folder[i];
		for (size_t k = 0; k < f->table.rows; k++) {
			const struct base_row *b = &f->table.row[k].base;
			const struct world_message *m =
			    world_message(&w->box[i], b->uid);
			const struct world_file *file =
			    world_file(&f->dir, b->key);
			if (b->fate != FATE_ALIVE || !m || !file)
				continue;
			uint64_t both = w->here_mask & w->there_mask;
			if (b->flags != m->flags ||
			    ((file->flags ^ m->flags) & both) != 0)
				fail_msg("%d.%u has flags %jx there, %jx here",
					 i, b->uid, (uintmax_t)m->flags,
					 (uintmax_t)file->flags);
		}
	}
}

static void settle(struct world *w, struct rng *rng)
{
	static struct world before;
	struct sim_result r;
	int syncs = 0;

	do {
		before = *w;
		r = sync_once(w, rng);
		check(&before, w, &r);
		assert_true(syncs++ < SYNCS);
	} while (r.steps + r.told > 0);
	check_flags(w);
}

static void configure(struct world *w, struct rng *rng)
{
	uint32_t bits = (uint32_t)rng_next(rng);

	/* Both directions, or one. */
	w->pull = (bits & 3) != 1;
	w->push = (bits & 3) != 2;
	w->delete_here = (bits & 12) != 0;
	w->delete_there = (bits & 48) != 0;
	w->max_size = (bits & 192) == 0 ? 1150 : 0;
}

static void test_sim_policy__nothing_that_may_not_be(void **state)
{
	static struct world w;
	struct rng rng;

	(void)state;
	rng_init(&rng, "policies");
	for (int i = 0; i < ROUNDS; i++) {
		trace_back(0);
		world_init(&w, &rng);
		configure(&w, &rng);
		user_begins(&w, &rng);
		for (int k = 0; k < GENERATIONS; k++) {
			settle(&w, &rng);
			for (uint32_t n = rng_below(&rng, 6); n > 0; n--)
				user_acts(&w, &rng);
		}
	}
	trace_back(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_sim_policy__nothing_that_may_not_be,
				      trace_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
