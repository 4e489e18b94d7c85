/* SPDX-License-Identifier: MIT */
#include "daemon/core/window.h"

/* Listings in a row that looked like a window sliding on. */
#define SLID_MAX 2

/* New messages came, as many as the oldest left, and none from between. */
static bool slides(const struct listed *l, const struct horizon *past)
{
	return past->exists == (int64_t)l->exists && l->exists >= WINDOW_MIN &&
	       l->fresh > 0 && l->below > 0 && l->above == 0;
}

/* Exactly as full as the server shows at most: there may be more. */
static bool is_full(const struct listed *l, const struct horizon *past)
{
	return l->exists > 0 &&
	       (l->exists == l->limit || l->exists == past->limit);
}

uint32_t window_floor(const struct listed *l, const struct horizon *past,
		      struct horizon *next)
{
	bool full = is_full(l, past);

	*next = *past;
	next->exists = l->exists;
	if (full)
		next->slid = 0;
	else if (slides(l, past))
		next->slid = past->slid + 1;
	else if (l->below > 0)
		next->slid = 0;
	if (next->slid >= SLID_MAX) {
		next->limit = l->exists;
		next->slid = 0;
		full = true;
	}
	return full ? l->lowest : 0;
}

bool horizon_is_wider(const struct horizon *now, const struct horizon *past)
{
	/* It is not known with which limits it was listed. */
	if (past->exists < 0)
		return true;
	if (past->max_size != 0 &&
	    (now->max_size == 0 || now->max_size > past->max_size))
		return true;
	/* As time goes by messages leave, and none comes in. */
	return now->oldest < past->oldest;
}

int64_t horizon_oldest(const struct horizon *now, const struct horizon *past,
		       bool new_messages)
{
	return new_messages || horizon_is_wider(now, past) ? now->oldest
							   : past->oldest;
}

enum position_step position_step(const struct position *past,
				 const struct position *now)
{
	if (past->uidvalidity == 0)
		return POSITION_ON;
	if (now->uidvalidity != past->uidvalidity)
		return POSITION_OTHER;
	/* RFC 9051 2.3.1.1: it never goes back. A mailbox that was restored
	 * from a backup gives UIDs a second time. */
	if (now->uidnext != 0 && now->uidnext < past->uidnext)
		return POSITION_OTHER;
	return now->modseq < past->modseq ? POSITION_BACK : POSITION_ON;
}
