/* SPDX-License-Identifier: MIT */
/* A dry run of an account: folders and messages are planned for as if what was
 * planned before had been done. The database is a copy (STATE_READ); what
 * cannot be copied, server and Maildir, is made believe in the views. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_DRY_RUN_H
#define DAEMON_ACCOUNT_ACCOUNT_DRY_RUN_H

#include "daemon/account/report.h"

struct account;

/* What a dry run says, each line about a folder (NULL: the one under way). */
struct lines {
	struct {
		char *folder, *text;
	} * line;
	size_t n, cap;
};

/* What would be done with a folder's messages, as its last pass had it. */
struct dry_run {
	struct lines lines;
	struct totals sums;
	uint64_t *follow; /* keys of files that messages would follow; sorted */
	size_t nfollow;
};

/* text is owned from now on. */
void lines_add(struct lines *l, const char *folder, char *text);
void lines_release(struct lines *l);

/* What the folders' plan would leave behind: their mailboxes, and (disk thread)
 * their rows. 0, or -1 and *err. */
void account_dry_run_boxes(struct account *a);
int account_dry_run_rows(struct account *a, struct err *err);
/* A pass of the current folder begins; it ended so. */
void account_dry_run_begin(struct account *a);
void account_dry_run_take(struct account *a, const struct folder_result *r);
/* Shows all, and adds up. */
void account_dry_run_end(struct account *a);
void account_dry_run_release(struct account *a);
/* Not a comparison (imapsyncctl verify). */
bool account_dry_runs(const struct account *a);

#endif
