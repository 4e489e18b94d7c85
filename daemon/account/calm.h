/* SPDX-License-Identifier: MIT */
/* Folders in which nothing stirs: a service remembers what STATUS and the
 * directories' times said when a folder was last found in sync, and need not
 * look into it while both say the same. In memory only: a start looks at
 * everything. */
#ifndef DAEMON_ACCOUNT_CALM_H
#define DAEMON_ACCOUNT_CALM_H

#include "daemon/account/mailbox.h"
#include "daemon/account/store.h"

struct calm_folder {
	char *wire;
	char *path; /* on disk */
	uint32_t uidvalidity, uidnext, messages;
	uint64_t modseq;
	struct scan_stamp stamp;
	bool stirred; /* result of calm_check() */
};

struct calm {
	struct calm_folder *folder;
	size_t n, cap;
};

/* The folder was in sync, and its directories bore stamp, when it was looked at
 * at time now_ns (wall clock). Remembers it where that can be relied upon:
 * STATUS told all, and the times are old enough for a later change to show. */
void calm_note(struct calm *c, const struct mailbox *box, const char *path,
	       const struct scan_stamp *stamp, int64_t now_ns);
/* It is not in sync, or nobody knows. */
void calm_forget(struct calm *c, const struct mailbox *box);
/* Disk thread: looks at the directories of all remembered folders. */
void calm_check(struct calm *c, int root);
/* Does STATUS, and did the directory at calm_check(), say what was remembered?
 */
bool calm_holds(const struct calm *c, const struct mailbox *box);
void calm_release(struct calm *c);

#endif
