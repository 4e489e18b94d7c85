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

/* Starts /bin/sh -c command in a session of its own: stdin is /dev/null, stdout
 * and stderr are read, no other descriptor is open. After timeout_ms its
 * process group is killed. Output beyond max_output bytes is thrown away.
 * done is called once, from the loop, never from here; *out is dead then. What
 * the command left running in the background is left alone. SIGCHLD must not
 * be ignored.
 * 0, or -1 and *err (ERR_TEMP): it could not be started. */
int proc_start(struct event_base *base, const char *command, int64_t timeout_ms,
	       size_t max_output,
	       void (*done)(void *ctx, const struct proc_result *r), void *ctx,
	       struct proc **out, struct err *err);
/* Kills it; done is not called. Accepts NULL. */
void proc_cancel(struct proc *p);

#endif
