/* SPDX-License-Identifier: MIT */
/* Is a listing of a mailbox whole? Absence proves a deletion only in one that
 * is. Pure. */
#ifndef DAEMON_CORE_LISTING_H
#define DAEMON_CORE_LISTING_H

#include "daemon/core/window.h"

struct listing_facts {
	const struct base_view *base;
	const struct remote_view *view; /* sorted; .gone of what base has */
	bool complete;    /* of everything; false: what changed since then */
	uint32_t exists;  /* messages, as the server announces */
	uint32_t limit;   /* that it handles at a time, 0: it names none */
	uint32_t uidnext; /* when it was last listed, 0: not known */
	/* Of a delta: rows in base that it says are gone, of messages that the
	 * server should have had; messages without a row that are known, and
	 * of which it says nothing. */
	size_t gone, aside;
};

/* A list of everything has as many messages as are announced. */
bool listing_is_whole(const struct listing_facts *l);
/* A delta, applied to what is known, gives as many. */
bool listing_adds_up(const struct listing_facts *l);
/* The listing beside the rows, for window_floor(). */
struct listed listing_measure(const struct listing_facts *l);

#endif
