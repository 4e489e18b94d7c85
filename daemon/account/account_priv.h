/* SPDX-License-Identifier: MIT */
/* What account.c (life) and account_sync.c (one sync) share. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_PRIV_H
#define DAEMON_ACCOUNT_ACCOUNT_PRIV_H

#include "daemon/account/account.h"
#include "daemon/account/calm.h"
#include "daemon/account/mailbox.h"
#include "daemon/account/session.h"
#include "daemon/account/store.h"

struct event;

enum account_phase {
	ACCOUNT_WAITING, /* for the timer, not connected */
	ACCOUNT_OPENING,
	ACCOUNT_CONNECTING,
	ACCOUNT_LISTING,
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
	size_t held;
	struct notes said, saying; /* in the last sync, in this one */
	int64_t started_ms;
	/* Disk side; used on the disk thread while a job is under way. */
	struct store store;
	bool store_open;
	int job_result;
	struct err job_err;
	size_t job_count;
	/* The sync under way. */
	struct session *session;
	struct mailboxes boxes;
	struct calm calm; /* service only */
	size_t listing;   /* commands of the listing not answered */
	bool listed;      /* LIST itself succeeded */
	struct err list_err;
	bool use_status; /* one STATUS a mailbox, for want of LIST-STATUS */
	size_t next;     /* index into boxes */
	struct folder *folder;
	bool folder_cut; /* the connection broke under it */
	bool closing;    /* no folder under way: the session is to end */
	bool refused; /* some message could not be had: a copy may be missing */
	size_t *bury; /* indices of mailboxes with tombstones */
	size_t nbury, bury_cap, buried;
};

/* Logs it and keeps the gravest code. */
void account_fail(struct account *a, const char *folder, const struct err *err);
void account_post(struct account *a, void (*run)(struct job *),
		  void (*done)(struct job *));
void account_sync_ended(struct account *a);
/* LOGOUT was submitted: ends the sync as soon as it is sent. */
void account_leave(struct account *a);

/* account_sync.c: asks for the folders, then syncs one after the other. */
void account_list(struct account *a);
void account_list_event(struct account *a, const struct imap4_event *ev);
/* No more folders in this sync: carries out what waits on disk, then ends it.
 */
void account_finish_disk(struct account *a);
/* Display name of the folder being synced. */
const char *account_folder_name(const struct account *a);

#endif
