/* SPDX-License-Identifier: MIT */
/* An account's disk side: database and Maildir together, under the write-order
 * rules. Used on the disk thread only, one folder open at a time. */
#ifndef DAEMON_STORE_STORE_H
#define DAEMON_STORE_STORE_H

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/core/hold.h"
#include "daemon/core/plan.h"
#include "daemon/core/resolve.h"
#include "daemon/core/window.h"
#include "daemon/maildir/deliver.h"
#include "daemon/maildir/listing.h"
#include "daemon/maildir/maildir.h"
#include "daemon/maildir/scan.h"
#include "daemon/maildir/sentinel.h"
#include "daemon/maildir/tree.h"
#include "daemon/state/state.h"
#include "daemon/store/local_folder.h"
#include "daemon/store/store_event.h"

struct store {
	const struct config *config;
	const struct config_account *account;
	bool dry_run;
	struct state *state; /* NULL: closed */
	int root;            /* the Maildir root, -1: not there (dry run) */
	bool touched;        /* something was changed since store_rest() */
	char owner[HOLD_OWNER_SIZE]; /* whose mailbox the account is */
	struct sentinel says;        /* the root; .id "": nothing */
	bool doubtful;               /* whose root or database are */
	bool claimed;                /* by store_claim() */
	uint64_t sync; /* a number by chance, another one for each */
	/* The open folder. */
	bool open;
	struct local_folder folder;
	uint64_t tag;
	uint32_t uidvalidity; /* the server's, once known */
	struct delivery *delivery;
	const struct local_view *present; /* the folder's files, while it
					   * lasts; or NULL */
	char (*emailid)[64];              /* of its batch */
	/* See store_listing(). */
	int64_t listed_folder;
	size_t batches;
	struct listing listing;
	/* .code set: a keyword could not be added. The loop goes on with its
	 * number, which means nothing here: no flags may be recorded. */
	struct err spoiled;
	const struct store_listener *listener; /* NULL: nobody listens */
	struct store_written written;          /* whoever takes .name owns it */
};

/* Opens database, lock, Maildir root and checks that they belong together. A
 * root that is missing, or another database's, is ERR_HELD: an unmounted disk
 * must never look like deleted mail. Where one of them may be another mailbox's
 * neither is touched: store_claim() follows. 0 or -1 and *err. */
int store_open(struct store *s, const struct config *config,
	       const struct config_account *account, bool dry_run,
	       struct err *err);
void store_close(struct store *s);
/* Once it is known that the account can be logged in to: are database and root
 * this mailbox's? Records that they are. Before, nothing but store_ids() and
 * store_close() may be called. same_ids: hold_same_ids(), where .doubtful. 0;
 * or -1 and *err: ERR_HELD, they are another's and nobody approved. */
int store_claim(struct store *s, bool same_ids, struct err *err);
/* Calls fn for each folder whose MAILBOXID is known: it returns 0. */
int store_ids(struct store *s,
	      int (*fn)(void *ctx, const char *wire, const char *mailboxid),
	      void *ctx, struct err *err);
/* A sync has ended: what is changed after this is another generation. */
void store_rest(struct store *s);
/* Ends a transaction: commits where r is 0, else (or where that fails) rolls
 * back. 0 or -1. */
int store_end(struct store *s, int r, struct err *err);
/* Something is about to be changed: counts the generation once (sentinel, then
 * database), so that an old copy of either is known as one. 0 or -1. */
int store_touch(struct store *s, struct err *err);
/* The layout of the account's root. */
struct tree store_tree(const struct config_account *a);

/* A mailbox as the server names it: wire, and in UTF-8 with its delimiter. */
struct store_name {
	const char *wire;
	const char *name;
	char delim;
	uint32_t uidvalidity; /* what the server says now, 0: not known */
	bool doomed; /* its directory is gone, and its messages are to go */
};
/* The folder's row, which is made where there is none: 0, or -1 and *err: its
 * name cannot be a path here. */
int store_row(struct store *s, const struct store_name *n,
	      struct state_folder *out, struct err *err);

/* What opening a folder tells the loop. */
struct store_intent {
	int64_t id;
	uint64_t key; /* of the file */
	bool have_digest;
	unsigned char digest[STATE_DIGEST];
	int64_t source; /* of a copy: the folder */
	bool changed;   /* its file has other content by now */
	struct resolve_intent what;
};

/* A message that the server lists, but did not send. */
struct store_aside {
	uint32_t uid;
	bool due;       /* to be asked for again */
	bool too_large; /* for max_size */
	bool fresh;     /* refused in this very sync */
};

/* A file that is not sent for now. */
struct store_refusal {
	uint64_t key;
	char *text; /* why */
	bool fresh; /* refused in this very sync */
};

struct store_view {
	struct state_folder row; /* .uidvalidity 0: never synced */
	char *mailboxid;         /* NULL: not known */
	struct base_view base;
	struct local_view local;
	struct keyword_table table;
	struct store_intent *intent;
	size_t nintents;
	struct store_aside *aside; /* by UID; none has a row */
	size_t naside;
	struct store_refusal *refusal;
	size_t nrefusals;
	struct scan_stamp stamp; /* taken before the scan */
	uint64_t here_mask;      /* flags that the Maildir can show */
	bool as_in_base;         /* local was not read: nothing changed since */
	bool on_disk;            /* the directory is there */
	bool dying_here, dying_there; /* there are such rows */
	bool hold;                    /* deletions, whatever their number */
	bool approve, restore; /* answered: about the rows that are shown */
	struct err trouble; /* .code set: with one message; the others go on */
};
void store_view_release(struct store_view *v);

