/* SPDX-License-Identifier: MIT */
/* What a server says of messages that it was just sent: under which UIDs it has
 * them (APPENDUID and COPYUID, RFC 4315). That is a claim: a UID that no
 * listing shows, or that is another message's, would bind the file to the wrong
 * message, and it would go with that one. So a row made from a claim is
 * FATE_CLAIMED until a listing shows it, and nothing is deleted because of it;
 * its intent stays until then. Where the claim turns out to be void the row is
 * dropped, and the file is found by its content, as if no UID had been said.
 *
 * An honest server costs nothing: the listing comes anyway. */
#ifndef DAEMON_CORE_CLAIM_H
#define DAEMON_CORE_CLAIM_H

#include "daemon/core/types.h"

/* An old and a new UID. */
struct uid_pair {
	uint32_t from, to;
};

/* May a message have this UID that was added to a mailbox whose next was *next
 * (0: not known)? RFC 9051 2.3.1.1: UIDs ascend in the order in which messages
 * are added. Moves *next on. */
bool claim_take(uint32_t uid, uint32_t *next);
/* The same of all messages of a command (or several, one behind the other);
 * pairs by .from. Where one of them cannot be true, none is believed. */
bool claim_take_pairs(const struct uid_pair *pair, size_t n, uint32_t next);

/* What was said of a message that was to move to another mailbox. */
struct claim_moved {
	bool done;    /* the server says that it moved them, or copied them */
	uint32_t uid; /* the new one, as COPYUID says; 0: it names none */
	bool told;    /* COPYUID was said, and can be true */
	bool taken;   /* the target has a row of that UID */
};
enum claim_move {
	CLAIM_REFUSED,  /* it is where it was: nothing is promised any more */
	CLAIM_GOES,     /* its row goes to the target, claimed */
	CLAIM_PARTS,    /* the target finds it by its content */
	CLAIM_LEFT_OUT, /* COPYUID names others, but not this one: it was not
			 * there any more, so the file in the target is all
			 * there is of it, and is uploaded */
};
enum claim_move claim_move(const struct claim_moved *m);

/* The files of rows that are only claimed, sorted, for pair_has_key();
 * malloc'ed, *n of them. NULL: out of memory. */
uint64_t *claims_keys(const struct base_view *base, size_t *n);

/* Of a file that is to be there: the mailbox's UIDNEXT before it was sent. */
struct claim_promise {
	uint64_t key;
	uint32_t uidnext;
};
/* The mailbox's UIDNEXT before the first of what is claimed, 0: not known. key:
 * claims_keys(). */
uint32_t claims_since(const uint64_t *key, size_t nkeys,
		      const struct claim_promise *promise, size_t n);

/* What is known when a mailbox with claims was looked at. */
struct claim_look {
	uint32_t since; /* its UIDNEXT before the first of them, 0: not known */
	bool proves;    /* what the look does not show is not there */
	/* Messages without a row that are known to have none, sorted. */
	const uint32_t *aside;
	size_t naside;
};

/* Takes the rows of void claims out of base: those that are not shown, and all
 * where a message came that none is about. Their UIDs, malloc'ed, *n of them in
 * ascending order; NULL with *n 0: none; NULL with *n SIZE_MAX: out of memory.
 * Those that stay, and are shown, are true. */
uint32_t *claims_void(struct base_view *base, const struct remote_view *remote,
		      const struct claim_look *remote_list, size_t *n);

#endif
