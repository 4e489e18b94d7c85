/* SPDX-License-Identifier: MIT */
/* What must come of what users did while both sides were at rest, whatever
 * breaks meanwhile: worked out message by message, and by nothing that
 * imapsyncd remembers. */
#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include "tests/sim/world.h"

#define ORACLE_IDS 160

/* Where a message is to be, and its flags there. */
struct oracle_place {
	int folder;
	uint64_t here, there;
	uint64_t loose; /* flags that may be either way, but alike */
};

struct oracle_message {
	uint32_t id, body;
	bool alone; /* no other has this content */
	bool was_here, was_there;
	bool moved_here, moved_there;
	bool returned; /* moved there, and back: it has another UID */
	bool new_here, new_there;
	bool trash_here, trash_there; /* has to be found there */
	bool vanishes;                /* may be gone for good */
	bool saved; /* gone there, and brought back for what was done here */
	struct oracle_place place[2];
	size_t places;
};

struct oracle {
	struct oracle_message message[ORACLE_IDS];
	size_t n;
	/* Folders cannot be looked at, or not be written to: what moved into
	 * one of them may be fetched anew, and the file be in the trash before
	 * that. */
	bool failing;
	uint32_t here_mask, there_mask;
};

/* rest: when both sides were alike; now: after users did something. */
void oracle_expect(struct oracle *o, const struct world *rest,
		   const struct world *now);
/* Holds at any moment, power or no power. */
void oracle_always(const struct oracle *o, struct world *w);
/* W4: holds whenever something is deleted of a folder: what is to be in it is
 * where it has to be. */
void oracle_deleting(const struct oracle *o, struct world *w, int folder);
/* Holds when it has come to rest. broken: how often it was cut off on the way.
 */
void oracle_rest(const struct oracle *o, struct world *w, unsigned broken);
/* Both sides and the database say the same. */
void oracle_alike(struct world *w);

#endif
