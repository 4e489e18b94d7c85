/* SPDX-License-Identifier: MIT */
/* How an account is, for those who ask: state, last sync, what went wrong. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_STATUS_H
#define DAEMON_ACCOUNT_ACCOUNT_STATUS_H

#include "daemon/account/report.h"
#include "daemon/base/err.h"

struct account;
struct outcome;

/* Of a folder's last pass. */
struct account_left {
	char *folder;   /* its name for people */
	size_t pending; /* changes here that the server did not take yet */
	size_t skipped; /* outside max_size or max_age */
};

/* What is remembered between two questions; owned by the account. */
struct account_record {
	uint64_t begun; /* syncs; the last one may be under way */
	/* Of those that begin: compare everything; somebody listens. */
	bool full, audience;
	size_t busy; /* files that somebody was writing in the last sync */
	bool looked; /* it was connected and saw the folders, or failed */
	int64_t last_sync;   /* that came to its end, seconds since 1970 */
	int64_t last_change; /* that moved something */
	/* Of the sync under way, and of the last one that ended: the gravest.
	 */
	struct err now, last;
	char *now_folder, *last_folder; /* NULL: none */
	struct totals sum;              /* of all syncs */
	struct account_left *left;
	size_t nleft, leftcap;
};

/* Borrowed until the loop runs again. */
struct account_status {
	const char *state; /* "idle", "connecting", "syncing", "waiting",
			    * "auth", "error" */
	const char *mode;  /* "notify", "idle", "poll" */
	int64_t last_sync, last_change, next_try; /* seconds since 1970, 0: none
						   */
	const struct err *err; /* of the last sync; .code ERR_NONE: none */
	const char *folder;    /* that it is about, or NULL */
	const struct totals *sum;
	const struct account_left *left; /* folders that have something */
	size_t nleft;
	/* Files that somebody was writing: the account looks again soon. */
	size_t busy;
};

void account_status(const struct account *a, struct account_status *out);
/* What the summary of the last sync says; owned. */
char *account_summary(const struct account *a);
/* The next sync, and those after it until account_heed() is called again:
 * compares everything; says all it has to say, be it the tenth time. */
void account_heed(struct account *a, bool full, bool audience);
/* How many syncs have begun. What is done now is seen by the next one. */
uint64_t account_begun(const struct account *a);
/* Is there a folder of that name (for people) on the server, as last listed? */
bool account_has_folder(const struct account *a, const char *folder);
/* Has it seen the server's folders, or failed to? */
bool account_looked(const struct account *a);

/* For the account itself. */
void account_record_begin(struct account *a);
void account_record_failure(struct account *a, const char *folder,
			    const struct err *err);
void account_record_left(struct account *a, const char *folder,
			 const struct outcome *o);
/* The folders were listed. */
void account_record_look(struct account *a);
void account_record_end(struct account *a);
void account_record_release(struct account_record *r);

#endif
