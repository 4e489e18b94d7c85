/* SPDX-License-Identifier: MIT */
/* What the files of a folder's sync share: folder.c passes, folder_list.c
 * the look at the server, folder_claims.c what is believed, folder_plan.c what
 * is planned, folder_show.c a dry run, verify.c a comparison, run.c effects
 * (run.h).
 */
#ifndef DAEMON_FOLDER_FOLDER_PRIV_H
#define DAEMON_FOLDER_FOLDER_PRIV_H

#include "daemon/folder/folder.h"
#include "daemon/folder/pairing.h"
#include "daemon/folder/sink.h"
#include "daemon/remote/body.h"
#include "daemon/remote/flag_map.h"
#include "daemon/remote/remote_list.h"
#include "daemon/store/store_job.h"

enum folder_phase {
	FOLDER_OPENING,
	FOLDER_LISTING,
	FOLDER_PAIRING,
	FOLDER_RUNNING,
	FOLDER_VERIFYING,
	FOLDER_ENDING, /* waits for the disk */
};

/* What was learned in the passes before. */
struct folder_past {
	unsigned passes;
	size_t fetch_batch;
	bool over_quota; /* one message did not fit */
	bool one_by_one; /* send each message by a command of its own */
	unsigned resets; /* because its UIDs mean other messages */
	unsigned short_listings;
	uint32_t slid; /* see struct horizon: the most that any pass saw */
};

struct command {
	imap4_id id;
	struct run *run;
	size_t item; /* of an upload: which; SIZE_MAX: all */
};

/* The effects of a pass that are under way. */
struct runs {
	struct exec exec;
	struct run *first;
	struct command *command;
	size_t ncommands, cap;
	struct sink *sink;
	bool paused; /* nothing is read from the connection */
};

/* Bodies that come in. */
struct intake {
	struct body body;
	uint64_t too_large; /* its octets, where it is not to be kept */
	/* Which of the plan's FETCH actions came; they are its first n. */
	bool *got;
	size_t n;
	size_t committed;
};

struct folder {
	struct folder_env env;
	const struct mailbox *box;
	enum folder_phase phase;
	struct folder_result result;
	struct folder_past past;
	bool again;   /* something changed meanwhile: look once more */
	bool stopped; /* no further pass */
	size_t jobs;  /* disk jobs under way */
	/* Of this pass. */
	struct store_view view;
	uint32_t *aside; /* the UIDs of view.aside; owned */
	struct flag_map flag_map;
	struct remote_list remote_list;
	struct pairing *pairing;
	struct move_here *moved_here; /* owned */
	size_t nmoved_here;
	size_t set_aside; /* the plan counts them as skipped */
	struct plan plan;
	bool planned; /* plan is set up */
	uint64_t there_mask;
	uint32_t uid_next;     /* the lowest that a message sent now may get */
	struct verify *verify; /* NULL: none is under way */
	struct runs runs;
	struct intake intake;
};

/* Posts a job of the folder's own, not of an effect: one that store_job.h
 * has. */
void folder_post(struct folder *f, struct store_job *j,
		 void (*run)(struct job *j), void (*done)(struct job *j));
/* Whose it is. */
struct folder *folder_of(const struct job *j);
/* To be called first by every done(). false: it failed, which is noted. */
bool folder_job_done(struct job *j);
/* The rest of a done() that is all, once the job is freed: if it failed there
 * is no further pass. */
void folder_job_over(struct folder *f, bool ok);

/* folder_list.c: begins the look, once the folder is open; the look ended. */
void folder_list(struct folder *f);
void folder_listed(struct folder *f);
/* What this comes to: the files that nobody knows may be what is new there,
 * then the plan; or another pass, in place of this one. */
void folder_pair(struct folder *f);
void folder_reopen(struct folder *f);
/* folder_claims.c: what the server said of messages that it was sent is
 * compared with what it shows; rows that are not to be believed are dropped. */
void folder_check_claims(struct folder *f);
/* The files of rows that are only claimed, for pair_has_key(); owned. */
uint64_t *folder_claimed_keys(const struct folder *f, size_t *n);
/* folder_plan.c: files that are not to be sent now; the outcome of what was
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

/* verify.c: compares instead, then ends. */
void folder_verify(struct folder *f);
void folder_verify_event(struct folder *f, const struct imap4_event *ev);
/* The connection is gone. */
void folder_verify_stop(struct folder *f);

/* No further pass: what came whole is made durable, then the folder is done. */
void folder_end(struct folder *f);
/* The connection's, or NULL: it is gone. */
struct imap4_engine *folder_engine(struct folder *f);
/* Sends what was submitted. */
void folder_flush(struct folder *f);
/* Keeps the gravest error. */
void folder_fail(struct folder *f, const struct err *err);
/* The pass's effects are all done. */
void folder_pass_done(struct folder *f);
/* Ends the folder's sync if nothing is under way any more. */
void folder_check_end(struct folder *f);

#endif
