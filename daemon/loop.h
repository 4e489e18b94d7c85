/* SPDX-License-Identifier: MIT */
/* The event loop, the disk thread and the signals, for one sync and for a
 * service alike. */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/account/report.h"

struct disk;
struct event;
struct event_base;

#define LOOP_SIGNALS 5

struct loop {
	struct event_base *base;
	struct disk *disk;
	struct report report; /* set before loop_init() */
	struct event *signal[LOOP_SIGNALS];
	struct event *deadline;
	int status; /* exit status so far */
	/* SIGTERM, SIGINT, SIGHUP, SIGUSR1 or SIGUSR2. */
	void (*on_signal)(void *ctx, int signal);
	void *ctx;
};

/* 0, or -1: that was said, and the exit status is .status. */
int loop_init(struct loop *l);
/* What is to stop has a few seconds; then the process ends with .status. */
void loop_limit(struct loop *l);
void loop_run(struct loop *l);
/* loop_run() returns as soon as it can. */
void loop_break(struct loop *l);
/* The disk thread ends when it has done all there is. */
void loop_end_disk(struct loop *l);
void loop_release(struct loop *l);

#endif
