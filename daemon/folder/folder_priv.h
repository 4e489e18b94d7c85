/* SPDX-License-Identifier: MIT */
/* What the files of a folder's sync share: folder.c passes, folder_list.c
 * looks, folder_claims.c what is believed, folder_plan.c what is planned,
 * folder_show.c a dry run,
 * folder_verify.c a comparison, folder_run.c effects, folder_body.c what comes
 * in, folder_upload.c, folder_move.c and folder_delete.c what goes out.
 */
#ifndef DAEMON_FOLDER_FOLDER_PRIV_H
#define DAEMON_FOLDER_FOLDER_PRIV_H

#include "daemon/folder/flag_map.h"
#include "daemon/folder/folder.h"
#include "daemon/folder/pairing.h"
#include "daemon/remote/body.h"
#include "daemon/remote/remote_list.h"
#include "daemon/store/discard.h"
#include "daemon/store/transfer.h"
#include "daemon/store/upload.h"

/* Listings of a sync that lack messages: the server will not do better. */
#define SHORT_LISTINGS 2

/* An effect under way. It ends when nothing of it is under way any more: no
 * command, no job. */
struct run {
	struct job job;
	struct folder *folder;
	struct effect effect;
	struct action *own; /* the actions to record, where they are fewer than
			     * the effect's; owned */
	size_t commands;    /* not answered yet */
	bool on_disk;       /* a job is under way */
	bool failed;
	bool drain;      /* waits for the sink to be empty */
	size_t not_done; /* messages that the disk side could not do */
	struct err err;
	int result;
	/* EFFECT_UPLOAD */
	struct upload upload;
	bool sending;      /* begun, and not recorded yet */
	size_t asked_item; /* the message that the engine asked for */
	uint64_t asked;    /* so much of it; 0: it did not */
	uint64_t skip;     /* bytes that nobody wants any more */
	imap4_id asked_id;
	/* EFFECT_MOVE_THERE, EFFECT_DELETE_THERE */
	struct transfer transfer;
	struct discard discard;
	struct run *next;
};

struct command {
	imap4_id id;
	struct run *run;
	size_t item; /* EFFECT_UPLOAD: which; SIZE_MAX: all */
};

enum folder_phase {
	FOLDER_OPENING,
	FOLDER_LISTING,
	FOLDER_PAIRING,
	FOLDER_RUNNING,
	FOLDER_VERIFYING,
	FOLDER_ENDING, /* waits for the disk */
};

struct folder {
	struct folder_env env;
	const struct mailbox *box;
	enum folder_phase phase;
	struct folder_result result;
	unsigned pass;
	size_t fetch_batch;
	bool over_quota; /* one message did not fit */
	bool one_by_one; /* send each message by a command of its own */
	bool again;      /* something moved: look once more */
	bool stopped;    /* no further pass */
	unsigned resets; /* because its UIDs mean other messages */
	unsigned short_listings;
	uint32_t slid; /* see struct horizon: the most that any pass saw */
	size_t jobs;   /* disk jobs under way */
	struct store_view view;
	struct flag_map flag_map;
	struct remote_list remote_list;
	struct pairing *pairing;
	struct move_here *moved_here; /* of this pass; owned */
	size_t nmoved_here;
	size_t set_aside; /* the plan counts them as skipped */
	struct plan plan;
	bool planned; /* plan is set up */
	uint64_t there_mask;
	uint32_t uid_next;     /* the lowest that a message sent now may get */
	struct verify *verify; /* NULL: none is under way */
	struct exec exec;
	struct sink *sink;
	bool paused;
	struct run *runs;
	struct command *command;
	size_t ncommands, command_cap;
	struct body body;   /* that comes in */
	uint64_t too_large; /* its octets, where it is not to be kept */
	/* Which of the plan's FETCH actions came; they are its first. */
	bool *got;
	size_t nfetch;
	size_t committed;
};

/* A job of the folder's own, not of an effect. Comes first in what it needs
 * besides. */
struct folder_job {
	struct job job;
	struct folder *folder;
	int result; /* negative: .err */
	struct err err;
};
void folder_post(struct folder *f, struct folder_job *j,
		 void (*run)(struct job *j), void (*done)(struct job *j));
/* To be called first by every done(). false: it failed, which is noted. */
bool folder_job_done(struct folder_job *j);
/* A done() that is all: frees the job; without what it was to do there is no
 * further pass. */
void folder_job_over(struct job *j);

/* folder_list.c: begins the look, once the folder is open; the look ended. */
void folder_list(struct folder *f);
void folder_listed(struct folder *f);
/* What this comes to: the files that nobody knows may be what is new there,
 * then the plan; or another pass, in place of this one. */
void folder_pair(struct folder *f);
void folder_reopen(struct folder *f);
/* folder_claims.c: what the server said of messages that it was sent is
 * compared with what it shows; rows that are not to be believed are dropped. */
