/* SPDX-License-Identifier: MIT */
#include "daemon/core/hold.h"

#include <string.h>

#include "lib/util/ascii.h"

/* For a host: DNS allows no more (RFC 1035 2.3.4). */
#define HOST_MAX 255

static size_t add(char *out, size_t at, size_t end, const char *text)
{
	for (; text && *text && at < end; text++)
		out[at++] = ascii_ctl(*text) ? '?' : ascii_lower(*text);
	return at;
}

bool hold_owner(char out[HOLD_OWNER_SIZE], const char *user, const char *host)
{
	size_t n = add(out, 0, HOLD_OWNER_SIZE - HOST_MAX - 2, user);
	size_t at = n;

	out[n++] = '@';
	n = add(out, n, HOLD_OWNER_SIZE - 1, host);
	if (n > at + 2 && out[n - 1] == '.')
		n--;
	if (n == 1)
		n = 0;
	out[n] = '\0';
	return n > 0;
}

enum hold_whose hold_whose(const char *recorded, const char *ours)
{
	if (!recorded || !recorded[0] || !ours[0])
		return HOLD_UNKNOWN;
	return strcmp(recorded, ours) == 0 ? HOLD_OURS : HOLD_ANOTHERS;
}

enum hold_verdict hold_judge(const struct hold_facts *f)
{
	/* Nothing has come from the mailbox of that name. */
	enum hold_whose database = f->synced ? f->database : HOLD_OURS;

	if (database == HOLD_ANOTHERS)
		return HOLD_HELD;
	if (f->tied)
		return database == HOLD_UNKNOWN && f->root == HOLD_ANOTHERS
			   ? HOLD_HELD
			   : HOLD_NOT;
	if (f->root == HOLD_ANOTHERS)
		return HOLD_HELD;
	return f->synced && database == HOLD_OURS && f->root == HOLD_OURS
		   ? HOLD_VOID
		   : HOLD_NOT;
}

bool hold_same_ids(size_t same, size_t other)
{
	return same > 0 && other == 0;
}
