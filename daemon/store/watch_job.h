/* SPDX-License-Identifier: MIT */
/* The directories of an account's folders, to be watched; or, where nobody
 * tells of changes in them, compared with what they were. */
#ifndef DAEMON_STORE_WATCH_JOB_H
#define DAEMON_STORE_WATCH_JOB_H

#include "daemon/store/store_job.h"

struct watch_folder {
	char *path;   /* in the Maildir root; owned */
	uint32_t tag; /* the poster's */
	bool fresh;   /* it was made a moment ago, by us */
	bool bare;    /* no folder, but there are some below it */
	/* Its times when it was looked at, and when that was. */
	struct scan_stamp stamp;
	int64_t stamp_ns;
	/* Results. The handles of itself, new/ and cur/; -1: not watched. */
	int tree, new_, cur;
	bool changed; /* since it was looked at, or it may have */
};

struct watch_job {
	struct store_job base;
	/* Watches a directory: a handle, or -1 and errno. NULL: only compares,
	 * and learns the times as they are now. */
	int (*add)(int fd, const char *path, bool tree);
	int fd;
	char *root; /* the Maildir; owned */
	struct watch_folder *folder;
	size_t n;
	/* Results. */
	int root_tree;  /* the root's handle; -1 */
	bool remote;    /* its file system tells only of what is done on
			 * this machine */
	int failed;     /* errno of the first that could not be watched */
	const char *fs; /* of a remote one: its kind */
};
void watch_run(struct job *j);
/* What it owns. */
void watch_job_release(struct watch_job *w);

#endif
