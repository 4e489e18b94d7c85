/* SPDX-License-Identifier: MIT */
/* What account.c (life), account_list.c (which folders there are) and
 * account_sync.c (one sync) share. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_PRIV_H
#define DAEMON_ACCOUNT_ACCOUNT_PRIV_H

#include "daemon/account/account.h"
#include "daemon/account/inventory.h"
#include "daemon/core/agenda.h"
#include "daemon/core/alerts.h"
#include "daemon/core/flight.h"
#include "daemon/core/safety.h"
#include "daemon/folder/mailbox_identity.h"
#include "daemon/remote/mailbox.h"
#include "daemon/remote/session.h"
#include "daemon/store/clean_cache.h"
#include "daemon/store/local_scan.h"
#include "daemon/store/store.h"

struct event;

enum account_phase {
	ACCOUNT_WAITING, /* for the timer, not connected */
	ACCOUNT_OPENING,
	ACCOUNT_CONNECTING,
	ACCOUNT_LISTING,
	ACCOUNT_CLAIMING,
	ACCOUNT_RESTORING,
	ACCOUNT_PLACING,
	ACCOUNT_SCANNING,
	ACCOUNT_SYNCING,
	ACCOUNT_REMOVING,
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
	size_t misfit_here, misfit_there;
	size_t pending_uploads, pending_deletions, pending_flags, hidden;
	size_t aside, withheld, busy, skipped;
};

/* Whose mailbox it is: a mailbox whose MAILBOXID is known. */
struct claim_box {
	char *wire, *mailboxid;
	imap4_id command; /* 0: not asked about */
};

struct claim {
	struct claim_box *box;
	size_t n, at, left; /* not answered */
	size_t same, other; /* ids */
};

/* A message that is to come back from the server's trash. */
struct request {
	int64_t id;                /* of the removed row */
	char *mailbox, *folder;    /* from, to */
	uint32_t uidvalidity, uid; /* in mailbox */
	bool going, done;
};

struct requests {
	struct request *request;
	size_t n, at;
	imap4_id command; /* 0: none is under way */
	bool selecting, granted;
	uint32_t uidvalidity; /* of what is selected */
};

/* A command about a folder. */
struct placing_command {
	imap4_id id;
	size_t action; /* index in the plan (MAILBOXIDs: of the mailbox),
			* SIZE_MAX: none */
	bool ok;
};

/* What a dry run says, each line about a folder (NULL: the one under way). */
struct lines {
	struct {
		char *folder, *text;
	} * line;
	size_t n, cap;
};

/* What would be done with a folder's messages, as its last pass had it. */
struct rehearsal {
	struct lines lines;
	struct totals sums;
	uint64_t *follow; /* keys of files that messages would follow; sorted */
	size_t nfollow;
};

/* What is done with folders before their messages are synced. */
struct placing {
	struct inventory inventory;
	struct folders_plan plan;
	unsigned round;
	size_t at, n; /* the actions under way: n from index at on */
	bool acted;   /* something was done in this round */
	bool relist;  /* on the server */
	bool on_disk; /* a job is under way */
	struct placing_command *command;
	size_t ncommands, left; /* not answered */
	bool asking_ids;        /* the commands are for MAILBOXIDs */
	bool disorder;          /* which were not answered one by one */
	struct mailbox_identity *mailbox_identity;
	struct folders_verdict *verdict; /* in this sync; owns .wire */
	size_t nverdicts;
	char **failed; /* actions that failed in this sync */
	size_t nfailed;
	/* NAMESPACE, asked for where a folder is to be made there. */
	bool asked;
	char delim;
	char *prefix;
};

/* A folder that is to be removed when all copies are made. */
struct removal {
	int64_t row;
	char *wire, *name;
	bool there; /* on the server, else here */
	bool alive; /* there is more in it than was known: it stays */
};

struct removals {
	struct removal *removal;
	size_t n, at;
	enum {
		REMOVAL_CHECK, /* does the database still know messages? */
		REMOVAL_UNSELECT,
		REMOVAL_STATUS,
		REMOVAL_DELETE,
		REMOVAL_UNSUBSCRIBE,
		REMOVAL_FORGET,
	} step;
	bool ready;        /* the server may be asked to delete it */
	imap4_id command;  /* 0: none is under way */
	uint64_t messages; /* in it, as STATUS says */
	uint64_t marked;   /* by us, \Deleted */
	bool revived;      /* one has come back to life: sync once more */
};

/* What an account said. */
struct notes {
	char **text;
	size_t n;
};

/* A server that is busy. */
struct busy {
	bool now;                  /* it said so in this sync */
	bool reached;              /* somebody could log in in this sync */
	int64_t said_ms;           /* for so long; 0: it did not say */
	char *mailbox;             /* the first that was not to be had */
	int64_t until_ms, last_ms; /* as the database has it */
};

/* Connections that broke in this sync. */
struct flights {
	struct flight before, now; /* see core/flight.h */
	bool noted;                /* now is what cost the connection */
	const struct flight_item *condemned; /* of now; or NULL */
	unsigned losses;
	bool looking; /* for what costs the connections */
	bool goes_on; /* connect again at once */
	char why[400];
};

