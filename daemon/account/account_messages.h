/* SPDX-License-Identifier: MIT */
/* The folders one after the other, in the order that the agenda gives, then
 * what is to be deleted on the server (W4: all copies of the account are made
 * by then). */
#ifndef DAEMON_ACCOUNT_ACCOUNT_MESSAGES_H
#define DAEMON_ACCOUNT_ACCOUNT_MESSAGES_H

#include "daemon/account/account_dry_run.h"
#include "daemon/core/agenda.h"
#include "daemon/core/ledger.h"
#include "daemon/core/safety.h"
#include "daemon/folder/folder.h"

struct account;

/* What a folder's last pass left undone. */
struct outcome {
	size_t held_here, held_there;
	size_t misfit_here, misfit_there;
	size_t pending_uploads, pending_deletions, pending_flags, hidden;
	size_t aside, withheld, busy, skipped;
};

struct account_messages {
	/* Of each of n folders that are synced; see account_scan.h. */
	size_t n;
	struct safety_folder *safety;
	struct agenda_folder *folder;
	struct outcome *outcome;
	struct dry_run *dry_run;
	struct agenda agenda;
	struct ledger moves;   /* its arrays are owned */
	struct folder *pass;   /* under way, or NULL */
	size_t current;        /* its index */
	enum agenda_step step; /* and what is done with it */
	bool cut;              /* the connection broke under it */
	bool waiting;          /* for files that are being written */
	unsigned waits;
};

extern const struct stage account_messages_stage;

/* n folders are to be synced: nothing is known of them. */
void account_messages_begin(struct account *a, size_t n);

/* account_safety.c: may what is dying of a folder (its row) be deleted now? */
bool account_may_delete(const struct account *a, int64_t row,
			enum safety_side side);
/* Of any folder. */
bool account_may_reap(const struct account *a);
/* Does anything depend on the i-th folder, for all that is known before its
 * pass? */
void account_safety_begin(struct account *a, size_t i, bool dirty);
void account_safety_take(struct account *a, const struct folder_result *r);

/* account_outcome.c: what is left undone. */
void account_report_outcomes(struct account *a);
/* What was deleted on one side and kept: nobody has to do anything, but
 * somebody will wonder. */
void account_report_kept(struct account *a, const struct folder_result *r);

#endif
