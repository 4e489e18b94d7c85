/* SPDX-License-Identifier: MIT */
/* What was changed in an account's Maildir, written down for its hook as it
 * happens: a line of JSON each, in a file of its own. Disk thread only. */
#ifndef DAEMON_HOOK_EVENT_FILE_H
#define DAEMON_HOOK_EVENT_FILE_H

#include <stdio.h>

#include "daemon/store/store_event.h"

struct event_file {
	const char *dir;     /* where it is made; borrowed */
	const char *account; /* part of its name; borrowed */
	unsigned serial;
	char *path; /* NULL: there was nothing since the last one was taken, or
		     * it cannot be written */
	FILE *out;
	size_t count[STORE_EVENT_KINDS];
};

/* Adds a line; makes the file (0600) with the first one. */
void event_file_add(struct event_file *f, const struct store_event *e);
/* What is given away: the file is closed and the next event makes another. */
struct event_batch {
	char *path; /* owned; NULL: none could be written */
	size_t count[STORE_EVENT_KINDS];
};
void event_file_take(struct event_file *f, struct event_batch *out);
/* Removes the file, too. */
void event_batch_release(struct event_batch *b);

#endif
