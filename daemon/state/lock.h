/* SPDX-License-Identifier: MIT */
/* One writer per account: a lock file that the kernel unlocks with its process,
 * however that ends. Private to daemon/state. */
#ifndef DAEMON_STATE_LOCK_H
#define DAEMON_STATE_LOCK_H

#include "daemon/base/err.h"

/* Locks <dir>/<account>.lock, made 0600 where it is missing; it is never
 * removed. Returns a descriptor whose close(2) unlocks; -1 and *err: ERR_TEMP
 * where somebody else has it. */
int lock_take(const char *dir, const char *account, struct err *err);

#endif
