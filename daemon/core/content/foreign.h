/* SPDX-License-Identifier: MIT */
/* By which keys were the names of the folders on disk written? A Maildir that
 * another program has filled is read by those of the configuration and by all
 * others there are: what is there must not be made anew on the server under a
 * name that only looks like one, and what is on the server not fetched again. A
 * pure function. */
#ifndef DAEMON_CORE_FOREIGN_H
#define DAEMON_CORE_FOREIGN_H

#include <stddef.h>

/* A directory that holds mail, and the folder that it is by some keys. */
struct foreign_dir {
	const char *path;
	const char *name; /* canonical, see folders.h; NULL: it is none */
};

/* What is on disk, as some keys would have it. */
struct foreign_reading {
	const struct foreign_dir *dir;
	size_t n;
	unsigned keys; /* that are not as in the configuration */
};

struct foreign_view {
	const char *const *there; /* names of mailboxes, sorted by strcmp() */
	size_t nthere;
	/* The first is that of the configuration. */
	const struct foreign_reading *reading;
	size_t n;
};

/* The index of the reading that explains the most directories: as a mailbox of
 * that name, or by a name that no other way of writing could mean (not ASCII
 * once it is decoded). Of equals the first, and the one with the fewest keys.
 * *example: a directory that the configuration's does not explain, NULL for
 * 0. */
size_t foreign_find(const struct foreign_view *v,
		    const struct foreign_dir **example);

#endif
