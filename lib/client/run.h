/* SPDX-License-Identifier: MIT */
/* A command from its beginning to its end: what every call of the client goes
 * through. */
#ifndef LIB_CLIENT_RUN_H
#define LIB_CLIENT_RUN_H

#include "lib/client/client.h"

/* The call fails: notes result and text, returns result. */
int client_fail(struct imap4_client *c, int result, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The connection is given up, from wherever this is found out. Returns -1. */
int client_lose(struct imap4_client *c, int result, const char *text);

/* Waits until the connection may be used, then finds the protocol. 0, or the
 * call fails. */
int client_wait_ready(struct imap4_client *c);
/* The settings to use where *tls is NULL, to *tls. 0, or the call fails. */
int client_tls(struct imap4_client *c, struct imap4_tls **tls);

/* Forgets the last call. IMAP4_ENOMEM: c is NULL. */
int client_clear(struct imap4_client *c);
/* Begins a call: forgets the last one's results. 0, or the call fails: out of
 * memory, lost, idling, or the mailbox turned read-only and nobody knows yet.
 */
int client_begin(struct imap4_client *c);
/* Was UTF8=ACCEPT enabled (RFC 6855)? */
bool client_has_utf8(const struct imap4_client *c);
/* One turn of the loop: until something happened, or what has happened. */
void client_turn(struct imap4_client *c, bool wait);
/* Runs the loop until *flag or the connection is lost. */
void client_loop(struct imap4_client *c, const bool *flag);
/* Ends a call whose submit returned rc: waits for the answer and makes the
 * result. verb is for messages; data: the responses to return, or NULL for the
 * text. Returns what the call returns. */
int client_end(struct imap4_client *c, int rc, imap4_id id, const char *verb,
	       const char *data);

#endif
