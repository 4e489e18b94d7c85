/* SPDX-License-Identifier: MIT */
#include "daemon/core/standing.h"

bool standing_unchanged(const struct standing *now,
			const struct standing_past *past, bool qresync)
{
	/* What was left out is no row. */
	uint64_t known = past->horizon.exists >= 0
			     ? (uint64_t)past->horizon.exists
			     : past->there;

	if (now->at.uidvalidity == 0 || now->at.uidnext == 0 ||
	    now->messages < 0 || now->at.uidvalidity != past->at.uidvalidity ||
	    now->at.uidnext != past->at.uidnext)
		return false;
	/* No message is no flag to have changed. */
	if (now->messages == 0 && known == 0)
		return true;
	if (now->at.modseq == 0 || now->at.modseq != past->at.modseq)
		return false;
	return qresync || (uint64_t)now->messages == known;
}

bool standing_may_have_lost(const struct standing *now,
			    const struct standing_past *past)
{
	if (past->at.uidvalidity == 0 || past->there == 0 ||
	    (now->at.uidvalidity != 0 &&
	     now->at.uidvalidity != past->at.uidvalidity))
		return false;
	if (now->at.uidnext == 0 || now->messages < 0 ||
	    past->at.uidnext == 0 || now->at.uidnext < past->at.uidnext ||
	    past->horizon.exists < 0)
		return true;
	return (uint64_t)past->horizon.exists +
		   (now->at.uidnext - past->at.uidnext) >
	       (uint64_t)now->messages;
}

bool standing_may_have_gained(const struct standing *now,
			      const struct standing_past *past)
{
	return now->at.uidnext == 0 || past->at.uidnext == 0 ||
	       now->at.uidnext != past->at.uidnext;
}
