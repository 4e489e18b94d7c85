/* SPDX-License-Identifier: MIT */
/* Servers that refuse commands, mailboxes without room, disks that are full: at
 * any effect, in any order. All comes to what it has to, once nothing fails any
 * more.
 */
#include <stdio.h>

#include "tests/sim/explore.h"
#include "tests/sim/trace.h"
#include "tests/sim/user.h"
#include "tests/support/t.h"

#define WORLDS      6000
#define GENERATIONS 5

static void test_sim_fail__all_is_made_up_for(void **state)
{
	static struct explore x;
	static struct world w, rest;

	(void)state;
	rng_init(&x.rng, "failing");
	for (size_t i = 0; i < WORLDS; i++) {
		world_init(&w, &x.rng);
		for (int k = 0; k < GENERATIONS; k++) {
			trace_back(0);
			rest = w;
			if (k == 0)
				user_begins(&w, &x.rng);
			for (uint32_t n = rng_below(&x.rng, 7); k > 0 && n > 0;
			     n--)
				user_acts(&w, &x.rng);
			explore_failing(&x, &rest, &w);
		}
	}
	trace_back(0);
	printf("%zu failures, %zu cuts\n", x.failures, x.cuts);
	assert_true(x.failures > WORLDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_sim_fail__all_is_made_up_for,
				      trace_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
