/* SPDX-License-Identifier: MIT */
/* Identity holds: where it may be another mailbox than before, nothing at all
 * is done until somebody has said that it is the same. A pure function each; it
 * decides, others act. */
#ifndef DAEMON_CORE_HOLD_H
#define DAEMON_CORE_HOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/core/types.h"

/* Bytes of an owner's name and the NUL. */
#define HOLD_OWNER_SIZE 640

/* Whose a mailbox is: "user@host" in lower case, without the dot that may end a
 * host's name. Either may be NULL, as with a tunnel. What does not fit is left
 * out; control characters become '?'. false, and "": there is neither, so
 * nothing tells. */
bool hold_owner(char out[HOLD_OWNER_SIZE], const char *user, const char *host);

enum hold_whose {
	HOLD_UNKNOWN, /* it does not say: it is of before that was recorded */
	HOLD_OURS,
	HOLD_ANOTHERS,
};

/* recorded: NULL where nothing is. ours: "" where nothing tells. */
enum hold_whose hold_whose(const char *recorded, const char *ours);

/* The two that an account stands on. */
struct hold_facts {
	enum hold_whose database, root;
	bool synced; /* the database knows messages' folders */
	bool tied;   /* the Maildir root says that it is this database's */
};

enum hold_verdict {
	HOLD_NOT,  /* go on */
	HOLD_VOID, /* both are ours, but the database is another Maildir's:
		    * what it knows is as if it were lost */
	HOLD_HELD, /* one of them belongs to another mailbox */
};

enum hold_verdict hold_judge(const struct hold_facts *f);

/* Of the mailboxes whose lasting id (RFC 8474) the database knows: so many have
 * that very id on this server, so many have another. Is it the same account,
 * whatever its name is now? */
bool hold_same_ids(size_t same, size_t other);

/* The first pairing of a folder's files with its messages: so many are there,
 * and so many of these have nothing on the other side. */
struct hold_side {
	size_t n, alone;
};

struct hold_pairing {
	struct hold_side here, there;
};

/* What is outside max_size or max_age does not count; what is moving over from
 * another folder is not alone. Local rows have their hints, moved: n of them by
 * uid. */
struct hold_views {
	const struct base_view *base;
	const struct remote_view *remote; /* complete */
	const struct local_view *local;
	const struct move_here *moved;
	size_t nmoved;
};
/* 0, or -1: out of memory. O(n log n). */
int hold_count(struct hold_pairing *out, const struct hold_views *v);

/* More than so many, and more than a quarter, are alone on each side: two
 * mailboxes rather than one. */
#define HOLD_FREE 20
bool hold_misfit(const struct hold_pairing *p);

#endif
