/* SPDX-License-Identifier: MIT */
/* What a server wants people to read (ALERT): each text once a day, and no more
 * than some of them, whatever it sends. */
#ifndef DAEMON_CORE_FAILURE_ALERTS_H
#define DAEMON_CORE_FAILURE_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALERTS_A_DAY 24

/* Begin with one that is all zero. */
struct alerts {
	uint64_t seen[ALERTS_A_DAY]; /* of texts that were said */
	size_t n;
	size_t more; /* others, since alerts_more() */
	int64_t since;
};

/* Is this one to be said? now: seconds. */
bool alerts_say(struct alerts *a, const char *text, size_t len, int64_t now);
/* How many there were beside those, since the last call. */
size_t alerts_more(struct alerts *a);

#endif
