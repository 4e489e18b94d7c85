/* SPDX-License-Identifier: MIT */
/* The sync of one folder: look at both sides, plan, carry out, look again where
 * something moved meanwhile. */
#ifndef DAEMON_FOLDER_FOLDER_H
#define DAEMON_FOLDER_FOLDER_H

#include "config/config.h"
#include "daemon/base/disk.h"
#include "daemon/core/exec.h"
#include "daemon/core/failure/flight.h"
#include "daemon/core/ledger.h"
#include "daemon/folder/sink.h"
#include "daemon/remote/mailbox.h"
#include "daemon/remote/remote_list.h"
#include "daemon/remote/session.h"
#include "daemon/store/store.h"

/* The outcome; adds up over the passes. */
struct folder_result {
	size_t fetched;  /* new files */
	size_t uploaded; /* new messages */
	size_t moved_here, moved_there;
	size_t flags_here, flags_there;
	size_t dying_here;  /* marked: files go at the account's end */
	size_t dying_there; /* marked: messages go at the account's end */
	size_t deleted_there;
	size_t held_here, held_there;     /* deletions that the guard holds */
	size_t misfit_here, misfit_there; /* without a partner, in a first
					   * pairing that is held for it */
	size_t kept_here, kept_there;     /* gone on one side, but marked on the
					   * other: brought back */
	size_t restored;
	size_t skipped;  /* outside max_size or max_age */
	size_t deferred; /* left for a later pass */
	size_t late;     /* left until all folders were scanned again */
	size_t pending_uploads, pending_deletions, pending_flags;
	size_t hidden;   /* likewise: the server shows only its newest */
	size_t busy;     /* files that somebody is writing */
	size_t refused;  /* listed, but not to be had */
	size_t withheld; /* likewise, and not asked for again yet */
	size_t aside;    /* files that the server would not have */
	size_t unmatched, differences; /* verify */
	/* A message could not be listed, fetched, sent or moved: a copy may be
	 * missing. */
	bool missing;
	bool bury;     /* files wait for the trash */
	bool reap;     /* messages wait to be deleted there */
	bool alive;    /* doomed, and there is more in it than was known */
	bool no_room;  /* it takes nothing more */
	bool unopened; /* the server refused to show it */
	bool lost;     /* the connection broke: its session says why */
	/* Where the server had it when it was last listed, if nothing was sent
	 * since that changes it. */
	bool there_known;
	struct standing there;
	/* Dry run: keys of files whose messages would follow them. */
	uint64_t *follow;
	size_t nfollow;
	struct err err; /* .code ERR_NONE: all done */
};

struct folder;

/* What the configuration leaves out now: .max_size and .oldest. */
struct horizon folder_horizon(const struct config_account *a);

/* What is on record of a folder, for the look at it on the server. */
struct standing_past folder_past(const struct state_folder *row);

struct folder_handler {
	/* n of total messages of this folder are here. */
	void (*progress)(void *ctx, size_t n, size_t total, uint64_t bytes);
	/* Dry run: one line of the plan, and the folder that it is about. */
	void (*planned)(void *ctx, const char *folder, const char *line);
	/* It ended; its result is valid. The folder may be freed here. */
	void (*done)(void *ctx);
};

struct folder_opts {
	bool dry_run;
	bool full;     /* ignore short cuts */
	bool verify;   /* compare instead of syncing; with dry_run and full */
	bool contents; /* verify: also what is in the messages */
};

/* What is to be done this time; see core/agenda.h. */
struct folder_task {
	bool remote_only; /* neither fetch nor delete */
	bool resolve;     /* only find out the outcome of moves into it */
	bool first;       /* in this sync that it may send */
	bool defer_gone;  /* leave what is gone there */
	bool partial;     /* files of other folders could not be looked at */
	bool reap;        /* delete there what is dying; dry run: it would be */
	bool careful;     /* one thing after the other: something of it may have
			   * cost a connection */
	bool doomed;      /* its directory is gone, and it is to go there too */
	const struct loose *loose; /* as the scan found it: see plan.h */
	/* Files that were moved out of it, by uid. */
	const struct move_there *moved_there;
	size_t nmoved_there;
	/* Keys of files that were moved into it, and whose messages are to
	 * follow; sorted. */
	const uint64_t *expected;
	size_t nexpected;
	/* As it was found when all files were looked at, and may be believed to
	 * be where the directory's times stay; NULL: look again. */
	const struct scan_stamp *same;
};

/* All pointers are borrowed and outlive the folder. store: of this account; one
 * folder at a time uses it. */
struct folder_env {
	const struct config_account *account;
	struct disk *disk;
	struct store *store;
	struct session *session;
	struct mailboxes *boxes;
	const struct mailbox *trash; /* where deleted messages go, or NULL */
	/* What other folders lost there: this one's is added by a pass that
	 * defers it. Folders that something goes to are stirred. */
	struct ledger *moves;
	struct folder_opts opts;
	struct folder_task task;
	const struct folder_handler *handler;
	void *ctx;
};

/* Starts. box is borrowed. */
struct folder *folder_new(const struct folder_env *env,
			  const struct mailbox *box);
/* To be called with every event of the session while the folder is not done. */
void folder_event(struct folder *f, const struct imap4_event *ev);
/* The connection is gone, or is about to be: ends as soon as the disk is done.
 * What came whole is kept. */
void folder_stop(struct folder *f);
/* What is asked of the server now. */
void folder_in_flight(const struct folder *f, struct flight *out);
const struct folder_result *folder_result(const struct folder *f);
/* Only when done. */
void folder_free(struct folder *f);

#endif