/* Folders that are set aside. */
struct avoided_folder {
	char *name; /* for people */
	char *text; /* why */
	unsigned attempts;
	int64_t retry;
	bool fresh;    /* it came in this sync, or came again */
	bool left_out; /* it was not asked for in this sync */
	bool opened;   /* it could be had after all */
	bool changed;  /* that is not on record yet */
};

struct avoided {
	struct avoided_folder *folder;
	size_t n;
};

struct account {
	struct account_env env;
	enum account_phase phase;
	bool stopping, kicked;
	struct event *timer;
	unsigned attempt; /* failures in a row */
	struct busy busy;
	struct alerts alerts;
	int64_t down_ms; /* since when there is no connection; 0: there is */
	struct flights flights;
	struct avoided avoided;
	enum err_code code;
	char *failure; /* what that is about, from ERR_USAGE on; else NULL */
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
	struct clean_cache clean_cache; /* service only */
	size_t listing; /* commands of the listing not answered */
	bool listed;    /* LIST itself succeeded */
	struct err list_err;
	bool use_status; /* one STATUS a mailbox, for want of LIST-STATUS */
	struct claim claim;
	struct requests requests;
	struct placing placing;
	struct removals removals;
	bool restored;               /* they are done in this sync */
	const struct mailbox *trash; /* where deleted messages go, or NULL */
	/* Those that the configuration includes: indices into boxes. What
	 * follows has an entry for each. */
	size_t *listed_box;
	size_t nlisted;
	struct local_scan local_scan;
	unsigned local_scans;
	bool *unseen; /* its files could not be looked at */
	struct safety_folder *safety;
	struct agenda agenda;
	struct agenda_folder *agenda_folder;
	struct outcome *outcome;
	struct rehearsal *rehearsal; /* dry run */
	struct lost lost;
	size_t current;        /* index of the folder under way */
	enum agenda_step step; /* and what is done with it */
	struct folder *folder;
	unsigned waited;
	bool folder_cut; /* the connection broke under it */
	bool partial;    /* not all files could be looked at */
	bool no_reap;    /* something is not known: delete nothing */
};

/* Logs it and keeps the gravest code. */
void account_fail(struct account *a, const char *folder, const struct err *err);
/* Warns of what is no error; a service says it once. */
void account_remark(struct account *a, const char *text);
void account_post(struct account *a, void (*run)(struct job *),
		  void (*done)(struct job *));
void account_sync_ended(struct account *a);
/* LOGOUT was submitted: ends the sync as soon as it is sent. */
void account_leave(struct account *a);

/* Nothing more is asked of the server in this sync. */
static inline bool account_is_over(const struct account *a)
{
	return !a->session || a->stopping || a->busy.now;
}

/* account_busy.c: a server that wants to be left alone. Notes what an error
 * says of it, and makes it one of the account; true: that was said before. */
bool account_busy_take(struct account *a, const char *folder, struct err *err);
/* The same for the end of any command, also of one whose end is nobody's
 * business. */
void account_busy_hear(struct account *a, const struct imap4_event *ev);
/* Not now: true, and it is said. */
bool account_busy_waits(struct account *a);
int64_t account_busy_left_ms(const struct account *a);
/* Disk thread: what is on record, and what is to be. 0, or -1 and *err. */
int account_busy_read(struct account *a, struct err *err);
int account_busy_keep(struct account *a, struct err *err);
void account_busy_release(struct busy *b);

/* account_flight.c: what was asked when a connection broke. To be called at the
 * begin of a sync; with each event, before all others; and when the connection
 * is gone: says why. */
void account_flights_begin(struct account *a);
void account_flight_hear(struct account *a, const struct imap4_event *ev);
void account_flight_lost(struct account *a, const struct err *err);
/* Is the folder to be asked for one thing after the other? */
bool account_flight_careful(const struct account *a, const char *folder);
/* Disk thread: what is on record, and what is to be. 0, or -1 and *err. */
int account_flight_read(struct account *a, struct err *err);
int account_flight_keep(struct account *a, struct err *err);
/* It is on record. true: connect again at once. */
bool account_flight_turn(struct account *a);
void account_flights_release(struct flights *f);

/* account_avoid.c: folders that are left alone for a while, by their names for
 * people. Leaves one alone from now on. */
void account_avoid(struct account *a, const char *folder, const char *why);
/* Is it left alone in this sync? */
bool account_avoids(struct account *a, const char *folder);
/* It was, and this is another try. */
bool account_was_avoided(const struct account *a, const char *folder);
/* It could be had. */
void account_opened(struct account *a, const char *folder);
/* A sync begins; it ends, and what was left out is said. */
void account_avoided_begin(struct account *a);
void account_avoided_report(struct account *a);
/* Disk thread: what is on record, and what is to be. 0, or -1 and *err. */
int account_avoided_read(struct account *a, struct err *err);
int account_avoided_keep(struct account *a, struct err *err);
/* It is on record. */
void account_avoided_turn(struct account *a);
void account_avoided_release(struct avoided *v);

