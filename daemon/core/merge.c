/* SPDX-License-Identifier: MIT */
#include "daemon/core/merge.h"

struct merge merge_flags(uint64_t base, uint64_t here, uint64_t there,
			 uint64_t here_mask, uint64_t there_mask)
{
	uint64_t changed_here = (here ^ base) & here_mask;
	uint64_t changed_there = there ^ base;
	uint64_t both = changed_here & changed_there;
	/* A flag the server would forget again stays a local matter. */
	uint64_t push = changed_here & ~changed_there & there_mask;
	uint64_t pull = changed_there & ~changed_here;

	return (struct merge){
	    .here_add = pull & there,
	    .here_del = pull & ~there,
	    .there_add = push & here,
	    .there_del = push & ~here,
	    .both_add = both & here,
	    .both_del = both & ~here,
	};
}
