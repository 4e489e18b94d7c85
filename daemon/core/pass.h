/* SPDX-License-Identifier: MIT */
/* What a folder's pass comes to: does it move the position, does it bring a
 * folder back that was to go, is there another pass? Pure. */
#ifndef DAEMON_CORE_PASS_H
#define DAEMON_CORE_PASS_H

#include "daemon/core/plan.h"

/* Passes of a folder in one sync: one that keeps changing is left to the
 * next. */
#define PASS_MAX 6
/* Listings of a sync that lack messages: the server will not do better. */
#define PASS_SHORT_LISTINGS 2

struct pass_facts {
	const struct plan *plan;
	bool again;           /* something changed meanwhile */
	bool partial;         /* the listing lacks messages */
	bool pulls;           /* what is new there is fetched */
	uint32_t uidvalidity; /* 0: the folder is not there yet (dry run) */
};
/* May the position be recorded (W5)? It must not say more than what is known to
 * be done: what the guard holds, what was left for later, what moved meanwhile,
 * flags that nobody has merged have to be seen again; what is not pulled now
 * has to be found when it is. */
bool pass_moves_position(const struct pass_facts *p);

/* A folder that was removed here goes there too if nothing happens but that.
 * Does the plan do more? */
bool pass_revives(const struct plan *p);

/* A folder is gone there: do all of its files go, and is nothing else to be
 * done? Then the UIDs of their rows are in uid, which has room for p->n, and *n
 * says how many. */
bool pass_only_dies(const struct plan *p, uint32_t *uid, size_t *n);

/* Is there another pass behind so many? short_listings: passes whose listing
 * lacked messages. */
bool pass_again(bool again, unsigned passes, unsigned short_listings);

/* Is what the server kept, although it was told to delete it, to be deleted
 * once more? full: somebody wants that; but not by each pass, for where the
 * mark stays it stays. */
bool pass_forces_deletions(bool full, unsigned passes);

/* What the guard holds, on record and now. */
struct pass_held {
	uint64_t here, there;
};
/* May what is on record be something else? It also says which messages are
 * held; and where nothing is held any more, what was answered is used up.
 * answered: somebody did, or told it to hold. */
bool pass_guard_counts(const struct pass_held *past,
		       const struct pass_held *now, bool answered);

#endif
