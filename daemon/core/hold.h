/* SPDX-License-Identifier: MIT */
/* Identity holds: where it may be another mailbox than before, nothing at all
 * is done until somebody has said that it is the same. A pure function each; it
 * decides, others act. */
#ifndef DAEMON_CORE_HOLD_H
#define DAEMON_CORE_HOLD_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
