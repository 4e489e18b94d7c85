/* SPDX-License-Identifier: MIT */
/* Moves bytes between an open connection's transport and its engine. */
#ifndef LIB_NET_PUMP_H
#define LIB_NET_PUMP_H

struct imap4_conn;

/* Parses what is there, reads once as much as the buffer holds, parses it. Sets
 * .more where there is more, so that other connections get their turn. */
void pump_input(struct imap4_conn *c);
/* Sends what the engine has to say, up to a bound for one turn. */
void pump_output(struct imap4_conn *c);

#endif
