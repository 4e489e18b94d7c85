/* SPDX-License-Identifier: MIT */
/* Some of a folder's messages, with what their files are: to be compared with
 * those of a mailbox. */
#ifndef DAEMON_STORE_SAMPLE_JOB_H
#define DAEMON_STORE_SAMPLE_JOB_H

#include "daemon/store/store_job.h"

/* Messages that are compared: so many do not agree by chance. */
#define SAMPLES 32

struct sample {
	uint32_t uid;
	uint64_t key;
	bool here; /* its file was read */
	unsigned char header[DIGEST_BYTES];
};

struct sample_job {
	struct store_job base;
	int64_t row;
	const char *path;              /* where the files are; borrowed */
	struct sample sample[SAMPLES]; /* by uid */
	size_t n;
	bool empty; /* there are no rows to compare */
};
void sample_run(struct job *j);

#endif
