/* SPDX-License-Identifier: MIT */
/* How an account hears of changes in its Maildir: its directories are watched;
 * where they cannot be, they are looked at every few seconds. What a sync wrote
 * itself is no news. */
#ifndef DAEMON_ACCOUNT_LIVE_ACCOUNT_FILES_H
#define DAEMON_ACCOUNT_LIVE_ACCOUNT_FILES_H

#include "daemon/core/echo.h"
#include "daemon/store/watch_job.h"
#include "daemon/watch/dirwatch.h"

struct account;
struct event;

/* Of folders, for people; by their tags. */
struct account_files_names {
	char **name;
	size_t n;
};

struct account_files {
	struct dirwatch_owner owner;
	struct account_files_names names,
	    next;          /* next: once they are watched */
	struct echo echo;  /* of the sync under way */
	bool tree;         /* in it, directories came or went */
	bool lost;         /* in it, something was not told */
	bool tree_written; /* it did so itself */
	/* Those that are not watched: the next job is to compare them. */
	struct watch_job *look;
	struct event *timer;
	bool said; /* that they are not */
};

/* All folders were scanned: watches their directories. */
void account_files_watch(struct account *a);
/* The sync wrote that; .name is taken. */
void account_files_wrote(struct account *a, struct store_written *w);
/* The sync ended: what was told meanwhile and is no echo of it is news. */
void account_files_synced(struct account *a);
/* Nothing more is to be heard. */
void account_files_stop(struct account *a);

#endif
