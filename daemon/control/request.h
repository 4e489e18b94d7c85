/* SPDX-License-Identifier: MIT */
/* What imapsyncctl, or an imapsyncd --once, asks of the daemon: one line of
 * JSON. Both ends are here: what one prints, the other parses. */
#ifndef DAEMON_CONTROL_REQUEST_H
#define DAEMON_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* A longer line is none. */
#define REQUEST_MAX_BYTES   65536
#define REQUEST_MAX_TARGETS 1000

enum request_verb {
	REQUEST_STATUS,
	REQUEST_SYNC,
	REQUEST_ONCE, /* a sync on behalf of imapsyncd --once */
	REQUEST_PAUSE,
	REQUEST_RESUME,
	REQUEST_RELOAD,
};

struct request {
	enum request_verb verb;
	bool wait;  /* sync: answered when it is done */
	bool full;  /* sync, once: compare everything */
	bool quiet; /* once: only what is wrong is said */
	/* ACCOUNT or ACCOUNT/FOLDER; owned, ends with NULL. */
	char **target;
	size_t ntargets;
	/* once: what config_account_print() says of each target's account, in
	 * hexadecimal; owned, as many. */
	char **print;
};

/* 0 and *out, to be released; or -1 and *why, a static text: it is no request.
 */
int request_parse(const char *line, size_t len, struct request *out,
		  const char **why);
/* Without the end of line; NULL: a text in it is no UTF-8, or it is longer than
 * REQUEST_MAX_BYTES. Free it with free(). */
char *request_print(const struct request *r);
void request_release(struct request *r);

#endif
