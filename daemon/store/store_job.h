/* SPDX-License-Identifier: MIT */
/* Jobs about an account's store and its open folder: each carries what it needs
 * and what it found out, so that the disk thread sees nothing else of the loop,
 * and the loop nothing of the store. What a job only borrows stays as it is
 * until the job is done. */
#ifndef DAEMON_STORE_STORE_JOB_H
#define DAEMON_STORE_STORE_JOB_H

#include "daemon/base/disk.h"
#include "daemon/core/exec.h"
#include "daemon/core/ledger.h"
#include "daemon/maildir/examine.h"
#include "daemon/store/store.h"

/* Comes first in every job. */
struct store_job {
	struct job job; /* its run(): one of those below */
	struct store *store;
	void *owner; /* the poster's; the disk thread leaves it alone */
	int result;  /* negative: .err */
	struct err err;
};

/* store_folder_open(). */
struct store_open_job {
	struct store_job base;
	struct store_name name; /* its strings are borrowed */
	bool have_same;
	struct scan_stamp same;
	struct store_view view; /* the result; .base.result 0 */
};
void store_open_run(struct job *j);

/* What is on record before anything is done with a folder. */
struct store_begin_job {
	struct store_job base;
	uint32_t uidvalidity;  /* 0: it is on record */
	const char *mailboxid; /* NULL: as it was; borrowed */
	bool learned;          /* there is another horizon */
	struct horizon horizon;
};
void store_begin_run(struct job *j);

/* What the guard holds. */
struct store_held_job {
	struct store_job base;
	struct store_held held;
	uint32_t *uid; /* held.uid; owned */
};
void store_held_run(struct job *j);

/* A fact about the whole folder: that its UIDs mean other messages; that it may
 * be another mailbox. */
struct store_fact_job {
	struct store_job base;
	uint32_t uidvalidity;
};
void store_reset_run(struct job *j);
void store_misfit_run(struct job *j);

/* A keyword that the server uses; owned. */
struct store_keyword_job {
	struct store_job base;
	char *name;
};
void store_keyword_run(struct job *j);

/* The effects that are one job. */
struct store_effect_job {
	struct store_job base;
	enum effect_type type;
	const struct action *action; /* n of them; borrowed */
	size_t n;
	const struct local_view *present; /* the folder's files; borrowed */
	/* EFFECT_POSITION */
	struct position position;
	struct horizon horizon;
	size_t not_done; /* messages that could not be done */
};
void store_effect_run(struct job *j);

/* store_refused(). */
struct store_refused_job {
	struct store_job base;
	uint32_t uid;
	uint64_t too_large;
	char why[sizeof(((struct err *)0)->text)];
};
void store_refused_run(struct job *j);

/* About messages of the open folder; uid is owned. */
struct store_uids_job {
	struct store_job base;
	uint32_t *uid;
	size_t n;
	/* Of store_lost_run(): what is known of them; owned. */
	struct ledger_lost *lost;
	size_t nlost;
};
void store_asides_drop_run(struct job *j);
void store_void_run(struct job *j); /* drops their rows */
void store_lost_run(struct job *j);

/* store_verdicts(); owned. */
struct store_verdicts_job {
	struct store_job base;
	struct store_verdict *verdict;
	size_t n;
};
void store_verdicts_run(struct job *j);

/* examine_files() in the open folder; owned. Where it has no directory nothing
 * is found. */
struct store_examine_job {
	struct store_job base;
	struct facts *file;
	size_t n;
};
void store_examine_run(struct job *j);

/* What is known of a message's content. */
struct store_known {
	uint32_t uid;
	uint64_t key;
	bool known; /* digest is set */
	unsigned char digest[STATE_DIGEST];
};
/* The contents that were synced, and those of the files. Owned, both arrays,
 * with room for .cap; rows that were made meanwhile are left out. */
struct store_contents_job {
	struct store_job base;
	struct store_known *known; /* of rows that are alive, by uid */
	struct facts *file;        /* by key */
	size_t n, cap;
};
void store_contents_run(struct job *j);

#endif
