/* SPDX-License-Identifier: MIT */
/* Is told of what changes in directories: inotify(7). One for all accounts, as
 * a user may have few of them. Where another system has other means, they fit
 * behind this. */
#ifndef DAEMON_WATCH_DIRWATCH_H
#define DAEMON_WATCH_DIRWATCH_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct dirwatch;

enum dirwatch_kind {
	DIRWATCH_FILES, /* new/ or cur/: files */
	DIRWATCH_TREE,  /* what directories are in it, and in turn */
};

struct dirwatch_event {
	enum dirwatch_kind kind;
	uint32_t tag;     /* of the directory */
	const char *name; /* of the file; borrowed */
	bool came;        /* it is new, or was written; else it is gone */
	uint32_t cookie;  /* both ends of a rename have the same; 0: none */
};

/* One account's directories. */
struct dirwatch_owner {
	void (*told)(void *ctx, const struct dirwatch_event *e);
	/* Some was not told: anything may have changed. */
	void (*lost)(void *ctx);
	void *ctx;
	unsigned turn; /* dirwatch's own */
};

/* NULL and errno. */
struct dirwatch *dirwatch_new(struct event_base *base);
/* For dirwatch_add(), of any thread. */
int dirwatch_fd(const struct dirwatch *d);
/* Watches a directory: its handle, or -1 and errno. May wait for a disk. What
 * happens before dirwatch_set() says whose it is, lost() tells. */
int dirwatch_add(int fd, const char *path, enum dirwatch_kind kind);
/* Between begin and end: all that an owner has by now. What is not set again is
 * watched no more. */
void dirwatch_begin(struct dirwatch_owner *o);
void dirwatch_set(struct dirwatch *d, struct dirwatch_owner *o, int handle,
		  enum dirwatch_kind kind, uint32_t tag);
void dirwatch_end(struct dirwatch *d, struct dirwatch_owner *o);
/* It has no directories any more. Accepts NULL for d. */
void dirwatch_drop(struct dirwatch *d, struct dirwatch_owner *o);
/* Tells everything that has happened so far. */
void dirwatch_drain(struct dirwatch *d);
/* Accepts NULL. Owners are not told. */
void dirwatch_free(struct dirwatch *d);

#endif
