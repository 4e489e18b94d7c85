/* SPDX-License-Identifier: MIT */
/* SHA-256 of a message's canonical form (see core/canon.h), whether it is read
 * from a file or comes from the server: what tells whether two are the same. */
#ifndef DAEMON_MAILDIR_DIGEST_H
#define DAEMON_MAILDIR_DIGEST_H

#include <stddef.h>

#define DIGEST_BYTES 32

struct digests {
	unsigned char message[DIGEST_BYTES];
	unsigned char header[DIGEST_BYTES];
};

struct digester;

/* NULL: out of memory. */
struct digester *digester_new(void);
/* A message begins; what was begun before is forgotten. */
void digester_begin(struct digester *d);
void digester_add(struct digester *d, const char *p, size_t n);
/* 0, or -1: it could not be computed. */
int digester_end(struct digester *d, struct digests *out);
/* Accepts NULL. */
void digester_free(struct digester *d);

#endif
