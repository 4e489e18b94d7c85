/* SPDX-License-Identifier: MIT */
/* What account.c (life), account_list.c (which folders there are) and
 * account_sync.c (one sync) share. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_PRIV_H
#define DAEMON_ACCOUNT_ACCOUNT_PRIV_H

#include "daemon/account/account.h"
#include "daemon/account/calm.h"
#include "daemon/account/mailbox.h"
#include "daemon/account/session.h"
#include "daemon/account/store.h"
#include "daemon/account/survey.h"
#include "daemon/core/agenda.h"

struct event;

enum account_phase {
	ACCOUNT_WAITING, /* for the timer, not connected */
	ACCOUNT_OPENING,
	ACCOUNT_CONNECTING,
	ACCOUNT_LISTING,
	ACCOUNT_WISHING,
	ACCOUNT_SURVEYING,
	ACCOUNT_SYNCING,
	ACCOUNT_BURYING,
	ACCOUNT_LEAVING, /* LOGOUT sent */
	ACCOUNT_IDLE,    /* connected, until the timer */
	ACCOUNT_CLOSING,
	ACCOUNT_ENDED,
};

struct account_job {
	struct job job;
	struct account *account;
};

/* What a folder's last pass left undone. */
struct outcome {
	size_t held_here, held_there;
	size_t pending_uploads, pending_deletions, pending_flags;
	size_t aside, busy, skipped;
};

/* A message that is to come back from the server's trash. */
struct wish {
	int64_t id;                /* of the removed row */
	char *mailbox, *folder;    /* from, to */
	uint32_t uidvalidity, uid; /* in mailbox */
	bool going, done;
};

struct wishes {
	struct wish *wish;
	size_t n, at;
	imap4_id command; /* 0: none is under way */
	bool selecting, granted;
	uint32_t uidvalidity; /* of what is selected */
};

/* What an account said about things that wait for a person. */
struct notes {
	char **text;
	size_t n;
};

struct account {
	struct account_env env;
	enum account_phase phase;
	bool stopping, kicked;
	struct event *timer;
	unsigned attempt; /* failures in a row */
	enum err_code code;
	struct totals totals;
	struct notes said, saying; /* in the last sync, in this one */
	int64_t started_ms;
	/* Disk side; used on the disk thread while a job is under way. */
	struct store store;
	bool store_open;
	int job_result;
	struct err job_err;
	size_t job_count;
	int64_t job_folder;
	/* The sync under way. */
	struct session *session;
	struct mailboxes boxes;
	struct calm calm; /* service only */
	size_t listing;   /* commands of the listing not answered */
	bool listed;      /* LIST itself succeeded */
	struct err list_err;
	bool use_status; /* one STATUS a mailbox, for want of LIST-STATUS */
	struct wishes wishes;
	bool wished;                 /* they are done in this sync */
	const struct mailbox *trash; /* where deleted messages go, or NULL */
	/* Those that the configuration includes: indices into boxes. What
	 * follows has an entry for each. */
	size_t *listed_box;
	size_t nlisted;
	struct survey survey;
	unsigned surveys;
	bool *unseen; /* its files could not be looked at */
	struct agenda agenda;
	struct agenda_folder *agenda_folder;
	struct outcome *outcome;
	struct lost lost;
	size_t current;        /* index of the folder under way */
	enum agenda_step step; /* and what is done with it */
	struct folder *folder;
	unsigned waited;
	bool folder_cut; /* the connection broke under it */
	bool closing;    /* no folder under way: the session is to end */
	bool refused; /* some message could not be had: a copy may be missing */
	bool no_reap; /* something is not known: delete nothing */
	bool no_room; /* the server takes nothing more */
	bool bury;
};

/* Logs it and keeps the gravest code. */
void account_fail(struct account *a, const char *folder, const struct err *err);
void account_post(struct account *a, void (*run)(struct job *),
		  void (*done)(struct job *));
void account_sync_ended(struct account *a);
/* LOGOUT was submitted: ends the sync as soon as it is sent. */
void account_leave(struct account *a);

/* Calls account_waited() after so long. */
void account_wait(struct account *a, int64_t ms);

/* account_list.c: asks for the folders, then account_sync(). */
void account_list(struct account *a);
void account_list_event(struct account *a, const struct imap4_event *ev);
/* Is it included, by the configuration or by name? */
bool account_wants(const struct account *a, const struct mailbox *box);
/* Is it to be synced now? */
bool account_asked_for(const struct account *a, const struct mailbox *box);

/* account_wish.c: what is wanted back, then account_sync(). */
void account_wish(struct account *a);
void account_wish_event(struct account *a, const struct imap4_event *ev);
void wishes_release(struct wishes *w);

/* account_sync.c: the folders one after the other. */
void account_sync(struct account *a);
void account_waited(struct account *a);
void account_sync_release(struct account *a);
/* No more folders in this sync: carries out what waits on disk, then ends it.
 */
void account_finish_disk(struct account *a);
/* Display name of the folder being synced. */
const char *account_folder_name(const struct account *a);

#endif
