/* SPDX-License-Identifier: MIT */
/* What the server says, kept as items for results. */
#ifndef LIB_CLIENT_COLLECT_H
#define LIB_CLIENT_COLLECT_H

struct imap4_client;
struct imap4_conn;
struct imap4_event;

/* The conn's event(), with the client as ctx. */
void collect_event(void *ctx, struct imap4_conn *conn,
		   const struct imap4_event *ev);
/* Forgets the literals of a FETCH. */
void bodies_forget(struct imap4_client *c);

#endif
