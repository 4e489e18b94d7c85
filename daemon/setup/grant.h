/* SPDX-License-Identifier: MIT */
/* What a token endpoint and a device endpoint answer (RFC 6749 5, RFC 8628
 * 3.2), read from JSON that anybody may have written. */
#ifndef DAEMON_SETUP_GRANT_H
#define DAEMON_SETUP_GRANT_H

#include <stddef.h>
#include <stdint.h>

#define GRANT_TOKEN_MAX  65536
#define GRANT_EXPIRES_IN 3600 /* where it does not say */

/* All allocated, NULL where it is not there. */
struct grant {
	char *access_token;
	char *refresh_token;
	char *scope;
	int64_t expires_in; /* seconds, from 1 to a year */
	char *error;        /* then the rest is NULL */
	char *description;
	/* Of a device endpoint. */
	char *device_code;
	char *user_code;
	char *verification_uri;
	int64_t interval;
};

/* Reads len bytes. 0 and *out, an error of the provider's included; or -1 and
 * *why, constant: that is no such answer. Texts for people are free of control
 * characters; tokens hold only what a header may (RFC 6750 2.1). */
int grant_parse(const char *json, size_t len, struct grant *out,
		const char **why);
/* Wipes and frees. */
void grant_release(struct grant *g);

#endif
