/* SPDX-License-Identifier: MIT */
/* What the disk knows of files that may be messages: of a folder's that no row
 * has, and of those that other folders lost. */
#ifndef DAEMON_STORE_PAIRING_JOB_H
#define DAEMON_STORE_PAIRING_JOB_H

#include "daemon/core/pair.h"
#include "daemon/store/store_job.h"

/* A file that the server was promised. */
struct pairing_intent {
	uint64_t key;
	bool stored;
	bool have_digest;
	unsigned char digest[STATE_DIGEST];
	bool changed; /* result: the file has other content by now */
};

struct pairing_job {
	struct store_job base;
	/* Their facts are filled in. A lost one that is lost no more is given a
	 * key that no file has. */
	struct pair_here *here;
	size_t n;
	struct pairing_intent *intent;
	size_t nintents;
	uint32_t unlike; /* state_unlike(), as it is and as it is to be */
	bool missed;     /* a file of this folder was not there */
};
/* Reads the files; the state's .unlike too. */
void pairing_files_run(struct job *j);
/* Records .unlike. */
void pairing_record_run(struct job *j);

#endif
