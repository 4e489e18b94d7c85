/* SPDX-License-Identifier: MIT */
/* What is to be synced next, and when: what changed on either side, what
 * somebody asked for, what is still being written, and all of it from time to
 * time. A sync of some folders goes by what the last look at all found out,
 * over the session that is there; else it is a sync of all. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_DUE_H
#define DAEMON_ACCOUNT_ACCOUNT_DUE_H

#include "daemon/core/dirty.h"

struct account;

struct due {
	struct dirty dirty; /* for the next sync */
	struct dirty taken; /* by the one under way, or the last one */
	const char **names; /* of .taken; NULL: that one is of all */
	/* Files that somebody was writing, and when to look again. */
	struct dirty unsettled;
	int64_t settle_ms;
	int64_t sweep_ms; /* all is looked at */
	bool known; /* mailboxes and folders are, since the last sync of all */
};

/* What the next sync is about is settled; it may begin. */
void account_due_begin(struct account *a);
/* There is no session any more, or it is not enough: of all, then. */
void account_due_widen(struct account *a);
/* The sync ended, and what its stages found is not yet forgotten. */
void account_due_end(struct account *a);
/* From now until the next sync, if there is a session; 0: now. */
int64_t account_due_left_ms(struct account *a);
/* Somebody asked for something since the sync began. */
bool account_due_asked(const struct account *a);
/* In a sync of some folders: files of others changed meanwhile, and what is
 * missing may be there. */
bool account_due_moving(const struct account *a);
void account_due_release(struct due *due);

#endif
