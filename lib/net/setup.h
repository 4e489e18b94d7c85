/* SPDX-License-Identifier: MIT */
/* The way from the greeting to ready: STARTTLS where it is demanded, and the
 * capabilities. */
#ifndef LIB_NET_SETUP_H
#define LIB_NET_SETUP_H

struct imap4_conn;
struct imap4_event;

/* Goes on with what the event says. Called for every event before ready. */
void setup_event(struct imap4_conn *c, const struct imap4_event *ev);
/* The TLS handshake is done. */
void setup_secured(struct imap4_conn *c);

#endif
