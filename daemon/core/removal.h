/* SPDX-License-Identifier: MIT */
/* May a folder that is gone on one side be removed on the other, when its
 * messages were dealt with as any others? Pure. */
#ifndef DAEMON_CORE_REMOVAL_H
#define DAEMON_CORE_REMOVAL_H

#include <stdbool.h>
#include <stdint.h>

/* What the database knows of it. */
struct removal_rows {
	uint64_t messages, tombs, intents;
};

/* Nothing is left to be done: else messages are held, or pending, or could not
 * be deleted. */
bool removal_is_ready(const struct removal_rows *r);

/* The server has so many messages in it; so many of them were marked \Deleted
 * by us. Only these may go with it, and only where expunging is wanted and the
 * server could not do it by itself for want of UIDPLUS: any other one is
 * somebody's. */
struct removal_there {
	uint64_t messages, marked;
	bool expunge, uidplus;
};
bool removal_may_delete(const struct removal_there *t);

#endif
