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
	bool known; /* it was read: what follows is set */
	/* On the wire, but for the fields that do not count. */
	uint64_t size;
	unsigned char header[PAIR_DIGEST];
	unsigned char sample[PAIR_DIGEST]; /* of its body */
	unsigned char message[PAIR_DIGEST];
	/* A file of another folder whose message went there: that folder and
	 * the UID it had. 0: a file of this folder without a row. */
	int64_t from;
	uint32_t from_uid;
	uint64_t flags;   /* of that row: system flags */
	uint64_t emailid; /* 0: not known */
	enum pair_sent sent;
	uint32_t uid; /* result; 0: nothing matches */
};

/* What there is to be asked of a message. */
enum pair_part {
	PAIR_HEADER = 1,
	PAIR_SAMPLE = 2, /* the beginning of its body */
	PAIR_MESSAGE = 4,
};

struct pair_there {
	uint32_t uid;
	uint8_t want;  /* enum pair_part: ask for it; 0: for nothing */
	uint8_t asked; /* parts that were wanted once */
	uint8_t have;  /* parts that are set */
	/* It is not fetched, whatever it is: outside of max_size, say. */
	bool outside;
	/* RFC822.SIZE; once the header is there, but for the fields that do not
	 * count. A hint, which proves nothing. */
	uint64_t size;
	uint64_t emailid; /* 0: not known */
	unsigned char header[PAIR_DIGEST];
	unsigned char body[PAIR_DIGEST]; /* of the message; else its sample */
};

/* So many messages that were the same, and of another size: then sizes count
 * for nothing with that server (Exchange estimates them). */
#define PAIR_LIES 20

struct pair_policy {
	uint32_t unlike; /* so many were found before */
	/* What came since this UID may be what was sent; 0: nothing was. */
	uint32_t sent_from;
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
struct pair_here *pair_unmatched(const struct base_view *base,
				 const struct remote_view *remote,
				 const struct local_view *local, size_t *n);
/* Messages without a row that no file's name claims; likewise, sorted by uid.
 */
struct pair_there *pair_new_messages(const struct base_view *base,
				     const struct remote_view *remote,
				     const struct local_view *local, size_t *n);
/* Writes the pairs into the view, as hints for the planner. */
void pair_apply(const struct pair_here *here, size_t n,
		struct local_view *local);
/* Those that come from another folder, sorted by uid: malloc'ed. NULL with *n
 * 0: none; NULL with *n SIZE_MAX: out of memory. */
struct move_here *pair_moves(const struct pair_here *here, size_t nhere,
			     size_t *n);

/* pair_match.c: which file is which message. Headers are compared whatever the
 * sizes. Where a header is that of one file and of one message alone, and their
 * sizes agree, a sample of the bodies decides; else the bodies do. */

/* The same message by its id and size needs no further look: all of it is taken
 * from the file. */
void pair_by_emailid(const struct pair_here *here, size_t nhere,
		     struct pair_there *there, size_t nthere);
/* Sets .want to what has to be asked next, for how many it returns; 0: nothing
 * is left that could tell more. Those asked for have .have set where the server
 * sent it. Sorts here. SIZE_MAX: out of memory. */
size_t pair_want(struct pair_here *here, size_t nhere, struct pair_there *there,
		 size_t nthere, const struct pair_policy *policy);
/* When all is known: gives each file the UID of its message; of several alike
 * the lowest that is left, to files of this folder first, and of these to those
 * that were sent. A message belongs to one file. Sorts here. *unlike: so many
 * pairs are of unlike sizes. Returns how many were paired; SIZE_MAX: out of
 * memory. */
size_t pair_up(struct pair_here *here, size_t nhere, struct pair_there *there,
	       size_t nthere, const struct pair_policy *policy,
	       uint32_t *unlike);

#endif
