/* SPDX-License-Identifier: MIT */
/* An account's disk side: database and Maildir together, under the write-order
 * rules. Used on the disk thread only, one folder open at a time. */
#ifndef DAEMON_ACCOUNT_STORE_H
#define DAEMON_ACCOUNT_STORE_H

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/core/plan.h"
#include "daemon/maildir/deliver.h"
#include "daemon/maildir/keywords.h"
#include "daemon/maildir/maildir.h"
#include "daemon/maildir/scan.h"
#include "daemon/state/state.h"

struct store {
	const struct config *config;
	const struct config_account *account;
	bool dry_run;
	struct state *state; /* NULL: closed */
	int root;            /* the Maildir root, -1: not there (dry run) */
	/* The open folder. */
	bool open;
	bool have_dir;
	struct state_folder row;
	struct maildir dir;
	struct keywords letters;
	struct state_keywords table;
	int letter_of[KEYWORD_MAX]; /* -1: that keyword has no letter */
	uint64_t tag;
	uint32_t uidvalidity; /* the server's, once known */
	struct delivery *delivery;
	/* .code set: a keyword could not be added. The loop goes on with its
	 * number, which means nothing here: no flags may be recorded. */
	struct err spoiled;
};

/* What opening a folder tells the loop. */
struct store_view {
	struct state_folder row; /* .uidvalidity 0: never synced */
	struct base_view base;
	struct local_view local;
	struct state_keywords table;
	struct scan_stamp stamp; /* taken before the scan */
	uint64_t here_mask;      /* flags that the Maildir can show */
	bool tombstones;         /* some rows wait for store_bury() */
	bool on_disk;            /* the directory is there (always, but in a dry
				  * run) */
};
void store_view_release(struct store_view *v);

/* Opens database, lock, Maildir root and checks that they belong together. A
 * root that is missing, or another's, is ERR_HELD: an unmounted disk must never
 * look like deleted mail. 0 or -1 and *err. */
int store_open(struct store *s, const struct config *config,
	       const struct config_account *account, bool dry_run,
	       struct err *err);
void store_close(struct store *s);

/* Counts the messages in folders of the Maildir that were never synced:
 * somebody made them here. */
int store_strangers(struct store *s, size_t *messages, struct err *err);

/* Opens a folder (closing the last one): makes row and directory where they are
 * missing and create is allowed, removes leftovers of an interrupted sync,
 * reads base and files. wire: the server's name; name: UTF-8 with its
 * delimiter. uidvalidity: what the server says now, 0 not known. 0; 1: not
 * there and not to be created; -1 and *err. */
struct store_name {
	const char *wire;
	const char *name;
	char delim;
	uint32_t uidvalidity;
};
int store_folder_open(struct store *s, const struct store_name *n,
		      struct store_view *out, struct err *err);
void store_folder_close(struct store *s);
/* Drops all rows of the open folder (base) and its position. */
int store_reset(struct store *s, const struct base_view *base, struct err *err);

/* The first sync of the open folder begins: records its UIDVALIDITY. */
int store_begin(struct store *s, uint32_t uidvalidity, struct err *err);

/* A keyword that the server uses and the table does not have: gives it letter
 * and index, where there are any left. A failure is that of all that is to be
 * recorded in the folder afterwards. */
void store_keyword_add(struct store *s, const char *name);
/* True and *err where that has failed. */
bool store_spoiled(const struct store *s, struct err *err);

/* Ends the current message of s->delivery; commits when the batch is full.
 * *committed counts messages made durable and recorded by this call. */
struct store_arrival {
	uint32_t uid;
	uint64_t flags;
	int64_t internaldate;
};
int store_arrived(struct store *s, const struct store_arrival *a,
		  size_t *committed, struct err *err);
/* Commits what is left of the batch. */
int store_flush(struct store *s, size_t *committed, struct err *err);

/* Each carries out n actions of its kind and records them. Messages that could
 * not be done are counted in *failed and leave *err set (the first). */
int store_flags_here(struct store *s, const struct action *a, size_t n,
		     size_t *failed, struct err *err);
int store_adopt(struct store *s, const struct action *a, size_t n,
		size_t *failed, struct err *err);
int store_record(struct store *s, const struct action *a, size_t n,
		 struct err *err);
int store_forget(struct store *s, const struct action *a, size_t n,
		 struct err *err);
int store_tombstone(struct store *s, const struct action *a, size_t n,
		    struct err *err);
/* Moves the files of all tombstones of a folder to the local trash, then drops
 * their rows. *buried counts them. */
int store_bury(struct store *s, const struct store_name *n, size_t *buried,
	       struct err *err);
int store_position(struct store *s, uint32_t uidvalidity, uint32_t uidnext,
		   uint64_t modseq, struct err *err);

#endif
