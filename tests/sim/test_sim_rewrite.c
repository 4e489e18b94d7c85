/* SPDX-License-Identifier: MIT */
/* Servers that change the header of what they are given: where an answer is
 * lost, nobody can tell whether that message came. Then one too many is better
 * than none; but not two.
 */
#include <stdio.h>

#include "tests/sim/sim.h"
#include "tests/sim/trace.h"
#include "tests/sim/user.h"
#include "tests/support/t.h"

#define ROUNDS 2000
#define SYNCS  6

static struct sim_result sync_cut(struct world *w, struct rng *rng, size_t cut)
{
	struct sim_opts opts = {
	    .seed = rng_next(rng), .crash = SIM_NEVER, .cut = cut};

	return sim_sync(w, &opts);
}

static void settle(struct world *w, struct rng *rng)
{
	struct sim_result r;
	int syncs = 0;

	do {
		r = sync_cut(w, rng, SIM_NEVER);
		assert_false(r.failed);
		assert_true(syncs++ < SYNCS);
	} while (r.steps + r.told + r.actions > 0);
}

static void begin(struct world *w, struct rng *rng)
{
	trace_back(0);
	world_init(w, rng);
	w->caps.form = TEXT_REWRITTEN;
	for (uint32_t n = rng_below(rng, 3); n > 0; n--)
		user_arrive(w, 0, FLAG_SEEN);
	settle(w, rng);
}

/* However often the connection goes. */
static void test_sim_rewrite__is_sent_once_more_at_most(void **state)
{
	static struct world w;
	size_t doubled = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, "rewriting");
	for (int i = 0; i < ROUNDS; i++) {
		begin(&w, &rng);
		uint32_t body = w.bodies;
		user_new(&w, 0, FLAG_SEEN);
		for (uint32_t n = 1 + rng_below(&rng, 5); n > 0; n--) {
			if (rng_below(&rng, 3) == 0)
				user_arrive(&w, 0, 0);
			(void)sync_cut(&w, &rng, rng_below(&rng, 12));
		}
		settle(&w, &rng);
		/* Not even once where it was cut each time before it was
		 * stored, and others came meanwhile. */
		assert_in_range(world_count_there(&w, WORLD_FOLDERS, body), 0,
				2);
		/* The file itself waits for a person. */
		assert_in_range(world_count_here(&w, body), 1, 3);
		assert_int_equal(world_count_here(&w, body),
				 world_count_there(&w, WORLD_FOLDERS, body) +
				     w.intents);
		doubled += world_count_there(&w, WORLD_FOLDERS, body) == 2;
	}
	trace_back(0);
	printf("%zu of %d were sent twice\n", doubled, ROUNDS);
	assert_in_range(doubled, 1, ROUNDS / 2);
}

/* Some servers do not list at once what they stored. */
static void test_sim_rewrite__waits_for_the_next_sync(void **state)
{
	static struct world w;
	size_t waited = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, "waiting");
	for (int i = 0; i < ROUNDS; i++) {
		begin(&w, &rng);
		uint32_t body = w.bodies;
		user_new(&w, 0, FLAG_SEEN);
		(void)sync_cut(&w, &rng, rng_below(&rng, 12));
		bool sent = world_count_there(&w, WORLD_FOLDERS, body) > 0 &&
			    w.intents > 0 && !w.intent[0].stored;
		if (rng_below(&rng, 2))
			user_arrive(&w, 1 + (int)rng_below(&rng, 2), 0);
		if (sent) {
			(void)sync_cut(&w, &rng, SIM_NEVER);
			assert_int_equal(
			    world_count_there(&w, WORLD_FOLDERS, body), 1);
			waited++;
		}
		settle(&w, &rng);
		assert_int_equal(world_count_there(&w, WORLD_FOLDERS, body),
				 sent ? 2 : 1);
	}
	trace_back(0);
	assert_in_range(waited, ROUNDS / 20, ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(
		test_sim_rewrite__is_sent_once_more_at_most, trace_show),
	    cmocka_unit_test_teardown(test_sim_rewrite__waits_for_the_next_sync,
				      trace_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
