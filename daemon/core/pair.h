/* SPDX-License-Identifier: MIT */
/* Pairs files that no row knows with messages that are new on the server: after
 * a lost database, a changed UIDVALIDITY, a Maildir that another program
 * filled, or an upload whose answer was lost. By content, never by name. */
#ifndef DAEMON_CORE_PAIR_H
#define DAEMON_CORE_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIR_DIGEST 32

struct pair_here {
	uint64_t key;
	uint64_t size; /* as it would be on the wire: with CRLF */
	unsigned char header[PAIR_DIGEST]; /* of the header, with CRLF */
	uint32_t uid;                      /* result; 0: nothing matches */
};

struct pair_there {
	uint32_t uid;
	uint64_t size; /* RFC822.SIZE */
	bool wanted;   /* its header has to be fetched */
	bool known;    /* header is set */
	unsigned char header[PAIR_DIGEST];
};

/* Marks those there whose size some file here has. Sorts here by size. */
void pair_by_size(struct pair_here *here, size_t nhere,
		  struct pair_there *there, size_t nthere);
/* Gives each file here the UID of a message of the same size and header; of
 * several alike the lowest that is left. A message belongs to one file. Sorts
 * both. Returns how many were paired. */
size_t pair_by_header(struct pair_here *here, size_t nhere,
		      struct pair_there *there, size_t nthere);

#endif
