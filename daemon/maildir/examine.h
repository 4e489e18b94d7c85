/* SPDX-License-Identifier: MIT */
/* Reads a message file for what identifies it: sizes and digests. */
#ifndef DAEMON_MAILDIR_EXAMINE_H
#define DAEMON_MAILDIR_EXAMINE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/maildir/deliver.h"
#include "daemon/maildir/listing.h"
#include "daemon/maildir/maildir.h"

struct facts {
	uint64_t key;
	/* Wanted: */
	bool content; /* read it; else only what stat() tells */
	bool name;    /* .unique */
	bool keep;    /* .fd; with content */
	/* Found: */
	bool found;
	int failed;    /* errno: it is there, but cannot be read; else 0 */
	int fd;        /* at its beginning; -1 */
	char *unique;  /* owned; of one that failed too */
	uint64_t size; /* bytes on disk */
	uint64_t inode;
	int64_t mtime_ns;
	/* With content: */
	uint64_t wire_size; /* with CRLF for every line end */
	struct digests digests;
	bool has_nul; /* no server takes it as a message (RFC 9051 4.3) */
	bool busy;    /* somebody has it open for writing, or wrote to it a
		       * moment ago and did not rename it since */
};

/* Fills facts of the files whose keys are in f (n, which it sorts by key);
 * .found says which are there. A file that changes while it is read is not
 * found; one that cannot be read is not either, and .failed says why: the
 * others are none the worse for it. names: NULL, or where they may be. now_ns:
 * clock_wall_ns(). 0, or -1 and *err: a directory cannot be read, or this
 * machine ran short of something. */
int examine_files(const struct maildir *m, const struct listing *names,
		  struct facts *f, size_t n, int64_t now_ns, struct err *err);
/* What was kept of them; the array is the caller's. */
void examine_release(struct facts *f, size_t n);
/* The facts with that key, or NULL. Behind examine_files(). */
struct facts *facts_find(struct facts *f, size_t n, uint64_t key);
/* Why the first of them that failed did, as an error of that message; with no
 * such file *err stays. Returns how many there are. */
size_t facts_failed(const struct facts *f, size_t n, struct err *err);

#endif