void folder_settle_claims(struct folder *f);
/* The files of rows that are only claimed, for pair_has_key(); owned. */
uint64_t *folder_claimed_keys(const struct folder *f, size_t *n);
/* folder_plan.c: files that are not to be sent now; what became of what was
 * sent and not answered; then the plan. */
void folder_mark_waiting(struct folder *f);
void folder_resolve_intents(struct folder *f);
void folder_make_plan(struct folder *f);
/* folder_aside.c: messages that the server lists but does not send. Is one of
 * them to be asked for? */
bool folder_aside_due(const struct folder *f);
/* Once both sides are known, before the plan: leaves out what is not due. */
void folder_aside_mark(struct folder *f);
/* This one was not sent; or it has so many octets, and is left out until
 * max_size is raised. */
void folder_aside_put(struct folder *f, uint32_t uid, const struct err *err,
		      uint64_t too_large);
/* folder_hold.c: may it be another mailbox, so that what is on both sides must
 * not be paired and the rest merged? If so, says it, then ends. */
bool folder_is_held(struct folder *f);
/* folder_show.c: shows the plan and what would come of it, then ends. */
void folder_show(struct folder *f);
/* Leaves out what other folders would have taken over by now. */
void folder_show_found(struct folder *f);

/* folder_verify.c: compares instead, then ends. */
struct verify;
void folder_verify(struct folder *f);
void folder_verify_event(struct folder *f, const struct imap4_event *ev);
/* The connection is gone. */
void folder_verify_stop(struct folder *f);

/* No further pass: what came whole is made durable, then the folder is done. */
void folder_end(struct folder *f);
/* The connection's, or NULL: it is gone. */
struct imap4_engine *folder_engine(struct folder *f);
struct imap4_conn *folder_conn(struct folder *f);
/* Sends what was submitted. */
void folder_flush(struct folder *f);
/* Keeps the gravest error. */
void folder_fail(struct folder *f, const struct err *err);
/* Starts what may start; ends the pass where all is done. */
void folder_pump(struct folder *f);
/* The pass's effects are all done: called by folder_pump(). */
void folder_pass_done(struct folder *f);
/* Messages or files moved to that folder. */
void folder_mark_dirty(struct folder *f, int64_t id);

/* Events while effects run. */
void folder_run_event(struct folder *f, const struct imap4_event *ev);
/* Sets up the sink; before the first effect of a pass. */
void folder_run_begin(struct folder *f);
/* The connection is gone: its commands are not answered any more. */
void folder_run_cut(struct folder *f);
/* Ends what is under way without the connection: what came whole is kept. */
void folder_run_abandon(struct folder *f);
void folder_run_release(struct folder *f);
/* A command was answered, or its end was LOST. */
void folder_run_answered(struct run *r, size_t item,
			 const struct imap4_event *ev);
/* Of FETCH, STORE and CONFIRM: what the answer says. */
void folder_body_answered(struct run *r, const struct imap4_event *ev);
/* The sink moved on: starts what waited for it. */
void folder_drained(struct folder *f);
/* Ends the folder's sync if nothing is under way any more. */
void folder_check_end(struct folder *f);

/* The actions that an effect is still about. */
const struct action *run_actions(const struct run *r);
/* Takes those out that the set names; the rest is r->own. */
void run_leave_out(struct run *r, const struct imap4_set *set);
/* Posts a job of the effect; done is called on the loop, and r->result and
 * r->err have what came of it. */
void run_post(struct run *r, void (*run)(struct job *j),
	      void (*done)(struct job *j));
/* To be called first by every done(). */
void run_job_done(struct run *r);
/* Notes that a command belongs to the effect; submitted is what the submit call
 * returned. 0, or -1: nothing was submitted, the effect has failed. */
int run_remember(struct run *r, int submitted, imap4_id id, size_t item);
/* Calls fn for the effect's UIDs, in sets that fit a line, until it returns
 * other than 0. */
void run_each_set(struct run *r, int (*fn)(struct run *r, const char *set));
/* The effect ended: the run is gone. */
void run_done(struct run *r, bool ok);

/* Each effect with more than one step: its start, and an answer to one of its
 * commands (where LOST, nothing more can be sent). `cut`: the connection went
 * without answers. */
void run_upload_start(struct run *r);
void run_upload_asked(struct run *r, const struct imap4_event *ev);
void run_upload_answered(struct run *r, size_t item,
			 const struct imap4_event *ev);
void run_upload_cut(struct run *r);
void run_move_start(struct run *r);
void run_move_answered(struct run *r, const struct imap4_event *ev);
/* An untagged OK with COPYUID. */
void run_move_told(struct run *r, const struct imap4_event *ev);
void run_move_cut(struct run *r);
void run_delete_start(struct run *r);
void run_delete_answered(struct run *r, const struct imap4_event *ev);
void run_delete_told(struct run *r, const struct imap4_event *ev);
void run_delete_cut(struct run *r);

#endif
