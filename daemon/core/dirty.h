/* SPDX-License-Identifier: MIT */
/* Folders that changed on one side, or that somebody asked for, until a sync
 * takes them; and when that is due. The first change is not kept waiting; what
 * follows is gathered, so that a mail program that marks a hundred messages one
 * after the other makes a few syncs, not a hundred. Pure. */
#ifndef DAEMON_CORE_DIRTY_H
#define DAEMON_CORE_DIRTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A change that follows another one within this time is gathered: until it is
 * quiet for so long, */
#define DIRTY_QUIET_MS INT64_C(50)
/* but no longer than this. */
#define DIRTY_GATHER_MS INT64_C(500)
/* More folders than this are all of them. */
#define DIRTY_MOST  1000
#define DIRTY_NEVER INT64_MAX

enum dirty_why {
	DIRTY_HERE = 1,  /* files */
	DIRTY_THERE = 2, /* messages on the server */
	DIRTY_GONE = 4,  /* THERE, and some are gone: they may be about to
			  * appear in another folder, and then were moved */
	DIRTY_ASKED = 8, /* somebody does not want to wait */
	DIRTY_TREE = 16, /* HERE, and directories came or went: one is made in
			  * several steps */
};

struct dirty_folder {
	char *name;   /* for people; owned */
	unsigned why; /* enum dirty_why */
};

struct dirty {
	struct dirty_folder *folder;
	size_t n;
	unsigned all; /* why, where it is all folders; else 0 */
	/* Of the changes that wait: the first, and the last. */
	int64_t first_ms, last_ms;
	bool gathering;   /* the first one followed another too soon */
	int64_t noted_ms; /* the last change ever, 0: none */
};

/* folder: NULL for all. 0, or -1: no memory. */
int dirty_note(struct dirty *d, const char *folder, unsigned why,
	       int64_t now_ms);
bool dirty_any(const struct dirty *d);
/* Why that folder is dirty; 0: it is not. */
unsigned dirty_why(const struct dirty *d, const char *folder);
/* When they are to be synced; DIRTY_NEVER: nothing is dirty. */
int64_t dirty_due_ms(const struct dirty *d);
/* Moves what waits to *out, which is empty. */
void dirty_take(struct dirty *d, struct dirty *out);
/* The names, NULL-terminated, for as long as d stays as it is: the array is the
 * caller's, the names are not. NULL: all, or no memory. */
const char **dirty_names(const struct dirty *d);
void dirty_release(struct dirty *d);

#endif
