/* SPDX-License-Identifier: MIT */
/* What a deletion waits for (W4): only for a copy that it could depend on, in
 * its own folder; and, on the server, while some folder's files are not known,
 * since what is missing here may be there. Pure. */
#ifndef DAEMON_CORE_SAFETY_H
#define DAEMON_CORE_SAFETY_H

#include <stdbool.h>
#include <stddef.h>

enum safety_side {
	SAFETY_HERE,  /* files to the trash: they can be brought back */
	SAFETY_THERE, /* messages on the server */
};

/* Of the account, in this sync. */
struct safety {
	bool dry_run;
	bool unread;   /* files of some folder could not be looked at */
	bool no_trash; /* the server's, which is to take what is deleted */
};

/* Of a folder, when it was last looked at in this sync. */
struct safety_folder {
	bool unseen;  /* it was not, or that did not come to its end */
	bool missing; /* a message could not be listed, fetched, sent or moved
		       */
	bool aside;   /* nor could one in an earlier sync, and it still waits */
};

/* What came of a pass of a folder, or of a look at it. */
struct safety_pass {
	bool look_only; /* neither fetched nor deleted */
	bool unopened;  /* the server refused to show it */
	bool missing;   /* see struct safety_folder */
	size_t refused; /* messages that were listed, but not to be had */
	size_t aside;   /* messages and files that wait for another sync */
};
void safety_take(struct safety_folder *f, const struct safety_pass *p);

bool safety_allows(const struct safety *s, const struct safety_folder *f,
		   enum safety_side side);

#endif
