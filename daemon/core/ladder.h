/* SPDX-License-Identifier: MIT */
/* How an account hears of changes on its server: NOTIFY tells of all folders
 * over one connection; IDLE of one folder a connection; else somebody has to
 * look, from time to time. A look at all goes on on every rung: it finds what a
 * rung that lies does not tell. Pure. */
#ifndef DAEMON_CORE_LADDER_H
#define DAEMON_CORE_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ladder_rung {
	LADDER_NOTIFY,
	LADDER_IDLE,
	LADDER_SWEEP,
};

/* Looks that find what was not told, before a rung is left; those of more than
 * a day ago do not count. */
#define LADDER_LIES 2
/* It is tried again after this. */
#define LADDER_DAY_MS INT64_C(86400000)

struct ladder {
	enum ladder_rung highest; /* none above it is stood on */
	int64_t fell_ms;          /* since when */
	unsigned lies;
	int64_t lied_ms; /* the first of them */
};

/* What the server offers, and the configuration wants. */
struct ladder_offer {
	bool notify, idle;
};

enum ladder_rung ladder_choose(struct ladder *l,
			       const struct ladder_offer *offer,
			       int64_t now_ms);
/* A look found what the rung should have told. true: it is left. */
bool ladder_lied(struct ladder *l, enum ladder_rung rung, int64_t now_ms);
/* The server refuses it: left at once. */
void ladder_refused(struct ladder *l, enum ladder_rung rung, int64_t now_ms);

/* A folder that may be watched by a connection of its own. */
struct ladder_folder {
	const char *name;
	bool inbox;
	bool dull; /* Junk, Trash, All Mail: nobody waits for what comes there
		    */
	unsigned changes; /* that it was seen to have on the server */
};

/* The folders of n that are worth the most, best first, at most most of them,
 * as indices into out; returns how many. INBOX first, then those that change
 * most, then in the order given. */
size_t ladder_pick(const struct ladder_folder *folder, size_t n, size_t most,
		   size_t *out);

#endif
