/* SPDX-License-Identifier: MIT */
/* The names of all files of a folder, by their keys. Names grow old where other
 * programs rename: they are a guess, and save a pass over the folder where it
 * is right. */
#ifndef DAEMON_MAILDIR_LISTING_H
#define DAEMON_MAILDIR_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/maildir/maildir.h"

struct listing_file {
	uint64_t key;
	bool in_new;
	char *name;
};

struct listing {
	struct listing_file *file; /* by key, then by name, cur/ before new/ */
	size_t n, cap;
};

/* Lists new/ and cur/. 0, or -1 and *err: a listing that failed half-way. */
int listing_read(const struct maildir *m, struct listing *out, struct err *err);
/* The first of that key, or NULL. */
const struct listing_file *listing_find(const struct listing *n, uint64_t key);
/* Accepts one that is all zero. */
void listing_release(struct listing *n);

#endif
