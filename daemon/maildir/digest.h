/* SPDX-License-Identifier: MIT */
/* SHA-256 of a message's canonical form (see core/canon.h), whether it is read
 * from a file or comes from the server: what tells whether two are the same. */
#ifndef DAEMON_MAILDIR_DIGEST_H
#define DAEMON_MAILDIR_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
/* A body's sample is its beginning, so many bytes of the canonical form. As
 * many again are asked for on the wire, where there are more line ends. */
#define DIGEST_SAMPLE      1024
#define DIGEST_SAMPLE_TEXT "BODY.PEEK[TEXT]<0.2048>"

enum digest_of {
	DIGEST_MESSAGE = 1,
	DIGEST_HEADER = 2,
	DIGEST_SAMPLE_OF_BODY = 4,
};
#define DIGEST_ALL 7U

/* Those that were wanted. */
struct digests {
	unsigned char message[DIGEST_BYTES];
	unsigned char header[DIGEST_BYTES];
	unsigned char sample[DIGEST_BYTES];
	uint64_t left_out; /* bytes of fields that do not count, on the wire */
};

struct digester;

/* NULL: out of memory. */
struct digester *digester_new(void);
/* What is wanted of what comes next: of DIGEST_SAMPLE_OF_BODY alone that is a
 * body, or its beginning, else a message. What was begun before is forgotten.
 */
void digester_begin(struct digester *d, unsigned wanted);
void digester_add(struct digester *d, const char *p, size_t n);
/* 0, or -1: it could not be computed. */
int digester_end(struct digester *d, struct digests *out);
/* Accepts NULL. */
void digester_free(struct digester *d);

#endif