/* Opens a folder (closing the last one): removes leftovers of an interrupted
 * sync, reads base and files, and finds out which files were renamed or written
 * to. same: NULL, or the stamp with which they were found to be as in the rows:
 * if it still has that, they are not read again. 0; 1: its directory is not
 * there (any more), and that is neither a dry run nor doomed; -1 and *err. */
int store_folder_open(struct store *s, const struct store_name *n,
		      const struct scan_stamp *same, struct store_view *out,
		      struct err *err);
void store_folder_close(struct store *s);
/* Its UIDVALIDITY has changed: the rows are dropped, the position is void. */
int store_reset(struct store *s, uint32_t uidvalidity, struct err *err);
/* The first sync of the open folder begins: records its UIDVALIDITY. */
int store_begin(struct store *s, uint32_t uidvalidity, struct err *err);
/* Its files and messages may be paired and merged. */
int store_decided(struct store *s, struct err *err);
/* They do not fit: nothing is done until somebody approves. */
int store_misfit(struct store *s, uint32_t uidvalidity, struct err *err);
/* The open folder's MAILBOXID. */
int store_identify(struct store *s, const char *mailboxid, struct err *err);
int store_position(struct store *s, const struct position *at,
		   const struct horizon *horizon, struct err *err);
/* What was learned of what the server shows of the open folder; before anything
 * is done for want of messages. */
int store_horizon(struct store *s, const struct horizon *horizon,
		  struct err *err);
/* What the guard holds. */
struct store_held {
	size_t here, there;
	const uint32_t *uid; /* of both; sorted */
	size_t n;
};
/* Of the open folder. Where it is something else than before, what somebody
 * answered is used up; where it is nothing, so is the reason for holding. */
int store_held(struct store *s, const struct store_held *h, struct err *err);
/* The server did not send this message of the open folder: it is asked for
 * again later; or, where it has too many octets (else 0), once they fit. */
int store_refused(struct store *s, uint32_t uid, const char *why,
		  uint64_t too_large, struct err *err);
/* Sets a message of a folder aside that did not get to a side, for longer each
 * time. what->retry and .sync are ignored. In an open transaction; on -1 roll
 * back. */
int store_set_aside(struct store *s, int64_t folder,
		    const struct state_aside *what, struct err *err);
/* The server has them no longer. */
int store_asides_drop(struct store *s, const uint32_t *uid, size_t n,
		      struct err *err);
/* What became known of intents: those in drop are void; the others count one
 * more look that did not tell how they ended. */
struct store_verdict {
	int64_t intent;
	bool drop;
	bool stored;
	uint32_t attempts;
};
int store_verdicts(struct store *s, const struct store_verdict *v, size_t n,
		   struct err *err);

/* reconcile.c: which files of a folder were renamed within it, written to, or
 * copied. Records what it finds (not in a dry run) and brings the views in
 * line: a row whose file has another name gets its key, one whose file was only
 * touched its print; what then differs by print is other content. Files that
 * cannot be read are taken for what they were: local->unreadable counts them,
 * and *err says why of the first. */
int store_reconcile(struct store *s, struct local_folder *f,
		    uint32_t uidvalidity, struct base_view *base,
		    struct local_view *local, struct err *err);
/* Reads the files of a folder into a view. */
int store_scan(struct store *s, struct local_folder *f, uint32_t uidvalidity,
	       const struct base_view *base, struct local_view *out,
	       struct err *err);

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
	char emailid[64]; /* "": none */
};
int store_arrived(struct store *s, const struct store_arrival *a,
		  size_t *committed, struct err *err);
/* Commits what is left of the batch. */
int store_flush(struct store *s, size_t *committed, struct err *err);

/* Each carries out n actions of its kind and records them. Messages that could
 * not be done are counted in *failed; *err then says what was wrong with the
 * first, or has ERR_NONE where their files were only renamed or removed just
 * now: the next look sees. */
int store_flags_here(struct store *s, const struct action *a, size_t n,
		     size_t *failed, struct err *err);
int store_adopt(struct store *s, const struct action *a, size_t n,
		size_t *failed, struct err *err);
/* A listing shows them: what was promised is kept. */
int store_prove(struct store *s, const struct action *a, size_t n,
		struct err *err);
int store_record(struct store *s, const struct action *a, size_t n,
		 struct err *err);
int store_forget(struct store *s, const struct action *a, size_t n,
		 struct err *err);
/* New there, and its file is in another folder: moves file and row. All have
 * that folder as .other. */
int store_move_here(struct store *s, const struct action *a, size_t n,
		    size_t *failed, struct err *err);
int store_fate(struct store *s, const struct action *a, size_t n,
	       enum fate fate, struct err *err);
/* The same as deletions that the guard let pass: what released it is used up.
 */
int store_die(struct store *s, const struct action *a, size_t n, enum fate fate,
	      struct err *err);

#endif
