/* SPDX-License-Identifier: MIT */
/* The brake on mass deletion: all or nothing for a folder and a pass. */
#include "daemon/core/plan.h"

bool guard_holds(size_t n, size_t total, size_t left, int limit_percent)
{
	if (limit_percent < 0 || n <= GUARD_FREE)
		return false;
	/* A folder that came back empty is held whatever the share allowed:
	 * servers with a broken backend look just like that. */
	if (left == 0)
		return true;
	return (uint64_t)n * 100 > (uint64_t)total * (uint64_t)limit_percent;
}
