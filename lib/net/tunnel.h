/* SPDX-License-Identifier: MIT */
/* A shell command that speaks IMAP on its stdin and stdout, at the other end of
 * a socket pair. Its stderr is the program's. */
#ifndef LIB_NET_TUNNEL_H
#define LIB_NET_TUNNEL_H

#include <stddef.h>
#include <sys/types.h>

/* Starts the command in a session of its own. Returns our end of the socket
 * pair, non-blocking, and sets *pid; or -1 with a text in err. */
int tunnel_open(const char *command, pid_t *pid, char *err, size_t errlen);
/* Ends the command and whatever it started, without waiting: SIGTERM, and
 * SIGKILL for what is still there a moment later. The socket is to be closed
 * first. */
void tunnel_close(pid_t pid);

#endif
