/* SPDX-License-Identifier: MIT */
/* Where the control socket is. */
#ifndef DAEMON_CONTROL_PLACE_H
#define DAEMON_CONTROL_PLACE_H

#include <stdbool.h>

#define PLACE_NAME "control"

/* A new socket connected to the one in dir; -1 and errno. */
int place_connect(int dir);
/* A new socket bound to that name in dir, 0600, in place of an old one; -1 and
 * errno. */
int place_bind(int dir);
/* Is the process at the other end of this user, or root? */
bool place_trusts(int fd);

#endif
