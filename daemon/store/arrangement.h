/* SPDX-License-Identifier: MIT */
/* Is a Maildir that was never synced written as the configuration says? */
#ifndef DAEMON_STORE_ARRANGEMENT_H
#define DAEMON_STORE_ARRANGEMENT_H

#include "daemon/store/names.h"
#include "daemon/store/store.h"

/* Disk thread. 0, or -1 and *err, ERR_HELD: its folders have names that other
 * keys explain better, and the hint says which. there: the names that the
 * server's mailboxes are shown by; they are sorted. */
int arrangement_check(const struct store *s, struct names *there,
		      struct err *err);

#endif
