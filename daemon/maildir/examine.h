/* SPDX-License-Identifier: MIT */
/* Reads a message file for what identifies it: sizes and digests. */
#ifndef DAEMON_MAILDIR_EXAMINE_H
#define DAEMON_MAILDIR_EXAMINE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/maildir/deliver.h"
#include "daemon/maildir/maildir.h"

struct facts {
	uint64_t key;
	bool found;
	uint64_t size;      /* bytes on disk */
	uint64_t wire_size; /* with CRLF for every line end */
	uint64_t inode;
	int64_t mtime_ns;
	unsigned char digest[DIGEST_BYTES]; /* SHA-256 of the bytes on disk */
	unsigned char header[DIGEST_BYTES]; /* of the header with CRLF, up to
					     * and with the empty line */
	bool has_nul; /* no server takes it as a message (RFC 9051 4.3) */
};

/* Fills facts of the files whose keys are in f (n, sorted by key); .found says
 * which are there. A file that changes while it is read is not found. 0, or -1
 * and *err: a directory or a file cannot be read. */
int examine_files(const struct maildir *m, struct facts *f, size_t n,
		  struct err *err);

#endif
