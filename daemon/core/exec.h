/* SPDX-License-Identifier: MIT */
/* The executor: turns a folder's plan into effects, in batches and in an order
 * that is safe to be cut anywhere, and takes their outcomes. It does nothing
 * itself: IMAP commands, disk jobs and commits are the caller's. */
#ifndef DAEMON_CORE_EXEC_H
#define DAEMON_CORE_EXEC_H

#include "daemon/core/plan.h"

enum effect_type {
	EFFECT_FETCH,     /* get these messages, deliver and record them (W1) */
	EFFECT_ADOPT,     /* record these files */
	EFFECT_PROVE,     /* record that a listing shows them */
	EFFECT_MOVE_HERE, /* rename, sync, then move the rows; all come from
			   * the same folder */
	EFFECT_UPLOAD,    /* intents (W2), APPEND, then the rows */
	EFFECT_MOVE_THERE, /* intents (W2), MOVE, then move the rows; all go to
			    * the same folder */
	EFFECT_FLAGS_HERE, /* rename, sync, then record (W3) */
	EFFECT_STORE,      /* one command: all have the same change; record (W3)
			    */
	EFFECT_RECORD,     /* record only */
	EFFECT_FORGET,     /* drop rows */
	EFFECT_FATE,       /* all get the same one */
	EFFECT_CONFIRM,    /* ask the server once more whether they are gone */
	EFFECT_DIE_HERE,   /* mark rows; files go when all copies are made (W4)
			    */
	EFFECT_DIE_THERE,  /* mark rows; likewise */
	EFFECT_DELETE_THERE, /* delete on the server (all into the trash, or
			      * all for good), then mark rows */
	EFFECT_POSITION,     /* record the folder's position (W5) */
	EFFECT_COMMIT,       /* in its place: make durable what came */
};

struct effect {
	enum effect_type type;
	const struct action *first; /* n actions, in the plan's order */
	size_t n;
};

struct exec {
	const struct plan *plan;
	size_t fetch_batch;
	size_t limit;     /* messages of a command, 0: as many as fit */
	size_t next;      /* first action without an effect */
	size_t fetching;  /* fetch effects under way */
	size_t uploading; /* likewise */
	size_t moving;    /* MOVE_THERE under way */
	size_t in_flight; /* all effects under way */
	size_t careful;   /* one effect at a time, of so many messages; 0: no */
	bool failed;      /* something was not done: no position */
	bool unsafe;      /* a copy may be missing: nothing is deleted */
	bool confirmed;   /* the second look agreed */
	bool positioned;
	bool held; /* the position stays where it is */
};

#define EXEC_FETCH_BATCH 512
/* Fetch effects that may be under way: the next command is with the server
 * before it has answered this one. */
#define EXEC_FETCH_WINDOW 3
/* Messages of one upload effect: they share the intents' transaction and,
 * where the server has MULTIAPPEND, a command. */
#define EXEC_UPLOAD_BATCH 128
/* Messages of one move or deletion there: as many as surely fit a command. */
#define EXEC_SET_BATCH 500
/* The next batch is read from the disk while this one is being sent. */
#define EXEC_UPLOAD_WINDOW 2

/* plan is borrowed. fetch_batch: messages of one fetch effect; fewer after a
 * fetch failed, so that one bad message does not hold up the others. limit: so
 * many messages the server handles at a time (RFC 9738), 0: any number. */
void exec_init(struct exec *x, const struct plan *plan, size_t fetch_batch,
	       size_t limit);
/* One effect after the other, the first of one message, the next of two and so
 * on: where one of them breaks the connection, it is to be found. */
void exec_careful(struct exec *x);
/* Nothing more can be done on this side: what is under way ends, what depends
 * on it is left for the next pass. */
void exec_abort(struct exec *x);
/* Something has to be seen again: the position stays where it is. */
void exec_hold_position(struct exec *x);
/* The next effect that may start now: true and *out. */
bool exec_next(struct exec *x, struct effect *out);
/* An effect ended. ok false: it was not (wholly) done; what depends on it is
 * left for the next pass. */
void exec_done(struct exec *x, const struct effect *e, bool ok);
/* Nothing under way and nothing to start. */
bool exec_finished(const struct exec *x);

#endif
