/* SPDX-License-Identifier: MIT */
/* The random texts of one authorisation: PKCE (RFC 7636, S256) and the state
 * that ties the browser's answer to our question. */
#ifndef DAEMON_SETUP_PKCE_H
#define DAEMON_SETUP_PKCE_H

#define PKCE_TEXT 44 /* 32 bytes in base64url without padding, and the NUL */

struct pkce {
	char verifier[PKCE_TEXT];
	char challenge[PKCE_TEXT];
	char state[PKCE_TEXT];
};

void pkce_init(struct pkce *p);
/* The challenge of a verifier (RFC 7636 4.2). */
void pkce_challenge(const char *verifier, char out[PKCE_TEXT]);

#endif
