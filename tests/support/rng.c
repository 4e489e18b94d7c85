/* SPDX-License-Identifier: MIT */
/* splitmix64: small, good enough, and the same on every machine.
 * Nothing here is fit for secrets.
 */
#include "tests/support/rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "tests/support/t.h"

void rng_init(struct rng *r, const char *what)
{
	const char *seed = getenv("SEED");

	if (seed)
		r->state = strtoull(seed, NULL, 0);
	else if (getrandom(&r->state, sizeof(r->state), 0) != sizeof(r->state))
		fail_msg("no randomness");
	printf("%s: SEED=%" PRIu64 "\n", what, r->state);
}

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(rng_next(r) % n);
}
