/* SPDX-License-Identifier: MIT */
/* Random histories of an account, with all that users can do on both sides, cut
 * off everywhere: it must always come to what the oracle says.
 */
#include <stdio.h>

#include "tests/sim/explore.h"
#include "tests/sim/trace.h"
#include "tests/sim/user.h"
#include "tests/support/t.h"

#define CRASH_POINTS 100000
#define GENERATIONS  5
#define DEEP         4

static void some_deeds(struct world *w, struct rng *rng)
{
	for (uint32_t n = rng_below(rng, 7); n > 0; n--)
		user_acts(w, rng);
}

static void test_sim_crash__every_point_converges(void **state)
{
	static struct explore x = {.deep = DEEP};
	static struct world w, rest;
	size_t worlds = 0;

	(void)state;
	rng_init(&x.rng, "crash points");
	for (; x.crashes < CRASH_POINTS; worlds++) {
		world_init(&w, &x.rng);
		for (int i = 0; i < GENERATIONS; i++) {
			trace_back(0);
			rest = w;
			if (i == 0)
				user_begins(&w, &x.rng);
			else
				some_deeds(&w, &x.rng);
			explore(&x, &rest, &w);
		}
	}
	trace_back(0);
	printf("%zu crash points and %zu cuts in %zu worlds\n", x.crashes,
	       x.cuts, worlds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_sim_crash__every_point_converges,
				      trace_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