/* Connects again, and goes on. */
void account_again(struct account *a);

/* Calls account_waited() after so long. */
void account_wait(struct account *a, int64_t ms);

/* account_list.c: asks for the folders, then account_sync(). */
void account_list(struct account *a);
void account_list_event(struct account *a, const struct imap4_event *ev);
/* Is it included, by the configuration or by name? */
bool account_wants(const struct account *a, const struct mailbox *box);
/* Finds .trash. false: it is asked for, and is not there. */
bool account_find_trash(struct account *a);
/* Is the folder of that name (canonical) to be synced now? */
bool account_asked_for(const struct account *a, const char *name);

/* account_claim.c: whose mailbox it is, then account_restore() or, where there
 * are none, account_folders(). */
void account_claim(struct account *a);
void account_claim_event(struct account *a, const struct imap4_event *ev);
void claim_release(struct claim *c);

/* account_restore.c: what is wanted back, then account_sync(). */
void account_restore(struct account *a);
void account_restore_event(struct account *a, const struct imap4_event *ev);
void restore_requests_release(struct requests *w);

/* account_folders.c: makes, renames and records folders, then account_sync().
 */
void account_folders(struct account *a);
void account_folders_event(struct account *a, const struct imap4_event *ev);
/* The connection is gone. true: nothing is under way that ends by itself. */
bool account_folders_cut(struct account *a);
void placing_release(struct placing *p);
void placing_end_round(struct placing *p);
/* The census is taken and all is asked: plans, and carries out. */
void account_folders_plan(struct account *a);
/* account_ask.c: asks what the plan needs to know. false: nothing. Else
 * account_folders_plan() follows. */
bool account_ask_ids(struct account *a);
bool account_ask_namespace(struct account *a);
/* true: it was the answer to that. */
bool account_ask_event(struct account *a, const struct imap4_event *ev);
/* account_settle.c: nothing is left to be done; account_sync() follows. */
void account_folders_settle(struct account *a);
/* account_places.c: begins what the plan has at placing.at; false: there is
 * nothing to be done. account_folders_next() follows. */
bool account_places_begin(struct account *a);
void account_places_remember(struct placing *p, imap4_id id, size_t action);
void account_places_reset(struct placing *p); /* of the commands */
/* Names that a folder has by an action, owned: as the server writes it (NULL:
 * it cannot), and its directory. */
char *account_places_wire(const struct account *a,
			  const struct folders_action *f, const char *name);
char *account_places_path(const struct account *a,
			  const struct folders_action *f, const char *name);
/* The delimiter of names that are made there. */
char account_places_delim(const struct account *a);
void account_places_event(struct account *a, const struct imap4_event *ev);
void account_folders_next(struct account *a);
/* It failed: not again in this sync. */
void account_places_failed(struct account *a, const struct folders_action *f,
			   const struct err *err);
bool account_places_has_failed(struct account *a,
			       const struct folders_action *f);
/* account_outcome.c: what is left undone; sets .current. */
void account_report_outcomes(struct account *a);
/* What was deleted on one side and kept: nobody has to do anything, but
 * somebody will wonder. */
void account_report_kept(struct account *a, const struct folder_result *r);
/* account_reports.c: what is left alone and why; a dry run's lines. */
void account_folders_report(struct account *a);
/* What the plan's lines are. */
void account_folders_show(struct account *a);
/* text is owned from now on. */
void lines_add(struct lines *l, const char *folder, char *text);
void lines_release(struct lines *l);
/* account_rehearse.c: a dry run. What the folders' plan would leave behind:
 * their mailboxes, and (disk thread) their rows. 0, or -1 and .job_err. */
void account_rehearse_boxes(struct account *a);
int account_rehearse_rows(struct account *a);
/* A pass of the current folder begins; it ended so. */
void account_rehearse_begin(struct account *a);
void account_rehearse_take(struct account *a, const struct folder_result *r);
/* Would the message of that file, moved out of the folder (index in listed),
 * follow it? */
bool account_rehearse_follows(const struct account *a, size_t folder,
			      uint64_t key);
/* Shows all, and adds up. */
void account_rehearse_end(struct account *a);
void account_rehearse_release(struct account *a);
/* Not a comparison (imapsyncctl verify). */
bool account_rehearses(const struct account *a);

/* Are there rounds left in this sync? */
bool account_may_look_again(const struct account *a);

/* account_safety.c: may what is dying of a folder (its row) be deleted now? */
bool account_may_delete(const struct account *a, int64_t row,
			enum safety_side side);
/* Of any folder. */
bool account_may_reap(const struct account *a);
/* May the folder under way in the survey depend on nothing, for all that is
 * known before its pass? */
void account_safety_begin(struct account *a, size_t i, bool dirty);
void account_safety_take(struct account *a, const struct folder_result *r);

/* account_remove.c: folders that are gone on one side, when all else is done;
 * then account_finish_disk(). */
void account_remove(struct account *a);
void account_remove_event(struct account *a, const struct imap4_event *ev);
void removals_release(struct removals *r);

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
