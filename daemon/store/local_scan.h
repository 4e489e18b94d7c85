/* SPDX-License-Identifier: MIT */
/* A look at all files of an account: which folders are as the database says,
 * and which files were moved from one folder to another. One folder a job, so
 * that other accounts' jobs are not held up. */
#ifndef DAEMON_STORE_LOCAL_SCAN_H
#define DAEMON_STORE_LOCAL_SCAN_H

#include "daemon/core/moves.h"
#include "daemon/store/store.h"

struct local_scan_folder {
	struct state_folder row;
	bool here;  /* its directory is there */
	bool clean; /* all files are as the rows say */
	bool asked; /* the guard holds something, or was answered; or there are
		     * messages that the server did not send */
	bool promised; /* messages were told to follow into it */
	struct scan_stamp stamp;
	int64_t stamp_ns; /* when that was taken */
	struct loose loose;
	/* Results of local_scan_pair(): what was moved out of it, by uid, and
	 * into it, the files' keys, sorted. */
	struct move_there *moved;
	size_t nmoved;
	uint64_t *expected;
	size_t nexpected;
};

struct local_scan {
	struct local_scan_folder *folder;
	size_t n, cap;
	struct move_file *gone, *found;
	size_t ngone, gonecap, nfound, foundcap;
};

/* Disk thread: looks at the next folder. same: NULL, or the stamp with which it
 * was found clean. 0, or -1 and *err; the folder is listed either way, as one
 * of which nothing is known: whatever was in it may have been moved. */
int local_scan_add(struct local_scan *v, struct store *s,
		   const struct store_name *n, const struct scan_stamp *same,
		   struct err *err);
/* Disk thread: finds the moves. 0; 1: files moved while they were scanned, and
 * another scan may know better; or -1 and *err. */
int local_scan_pair(struct local_scan *v, struct store *s, struct err *err);
/* They never held still: what was not loose in the scan before as well, of the
 * same folders, may have moved since. */
void local_scan_doubt(struct local_scan *v, const struct local_scan *before);
void local_scan_release(struct local_scan *v);

#endif
