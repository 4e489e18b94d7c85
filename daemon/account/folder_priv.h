/* SPDX-License-Identifier: MIT */
/* What folder.c (passes) and folder_run.c (effects) share. */
#ifndef DAEMON_ACCOUNT_FOLDER_PRIV_H
#define DAEMON_ACCOUNT_FOLDER_PRIV_H

#include "daemon/account/folder.h"
#include "daemon/account/look.h"
#include "daemon/account/pairing.h"
#include "daemon/account/vocabulary.h"

/* An effect under way. */
struct run {
	struct job job;
	struct folder *folder;
	struct effect effect;
	struct action *own; /* the actions to record, where they are fewer than
			     * the effect's; owned */
	size_t commands;    /* not answered yet */
	bool failed;
	bool drain;      /* waits for the sink to be empty */
	size_t not_done; /* messages that the disk side could not do */
	struct err err;
	int result;
	struct run *next;
};

struct command {
	imap4_id id;
	struct run *run;
};

enum folder_phase {
	FOLDER_OPENING,
	FOLDER_LOOKING,
	FOLDER_PAIRING,
	FOLDER_RUNNING,
	FOLDER_ENDING, /* waits for the disk */
};

struct folder {
	struct folder_env env;
	const struct mailbox *box;
	enum folder_phase phase;
	struct folder_result result;
	unsigned pass;
	size_t fetch_batch;
	bool again;   /* something moved: look once more */
	bool stopped; /* no further pass */
	size_t jobs;  /* disk jobs under way */
	struct store_view view;
	struct vocabulary vocabulary;
	struct look look;
	struct pairing *pairing;
	struct plan plan;
	bool planned; /* plan is set up */
	struct exec exec;
	struct sink *sink;
	bool paused;
	struct run *runs;
	struct command *command;
	size_t ncommands, command_cap;
	/* The message whose body comes in. */
	bool body_open, body_whole;
	/* Which of the plan's FETCH actions came; they are its first. */
	bool *got;
	size_t nfetch;
	size_t committed;
};

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
/* All commands of an effect are answered. */
void folder_commands_done(struct run *r);
/* The sink moved on: starts what waited for it. */
void folder_drained(struct folder *f);
/* Events while effects run. */
void folder_run_event(struct folder *f, const struct imap4_event *ev);
/* Sets up the sink; before the first effect of a pass. */
void folder_run_begin(struct folder *f);
/* The connection is gone: its commands are not answered any more. */
void folder_run_cut(struct folder *f);
/* Ends what is under way without the connection: what came whole is kept. */
void folder_run_abandon(struct folder *f);
void folder_run_release(struct folder *f);
/* Ends the folder's sync if nothing is under way any more. */
void folder_check_end(struct folder *f);

#endif
