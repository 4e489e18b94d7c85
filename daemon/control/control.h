/* SPDX-License-Identifier: MIT */
/* The control socket: <runtime_dir>/control, for the same user and root. A
 * client sends a request (request.h), a line; it is answered by lines that are
 * JSON objects {"out": TEXT}, {"err": TEXT}, {"status": {...}}, and at last
 * {"exit": N}; then it may send another one. A client that sends anything else,
 * too much, too slowly, or does not read, is closed, and nothing else happens.
 */
#ifndef DAEMON_CONTROL_CONTROL_H
#define DAEMON_CONTROL_CONTROL_H

#include <jansson.h>

#include "daemon/base/err.h"
#include "daemon/control/request.h"

struct event_base;
struct control;
struct control_client;

struct control_handler {
	/* To be answered by control_end(), now or later. r is borrowed for the
	 * call. */
	void (*request)(void *ctx, struct control_client *c,
			const struct request *r);
	/* It went away before it was answered, and is dead now. */
	void (*gone)(void *ctx, struct control_client *c);
	void *ctx;
};

/* Makes the directory (0700) and the socket (0600) in it. NULL and *err: the
 * directory cannot be made or is not the user's own, or another daemon has it
 * (ERR_TEMP). */
struct control *control_new(struct event_base *base, const char *dir,
			    const struct control_handler *handler,
			    struct err *err);
/* Removes the socket; clients are closed, gone() is not called. Accepts NULL.
 */
void control_free(struct control *c);

/* What a server or a file name says, as a JSON string: what cannot be shown, or
 * is not UTF-8, is escaped. */
json_t *control_text(const char *text);
/* A line for stdout and one for stderr, as control_text(). */
void control_out(struct control_client *c, const char *text);
void control_err(struct control_client *c, const char *text);
/* An answer that is an object; value is owned from now on. */
void control_value(struct control_client *c, const char *key, json_t *value);
/* The end of the answer. c may be gone. */
void control_end(struct control_client *c, int status);

#endif
