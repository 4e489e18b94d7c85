/* SPDX-License-Identifier: MIT */
/* Is a Maildir that was never synced written as the configuration says? */
#ifndef DAEMON_MAILDIR_ARRANGEMENT_H
#define DAEMON_MAILDIR_ARRANGEMENT_H

#include "daemon/base/err.h"
#include "daemon/base/names.h"
#include "daemon/maildir/tree.h"

struct arrangement {
	int root;         /* the Maildir root, -1: not there */
	struct tree tree; /* as the keys have it; .inbox also for maildir++ */
	const char *maildir, *account; /* for people; borrowed */
};

/* 0, or -1 and *err, ERR_HELD: its folders have names that other keys explain
 * better, and the hint says which. there: the names that the server's mailboxes
 * are shown by; they are sorted. */
int arrangement_check(const struct arrangement *a, struct names *there,
		      struct err *err);

#endif
