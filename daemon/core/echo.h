/* SPDX-License-Identifier: MIT */
/* What a watcher tells of files while a sync runs: which of it is the echo of
 * what the sync itself wrote? Both are gathered, and compared when the sync has
 * ended: a file that came is ours if that name was written, once for each time
 * that it was; one that went, if it is the other end of a rename of ours, or
 * was taken away by us. All else is news. Pure. */
#ifndef DAEMON_CORE_ECHO_H
#define DAEMON_CORE_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More events, or names, than this: any folder that had some may have news. */
#define ECHO_MOST 65536

struct echo_event {
	uint64_t name;   /* a hash of the file's */
	uint32_t folder; /* a number of the caller's */
	uint32_t cookie; /* both ends of a rename have the same; 0: none */
	bool came;       /* else it went */
};

struct echo {
	struct echo_event *event;
	size_t n, cap;
	uint64_t *written; /* names, in any order */
	size_t nwritten, writtencap;
	bool overflow; /* some were not kept */
	uint32_t last; /* then: the folder of the last event */
};

/* Each: 0, or -1: no memory. names NULL: more than are worth to be kept. */
int echo_heard(struct echo *e, const struct echo_event *event);
int echo_wrote(struct echo *e, const uint64_t *names, size_t n);
/* Calls news for each event that is none of ours, and forgets all. */
void echo_judge(struct echo *e, void (*news)(void *ctx, uint32_t folder),
		void *ctx);
void echo_release(struct echo *e);

#endif
