/* SPDX-License-Identifier: MIT */
/* Folders that the server refuses to open or to make, or at which it hangs up:
 * left alone for a while, so that they cost no sync more than a line. All by
 * their names for people. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_AVOID_H
#define DAEMON_ACCOUNT_ACCOUNT_AVOID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/err.h"

struct account;

struct avoided_folder {
	char *name;
	char *text; /* why */
	unsigned attempts;
	int64_t retry;
	bool fresh;    /* it came in this sync, or came again */
	bool left_out; /* it was not asked for in this sync */
	bool opened;   /* it could be had after all */
	bool changed;  /* that is not on record yet */
};

struct avoided {
	struct avoided_folder *folder;
	size_t n;
};

/* Leaves one alone from now on. */
void account_avoid(struct account *a, const char *folder, const char *why);
/* Is it left alone in this sync? */
bool account_avoids(struct account *a, const char *folder);
/* It was, and this is another try. */
bool account_was_avoided(const struct account *a, const char *folder);
/* It could be had. */
void account_opened(struct account *a, const char *folder);
/* A sync begins; it ends, and what was left out is said. */
void account_avoided_begin(struct account *a);
void account_avoided_report(struct account *a);
/* Disk thread: what is on record, and what is to be. 0, or -1 and *err. */
int account_avoided_read(struct account *a, struct err *err);
int account_avoided_keep(struct account *a, struct err *err);
/* It is on record. */
void account_avoided_turn(struct account *a);
void account_avoided_release(struct avoided *v);

#endif
