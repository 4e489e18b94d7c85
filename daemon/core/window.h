/* SPDX-License-Identifier: MIT */
/* What a listing of a mailbox proves. A message that is not in it was deleted
 * only if the server shows all that it has: some show no more than the newest
 * so many, and say so (MESSAGELIMIT, RFC 9738) or not (Gmail's folder limit).
 * And UIDs mean what they meant only while the server's counters do not go
 * back. Pure. */
#ifndef DAEMON_CORE_WINDOW_H
#define DAEMON_CORE_WINDOW_H

#include "daemon/core/types.h"

/* A listing that is whole, compared with the rows of messages that the server
 * had. Of a delta: what there is when it is applied. */
struct listed {
	uint32_t exists; /* messages, as the server announces */
	uint32_t limit;  /* that it handles at a time, 0: it names none */
	uint32_t lowest; /* the lowest UID that it lists, 0: none */
	size_t fresh;    /* listed, and newer than the last listing */
	size_t below;    /* rows that are not listed: below the lowest */
	size_t above;    /* and others */
};

/* Folders of fewer messages are no windows: somebody deletes the oldest of ten
 * while one comes, again and again. */
#define WINDOW_MIN 10

/* The UID below which what is not listed is not proven to be gone; 0: all of it
 * is. *next: past, with what was learned of windows (.exists, .limit, .slid).
 */
uint32_t window_floor(const struct listed *l, const struct horizon *past,
		      struct horizon *next);

/* Does it take in messages that were left out when the folder was last listed,
 * for their size or age? */
bool horizon_is_wider(const struct horizon *now, const struct horizon *past);
/* The .oldest to be recorded: news: messages came since past. Without any past
 * says more, and is not to be written anew whenever the clock is read. */
int64_t horizon_oldest(const struct horizon *now, const struct horizon *past,
		       bool new_messages);

/* Where a mailbox stands; 0 where the server does not say. */
struct position {
	uint32_t uidvalidity, uidnext;
	uint64_t modseq;
};

enum position_step {
	POSITION_ON,    /* what is new since then is news */
	POSITION_BACK,  /* changes may not show: compare all */
	POSITION_OTHER, /* the UIDs mean other messages */
};

enum position_step position_step(const struct position *past,
				 const struct position *now);

#endif
