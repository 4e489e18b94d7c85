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
	bool anew;                     /* the UIDs say nothing */
	struct sample sample[SAMPLES]; /* by uid; anew: none */
	size_t n;
	/* anew: the beginnings of the digests of all headers, sorted; the
	 * caller frees them. */
	uint64_t *header;
	size_t nheaders;
	bool empty; /* there are no rows to compare */
};
/* The beginning of a header's digest, as it is in .header. */
uint64_t sample_header(const struct digests *digests);
void sample_run(struct job *j);

#endif
