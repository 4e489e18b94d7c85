/* SPDX-License-Identifier: MIT */
/* Finds the present names of files by their keys, in one directory pass. */
#ifndef DAEMON_MAILDIR_FIND_H
#define DAEMON_MAILDIR_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/maildir/maildir.h"

/* Calls fn for each file in new/ and cur/ whose key is among keys (n, sorted):
 * i is the key's index. fn may rename or remove the file; a result other than 0
 * ends the pass and is returned. -1 and *err: a directory cannot be read. */
int find_files(const struct maildir *m, const uint64_t *keys, size_t n,
	       int (*fn)(void *ctx, size_t i, const char *file, bool in_new),
	       void *ctx, struct err *err);

#endif
