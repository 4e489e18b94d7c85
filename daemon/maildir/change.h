/* SPDX-License-Identifier: MIT */
/* Changes messages that are there: flags by rename, removal by rename into a
 * trash directory, moves by rename into another folder. Files may be renamed by
 * others at any moment: they are found by their unique part. */
#ifndef DAEMON_MAILDIR_CHANGE_H
#define DAEMON_MAILDIR_CHANGE_H

#include "daemon/core/types.h"
#include "daemon/maildir/maildir.h"
#include "daemon/maildir/name.h"

enum change_result {
	CHANGE_DONE,
	CHANGE_GONE, /* no file of that unique part: not an error */
	CHANGE_FAILED,
};

/* The calls below return 0 where every result is set; all that are DONE are
 * durable then, and where some FAILED, *err says why the first of them did: a
 * name with no room, a file that may not be moved or cannot be read. -1 and
 * *err: an I/O error that is not one message's; results set so far hold. */

struct change {
	const char *unique; /* borrowed; NULL: there is none, GONE */
	bool taken;     /* change_move(): a file there has its unique part, with
			 * whatever letters */
	uint64_t flags; /* what it has, as far as known: the first guess */
	uint32_t keywords;
	bool in_new;
	/* Wanted: */
	uint64_t add, del;   /* FLAG_* of the six letters */
	uint32_t kadd, kdel; /* keyword letters */
	enum change_result result;
	/* change_trash(), DONE: the name in the trash. The others, DONE: the
	 * new unique part, where the old one was taken there or had no room
	 * for the letters; else NULL. Owned: change_release(). */
	char *as;
};
void change_release(struct change *c, size_t n);

/* Renames each file so that it has the flags, moves it from new/ to cur/ where
 * it then has any, leaves every other letter as it is at that moment, never
 * overwrites (RENAME_NOREPLACE); then syncs the directories once. One directory
 * pass at most per try, whatever the number. */
int change_flags(const struct maildir *m, struct change *c, size_t n,
		 struct err *err);

/* Moves each file into the open directory trash (on another file system:
 * copied, synced, then removed), syncs all directories. A name that is taken
 * there is another one's: it gets a fresh one. */
int change_trash(const struct maildir *m, struct change *c, size_t n, int trash,
		 struct err *err);

/* Moves each file into another folder, flags and time as they are. letter: for
 * each of the 26 keyword letters its letter there (0..25), -1: it has none. */
int change_move(const struct maildir *m, struct change *c, size_t n,
		const struct maildir *to, const signed char letter[26],
		struct err *err);

#endif
