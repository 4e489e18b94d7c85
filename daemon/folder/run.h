/* SPDX-License-Identifier: MIT */
/* Effects of a folder's plan while they are under way. run.c starts them in the
 * executor's order; each kind has a file of its own. */
#ifndef DAEMON_FOLDER_RUN_H
#define DAEMON_FOLDER_RUN_H

#include "daemon/folder/folder_priv.h"

/* Where a server is told about more octets of UIDs than these (RFC 7162 4:
 * lines of more than about 8,000 are refused by some), it is told in several
 * commands. */
#define RUN_SET_BYTES 7000

struct run;

/* A kind of effect. Those that it does not have are NULL. */
struct run_kind {
	size_t size; /* of its struct, which begins with struct run */
	void (*start)(struct run *r);
	/* Everything that came is on disk; of those that run_drain(). */
	void (*drained)(struct run *r);
	/* A command was answered, or its end was LOST: nothing more can be
	 * sent. */
	void (*answered)(struct run *r, size_t item,
			 const struct imap4_event *ev);
	/* The engine wants octets of a message. */
	void (*asked)(struct run *r, size_t item, const struct imap4_event *ev);
	/* What the server says meanwhile, also before the first command:
	 * IMAP4_EV_STATUS, and IMAP4_EV_FETCH without a body. */
	void (*told)(struct run *r, const struct imap4_event *ev);
	/* The connection went without answers; no job is under way. */
	void (*cut)(struct run *r);
	/* What of it may have cost the connection. */
	void (*in_flight)(const struct run *r, struct flight *out);
	void (*release)(struct run *r);
};

extern const struct run_kind run_fetch, run_store, run_upload, run_move,
    run_delete, run_confirm, run_position, run_commit, run_record;

/* An effect under way. It ends when nothing of it is under way any more: no
 * command, no job. */
struct run {
	const struct run_kind *kind;
	struct folder *folder;
	struct effect effect;
	struct action *own; /* the actions to record, where they are fewer than
			     * the effect's; owned */
	size_t commands;    /* not answered yet */
	bool on_disk;       /* a job is under way */
	bool failed;
	bool drain; /* waits for the sink to be empty */
	struct run *next;
};

/* Among actions sorted by UID, or NULL. */
const struct action *run_find(const struct action *a, size_t n, uint32_t uid);
/* The actions that an effect is still about. */
const struct action *run_actions(const struct run *r);
/* Takes those out that the set names; the rest is r->own. */
void run_leave_out(struct run *r, const struct imap4_set *set);
/* Posts a job of the effect; done is called on the loop. */
void run_post(struct run *r, struct store_job *j, void (*run)(struct job *j),
	      void (*done)(struct job *j));
/* To be called first by every done(): whose it is. */
struct run *run_job_done(struct job *j);
/* The same of a job that may fail, which is noted; NULL: it did, and the run is
 * gone. */
struct run *run_job_ended(struct job *j);
/* Notes that a command belongs to the effect; submitted is what the submit call
 * returned. 0, or -1: nothing was submitted, the effect has failed. */
int run_remember(struct run *r, int submitted, imap4_id id, size_t item);
/* Calls fn for the effect's UIDs, in sets that fit a line and that a server
 * handles at a time, until it returns other than 0. */
void run_each_set(struct run *r, int (*fn)(struct run *r, const char *set));
/* The same, where there is a connection; without a command the run is gone. */
void run_submit(struct run *r, int (*fn)(struct run *r, const char *set));
/* Makes durable what came, then calls kind->drained(). */
void run_drain(struct run *r);
/* Posts record.c's job, which is this effect's whole, or its last part. */
struct run_recording {
	struct run run;
	struct store_effect_job job;
};
void run_record_start(struct run *r);
/* The effect ended: the run is gone. */
void run_done(struct run *r, bool ok);

/* Starts what may start; ends the pass where all is done. */
void run_pump(struct folder *f);
/* Sets up the sink; before the first effect of a pass. */
void run_begin(struct folder *f);
/* Events while effects run. */
void run_event(struct folder *f, const struct imap4_event *ev);
/* The connection is gone: its commands are not answered any more. */
void run_cut(struct folder *f);
/* Ends what is under way without the connection: what came whole is kept. */
void run_abandon(struct folder *f);
void run_release(struct folder *f);

/* fetch.c: the body that comes in. */
void intake_begin(struct folder *f);
void intake_event(struct folder *f, const struct imap4_event *ev);
/* The rest of the body will not come. */
void intake_abandon(struct folder *f);
void intake_release(struct folder *f);
/* Messages are durable, and recorded. */
void intake_committed(struct folder *f, size_t n);

#endif
