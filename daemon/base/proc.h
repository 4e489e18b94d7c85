/* SPDX-License-Identifier: MIT */
/* Runs a command whose output is a secret, while the event loop goes on. What
 * it prints is bounded, and wiped as soon as it was handed over. */
#ifndef DAEMON_BASE_PROC_H
#define DAEMON_BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/err.h"

struct event_base;
struct proc;

/* Borrowed, valid during the callback. */
struct proc_result {
	bool ok;          /* it exited 0, in time */
	char status[64];  /* "exited 2", "was killed by signal 9", "did not end
			   * within 60 s" */
	const char *line; /* first line of its output without the line end */
	size_t len;
	bool cut;        /* the line is longer than was allowed */
	char error[200]; /* first line of its stderr, cut; "": none */
};

struct proc_job {
	const char *command;      /* for /bin/sh -c */
	char *const *environment; /* ended by NULL; NULL: as ours */
	int64_t timeout_ms; /* more than 0; then its process group is killed */
	size_t max_output;  /* in bytes; what it prints beyond is thrown away */
	/* Called once, from the loop, never from proc_start(); the handle is
	 * dead then. */
	void (*done)(void *ctx, const struct proc_result *r);
	void *ctx;
};

/* Starts the command in a session of its own: stdin is /dev/null, stdout and
 * stderr are read, no other descriptor is open. What it leaves running in the
 * background is left alone. job is not kept. SIGCHLD must not be ignored.
 * 0, or -1 and *err (ERR_TEMP): it could not be started. */
int proc_start(struct event_base *base, const struct proc_job *job,
	       struct proc **out, struct err *err);
/* Kills it; done is not called. Accepts NULL. */
void proc_cancel(struct proc *p);

#endif
