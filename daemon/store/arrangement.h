/* SPDX-License-Identifier: MIT */
/* Is a Maildir that was never synced written as the configuration says? */
#ifndef DAEMON_STORE_ARRANGEMENT_H
#define DAEMON_STORE_ARRANGEMENT_H

#include "daemon/remote/mailbox.h"
#include "daemon/store/store.h"

/* Disk thread. 0, or -1 and *err, ERR_HELD: its folders have names that other
 * keys explain better, and the hint says which. */
int arrangement_check(const struct store *s, const struct mailboxes *boxes,
		      struct err *err);

#endif
