/* SPDX-License-Identifier: MIT */
#include "daemon/core/failure/alerts.h"

#define DAY 86400

/* FNV-1a. A server that makes two texts the same hides one of its own. */
static uint64_t hash(const char *p, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	return h;
}

bool alerts_say(struct alerts *a, const char *text, size_t len, int64_t now)
{
	uint64_t h = hash(text, len);

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
