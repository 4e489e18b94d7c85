/* SPDX-License-Identifier: MIT */
/* The disk thread: everything that may wait for a disk (SQLite, Maildir, every
 * fsync) runs there, so that the loop never stalls. One for all accounts. Jobs
 * run in the order in which they were posted. */
#ifndef DAEMON_BASE_DISK_H
#define DAEMON_BASE_DISK_H

#include <stdint.h>

struct event_base;
struct disk;

/* Embedded in the job's own data. The poster must not touch that between
 * disk_post() and done(). */
struct job {
	void (*run)(struct job *j);  /* on the disk thread */
	void (*done)(struct job *j); /* on the loop, in the same order; NULL:
				      * run() freed the job */
	struct job *next;
};

/* Starts the thread. NULL and errno. */
struct disk *disk_new(struct event_base *base);
void disk_post(struct disk *d, struct job *j);
/* For how long the job that runs has been running; 0: none does. */
int64_t disk_busy_ms(const struct disk *d);
/* Runs what is queued to its end, also the done()s, and ends the thread. */
void disk_free(struct disk *d);

#endif
