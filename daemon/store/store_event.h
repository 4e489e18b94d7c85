/* SPDX-License-Identifier: MIT */
/* What was changed in a Maildir, told as soon as it is on record. */
#ifndef DAEMON_STORE_STORE_EVENT_H
#define DAEMON_STORE_STORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct local_folder;
struct action;
struct change;
struct delivered;

enum store_event_kind {
	STORE_EVENT_NEW,
	STORE_EVENT_CHANGED, /* flags or keywords */
	STORE_EVENT_MOVED,
	STORE_EVENT_DELETED, /* to the trash */
};
#define STORE_EVENT_KINDS 4

/* Borrowed for the call. */
struct store_event {
	enum store_event_kind kind;
	const char *folder; /* its name for people */
	const char *path;   /* of the file, absolute; deleted: where it was */
	uint32_t uid;
};

/* Of the disk thread. */
struct store_listener {
	void (*tell)(void *ctx, const struct store_event *e);
	void *ctx;
};

/* More files than this are no longer told apart. */
#define STORE_WRITTEN_MOST 65536

/* What was written in a sync, for who watches the directories: those that are
 * told of above. */
struct store_written {
	bool on;        /* else nothing is noted */
	bool tree;      /* a directory was made, renamed or removed */
	uint64_t *name; /* hashes of the files' names; NULL beyond
			 * STORE_WRITTEN_MOST of them */
	size_t n, cap;
};

/* For the store itself; each does nothing where nobody listens. Those of n
 * changes that were done. */
void store_tell_new(struct store *s, const struct delivered *d, size_t n);
void store_tell_changed(struct store *s, const struct action *a,
			const struct change *c, size_t n);
void store_tell_moved(struct store *s, const struct action *a,
		      const struct change *c, size_t n);
/* One file that was in folder f. */
void store_tell_deleted(struct store *s, const struct local_folder *f,
			uint32_t uid, const struct change *c);

#endif
