/* SPDX-License-Identifier: MIT */
/* A shell command that speaks IMAP on its stdin and stdout. Both are pipes:
 * some shells take a socket for rsh's, and read other files then. Its stderr is
 * the program's. */
#ifndef LIB_NET_TUNNEL_H
#define LIB_NET_TUNNEL_H

#include "lib/net/duplex.h"

#include <stddef.h>
#include <sys/types.h>

/* Starts the command in a session of its own. 0: our ends of the pipes,
 * non-blocking, to *out, and *pid; or -1 with a text in err. */
int tunnel_open(const char *command, pid_t *pid, struct duplex *out, char *err,
		size_t errlen);
/* Ends the command and whatever it started, without waiting: SIGTERM, and
 * SIGKILL for what is still there a moment later. The pipes are to be closed
 * first. */
void tunnel_close(pid_t pid);

#endif
