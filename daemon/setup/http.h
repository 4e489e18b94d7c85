/* SPDX-License-Identifier: MIT */
/* One HTTPS request and its answer, both bounded. Plain HTTP is never spoken,
 * and no other host is ever followed to: what is asked may carry a secret. */
#ifndef DAEMON_SETUP_HTTP_H
#define DAEMON_SETUP_HTTP_H

#include <stdbool.h>

#include "daemon/base/err.h"
#include "lib/util/buf.h"

#define HTTP_ANSWER_MAX 262144

struct http_request {
	const char *url;
	const char *form;    /* NULL: GET; else POST of this (RFC 6749 B) */
	const char *ca_file; /* NULL: the system's */
	long timeout_ms;     /* for all of it; 0: 30 s */
};

struct http_answer {
	long status;
	struct buf body; /* may hold secrets: http_release() wipes it */
};

/* 0 and *out, whatever the status; or -1 and *err: ERR_TEMP (network, time),
 * ERR_AUTH (the certificate), ERR_PROTOCOL (too large, a redirect elsewhere),
 * ERR_CONFIG (no https address). */
int http_ask(const struct http_request *request, struct http_answer *out,
	     struct err *err);
void http_release(struct http_answer *a);

/* Do both addresses name the same scheme, host and port (RFC 6454 4)? No, where
 * one is no address. */
bool http_same_origin(const char *a, const char *b);

#endif
