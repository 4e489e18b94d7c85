/* SPDX-License-Identifier: MIT */
/* Random numbers for tests: $SEED where it is set, else a seed from the system,
 * printed either way, so that a failure can be repeated. */
#ifndef TESTS_SUPPORT_RNG_H
#define TESTS_SUPPORT_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

/* Seeds and prints "what: SEED=...". */
void rng_init(struct rng *r, const char *what);
/* Any 64 bits. */
uint64_t rng_next(struct rng *r);
/* 0..n-1; n not 0. */
uint32_t rng_below(struct rng *r, uint32_t n);

#endif
