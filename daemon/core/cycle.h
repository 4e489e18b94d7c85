/* SPDX-License-Identifier: MIT */
/* The stages of one sync of an account, and which one is next: from what a
 * stage found, and from what holds for the account. Pure; the account carries
 * the stages out. */
#ifndef DAEMON_CORE_CYCLE_H
#define DAEMON_CORE_CYCLE_H

#include <stdbool.h>

enum cycle_stage {
	CYCLE_OPEN,     /* the database and the Maildir root */
	CYCLE_CONNECT,  /* and log in */
	CYCLE_LIST,     /* which folders the server has */
	CYCLE_CLAIM,    /* is it the mailbox that they belong to? */
	CYCLE_RESTORE,  /* messages that are wanted back from the trash */
	CYCLE_TREE,     /* folders are made, renamed, recorded */
	CYCLE_SCAN,     /* which files there are */
	CYCLE_MESSAGES, /* the passes of the folders */
	CYCLE_REMOVE,   /* folders that are gone on one side */
	CYCLE_TRASH,    /* what is done on disk alone; ends every sync */
	CYCLE_END,      /* none is under way */
};

enum cycle_found {
	CYCLE_WAITING,   /* an answer, a job or the timer goes on with it */
	CYCLE_MORE,      /* the stage has more to do */
	CYCLE_DONE,      /* it came to its end */
	CYCLE_RELIST,    /* what the server listed is out of date */
	CYCLE_RESCAN,    /* what the files look like is */
	CYCLE_RECONNECT, /* what cost the connection is on record: go on */
	CYCLE_FAILED,    /* nothing more can be done in this sync */
};

struct cycle_conditions {
	bool stopping; /* somebody wants it to end */
	bool session;  /* there is one, also if it is not logged in yet */
	bool busy;     /* the server wants to be left alone */
	bool dry_run;
	bool list_only; /* the folders are only shown */
	bool known;     /* the mailboxes, and what belongs to them here, by a
			 * sync before this one */
	bool restored;  /* what was wanted back was asked for in this sync */
	bool removals;  /* some folder is gone on one side */
};

/* Nothing more is asked of the server in this sync. */
bool cycle_is_over(enum cycle_stage stage, const struct cycle_conditions *c);
/* found: but WAITING. The same stage, where it has MORE to do; all others are
 * to be begun. Of whatever is found, TRASH is reached by a finite way: only
 * RELIST, RESCAN and RECONNECT go back. */
enum cycle_stage cycle_next(enum cycle_stage stage, enum cycle_found found,
			    const struct cycle_conditions *c);

#endif
