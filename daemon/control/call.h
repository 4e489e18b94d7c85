/* SPDX-License-Identifier: MIT */
/* The other end of the control socket: asks a daemon that runs, and waits. */
#ifndef DAEMON_CONTROL_CALL_H
#define DAEMON_CONTROL_CALL_H

#include <jansson.h>

#include "daemon/base/err.h"
#include "daemon/control/request.h"

struct call;

/* Connects to the daemon whose control socket is in dir. NULL: none runs there,
 * or it is not this user's. */
struct call *call_open(const char *dir);
/* Accepts NULL. */
void call_close(struct call *c);

/* Sends a request and waits for the whole answer: lines for stdout and stderr
 * are printed as they come; value is called with each other member of an
 * answer, borrowed; it may be NULL. Returns the exit status that the daemon
 * says, or, where it does not answer, ERR_TEMP, and says so on stderr. */
int call_ask(struct call *c, const struct request *r,
	     void (*value)(void *ctx, const char *key, const json_t *value),
	     void *ctx);

#endif
