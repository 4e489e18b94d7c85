/* SPDX-License-Identifier: MIT */
/* The sync of one folder: look at both sides, plan, carry out, look again where
 * something moved meanwhile. */
#ifndef DAEMON_ACCOUNT_FOLDER_H
#define DAEMON_ACCOUNT_FOLDER_H

#include "config/config.h"
#include "daemon/account/disk.h"
#include "daemon/account/mailbox.h"
#include "daemon/account/session.h"
#include "daemon/account/sink.h"
#include "daemon/account/store.h"
#include "daemon/core/exec.h"

/* What came of it; adds up over the passes. */
struct folder_result {
	size_t fetched; /* new files */
	size_t flags_here, flags_there;
	size_t trashed; /* tombstones set: files go at the account's end */
	size_t held;    /* deletions that the guard holds */
	size_t kept;    /* gone there, but marked here meanwhile */
	size_t skipped; /* outside max_size or max_age */
	size_t pending_uploads, pending_deletions, pending_flags;
	size_t refused;  /* listed, but not to be had */
	bool tombstones; /* files wait for the trash */
	bool lost;       /* the connection broke: its session says why */
	/* Nothing to do, nothing waits: it is as calm_note() wants it. */
	bool calm;
	char *path; /* on disk, where calm; owned by the folder */
	struct scan_stamp stamp;
	struct err err; /* .code ERR_NONE: all done */
};

struct folder;

struct folder_handler {
	/* n of total messages of this folder are here. */
	void (*progress)(void *ctx, size_t n, size_t total, uint64_t bytes);
	/* Dry run: one line of the plan. */
	void (*planned)(void *ctx, const char *line);
	/* It ended; its result is valid. The folder may be freed here. */
	void (*done)(void *ctx);
};

struct folder_opts {
	bool dry_run;
	bool full; /* ignore short cuts */
};

/* All pointers are borrowed and outlive the folder. store: of this account; one
 * folder at a time uses it. */
struct folder_env {
	const struct config_account *account;
	struct disk *disk;
	struct store *store;
	struct session *session;
	struct folder_opts opts;
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
const struct folder_result *folder_result(const struct folder *f);
/* Only when done. */
void folder_free(struct folder *f);

#endif
