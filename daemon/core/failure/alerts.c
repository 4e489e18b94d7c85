/* SPDX-License-Identifier: MIT */
#include "daemon/core/failure/alerts.h"

#include "lib/util/fnv.h"

#define DAY 86400

bool alerts_say(struct alerts *a, const char *text, size_t len, int64_t now)
{
	/* A server that makes two texts the same hides one of its own. */
	uint64_t h = fnv_add(FNV_START, text, len);

	if (now < a->since || now - a->since >= DAY) {
		a->n = 0;
		a->since = now;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (a->seen[i] == h)
			return false;
	}
	if (a->n == ALERTS_A_DAY) {
		a->more++;
		return false;
	}
	a->seen[a->n++] = h;
	return true;
}

size_t alerts_more(struct alerts *a)
{
	size_t more = a->more;

	a->more = 0;
	return more;
}
