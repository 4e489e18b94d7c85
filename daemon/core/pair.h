/* SPDX-License-Identifier: MIT */
/* Pairs files that no row knows with messages that are new on the server: after
 * a lost database, a changed UIDVALIDITY, a Maildir that another program
 * filled, or an upload whose answer was lost. By content, never by name. */
#ifndef DAEMON_CORE_PAIR_H
#define DAEMON_CORE_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/core/types.h"

#define PAIR_DIGEST 32

/* What is known of a file's upload. */
enum pair_sent {
	PAIR_NOT_SENT,
	PAIR_PROMISED, /* the server may have it */
	PAIR_STORED,   /* the server said that it has it */
};

struct pair_here {
	uint64_t key;
	uint64_t size; /* as it would be on the wire: with CRLF */
	unsigned char header[PAIR_DIGEST]; /* of its header's canonical form */
	/* A file of another folder whose message went there: that folder and
	 * the UID it had. 0: a file of this folder without a row. */
	int64_t from;
	uint32_t from_uid;
	uint64_t emailid; /* 0: not known */
	enum pair_sent sent;
	uint32_t uid; /* result; 0: nothing matches */
};

struct pair_there {
	uint32_t uid;
	uint64_t size;    /* RFC822.SIZE */
	uint64_t emailid; /* 0: not known */
	bool wanted;      /* its header has to be fetched */
	bool known;       /* header is set */
	unsigned char header[PAIR_DIGEST];
};

/* The keys of the files that belong to rows, sorted: malloc'ed, *n of them.
 * NULL: out of memory. */
uint64_t *pair_keys(const struct base_view *base, size_t *n);
/* Sorts keys, ids or prints for it. */
void pair_sort_keys(uint64_t *keys, size_t n);
bool pair_has_key(const uint64_t *sorted, size_t n, uint64_t key);

/* Files without a row, as candidates: malloc'ed, *n of them, sorted by key. A
 * file whose name says which of the new messages it is needs no pairing, nor
 * one whose message is about to follow. NULL with *n 0: none; NULL with *n
 * SIZE_MAX: out of memory. */
struct pair_here *pair_strangers(const struct base_view *base,
				 const struct remote_view *remote,
				 const struct local_view *local, size_t *n);
/* Messages without a row that no file's name claims; likewise, sorted by uid.
 */
struct pair_there *pair_news(const struct base_view *base,
			     const struct remote_view *remote,
			     const struct local_view *local, size_t *n);
/* Writes the pairs into the view, as hints for the planner. */
void pair_apply(const struct pair_here *here, size_t n,
		struct local_view *local);
/* Those that come from another folder, sorted by uid: malloc'ed. NULL with *n
 * 0: none; NULL with *n SIZE_MAX: out of memory. */
struct move_here *pair_moves(const struct pair_here *here, size_t nhere,
			     size_t *n);

/* The same message by its id and size needs no header: it is taken from the
 * file. */
void pair_by_emailid(const struct pair_here *here, size_t nhere,
		     struct pair_there *there, size_t nthere);
/* Marks those there whose size some file here has and whose header is not known
 * yet. Sorts here by size. */
void pair_by_size(struct pair_here *here, size_t nhere,
		  struct pair_there *there, size_t nthere);
/* Gives each file here the UID of a message of the same size and header; of
 * several alike the lowest that is left, to files of this folder first, and of
 * these to those that were sent. A message belongs to one file. Sorts both.
 * Returns how many were paired. */
size_t pair_by_header(struct pair_here *here, size_t nhere,
		      struct pair_there *there, size_t nthere);

#endif
