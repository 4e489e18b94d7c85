/* SPDX-License-Identifier: MIT */
/* What the files of an account share: the account. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_PRIV_H
#define DAEMON_ACCOUNT_ACCOUNT_PRIV_H

#include <string.h>

#include "daemon/account/account.h"
#include "daemon/account/account_avoid.h"
#include "daemon/account/account_busy.h"
#include "daemon/account/account_due.h"
#include "daemon/account/account_flight.h"
#include "daemon/account/account_report.h"
#include "daemon/account/account_status.h"
#include "daemon/account/cycle.h"
#include "daemon/account/live/account_files.h"
#include "daemon/account/live/account_watch.h"
#include "daemon/core/safety.h"
#include "daemon/folder/clean_cache.h"
#include "daemon/remote/mailbox.h"
#include "daemon/remote/session.h"
#include "daemon/store/store.h"

struct event;

enum account_phase {
	ACCOUNT_WAITING, /* for the timer, not connected */
	ACCOUNT_SYNCING, /* see .cycle */
	ACCOUNT_LEAVING, /* LOGOUT sent */
	ACCOUNT_IDLE,    /* connected, until the timer */
	ACCOUNT_CLOSING,
	ACCOUNT_ENDED,
};

struct account {
	struct account_env env;
	enum account_phase phase;
	bool stopping;
	bool hurry; /* try again at once, should this sync fail */
	struct event *timer;
	unsigned attempt; /* failures in a row */
	int64_t down_ms;  /* since when there is no connection; 0: there is */
	struct account_report report;
	struct account_record record;
	struct busy busy;
	struct flights flights;
	struct avoided avoided;
	/* Disk side; used on the disk thread while a job is under way. */
	struct store store;
	bool store_open;
	struct clean_cache clean_cache; /* service only */
	struct session *session;        /* the main one, which syncs */
	int64_t rest_ms; /* since when it came to rest, 0: not yet */
	unsigned brief;  /* in a row that did not last, at rest */
	struct account_watch watch;
	struct account_files files;
	struct mailboxes boxes; /* as last listed */
	struct due due;
	/* The sync under way. */
	struct safety safety; /* of what is to be deleted */
	struct cycle cycle;
};

static inline struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

/* account_connect.c: the stages that come before all others. */
extern const struct stage account_open_stage;
extern const struct stage account_connect_stage;

/* account.c: the last stage ended. */
void account_cycle_ended(struct account *a);
/* When there is something to do next, between two syncs, may have changed. */
void account_due_arm(struct account *a);
/* That mailbox changed, or (gone) lost messages. */
void account_note_there(struct account *a, const struct mailbox *box,
			bool gone);
/* There is no session any more, and why. */
void account_session_closed(struct account *a, const struct err *err);
/* The stage finds MORE after so long; not any more. */
void account_wait(struct account *a, int64_t ms);
void account_wait_no_more(struct account *a);

#endif
