/* SPDX-License-Identifier: MIT */
/* Must a mailbox be looked at? What its STATUS tells, next to what is on
 * record of it. Pure. */
#ifndef DAEMON_CORE_STANDING_H
#define DAEMON_CORE_STANDING_H

#include "daemon/core/window.h"

/* What STATUS tells. */
struct standing {
	struct position at; /* 0: it does not say */
	int64_t messages;   /* -1: likewise */
};

/* What is on record. */
struct standing_past {
	struct position at;
	struct horizon horizon;
	uint64_t there; /* rows of messages that the server has */
};

/* Nothing changed on the server since then. qresync: it is enabled, so that an
 * expunge raises HIGHESTMODSEQ (RFC 7162). */
bool standing_unchanged(const struct standing *now,
			const struct standing_past *past, bool qresync);
/* Messages that are on record may have gone: what came since then, added to
 * what there was, is more than there is. Not in a mailbox whose UIDs mean other
 * messages: nothing is known of those. */
bool standing_may_have_lost(const struct standing *now,
			    const struct standing_past *past);
/* Messages may have come. */
bool standing_may_have_gained(const struct standing *now,
			      const struct standing_past *past);

#endif
