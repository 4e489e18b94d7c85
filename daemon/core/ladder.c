/* SPDX-License-Identifier: MIT */
#include "daemon/core/ladder.h"

static void climb_again(struct ladder *l, int64_t now_ms)
{
	if (l->highest != LADDER_NOTIFY && now_ms - l->fell_ms >= LADDER_DAY_MS)
		*l = (struct ladder){.highest = LADDER_NOTIFY};
}

enum ladder_rung ladder_choose(struct ladder *l,
			       const struct ladder_offer *offer, int64_t now_ms)
{
	climb_again(l, now_ms);
	if (offer->notify && l->highest <= LADDER_NOTIFY)
		return LADDER_NOTIFY;
	if (offer->idle && l->highest <= LADDER_IDLE)
		return LADDER_IDLE;
	return LADDER_SWEEP;
}

static void leave(struct ladder *l, enum ladder_rung rung, int64_t now_ms)
{
	if (rung < LADDER_SWEEP && l->highest <= rung)
		*l = (struct ladder){.highest = rung + 1, .fell_ms = now_ms};
}

bool ladder_lied(struct ladder *l, enum ladder_rung rung, int64_t now_ms)
{
	if (rung == LADDER_SWEEP || l->highest > rung)
		return false;
	if (l->lies == 0 || now_ms - l->lied_ms >= LADDER_DAY_MS) {
		l->lies = 0;
		l->lied_ms = now_ms;
	}
	if (++l->lies < LADDER_LIES)
		return false;
	leave(l, rung, now_ms);
	return true;
}

void ladder_refused(struct ladder *l, enum ladder_rung rung, int64_t now_ms)
{
	leave(l, rung, now_ms);
}

/* Is a worth more than b? Where they are alike, what was named first is. */
static bool is_better(const struct ladder_folder *a,
		      const struct ladder_folder *b)
{
	if (a->inbox != b->inbox)
		return a->inbox;
	if (a->dull != b->dull)
		return b->dull;
	return a->changes > b->changes;
}

static bool is_picked(const size_t *out, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++) {
		if (out[k] == i)
			return true;
	}
	return false;
}

size_t ladder_pick(const struct ladder_folder *folder, size_t n, size_t most,
		   size_t *out)
{
	size_t picked = 0;

	while (picked < most && picked < n) {
		size_t best = n;
		for (size_t i = 0; i < n; i++) {
			if (is_picked(out, picked, i))
				continue;
			if (best == n || is_better(&folder[i], &folder[best]))
				best = i;
		}
		out[picked++] = best;
	}
	return picked;
}
