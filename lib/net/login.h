/* SPDX-License-Identifier: MIT */
/* A login from the choice of the mechanism to the capabilities that a user has:
 * imap4_conn_login(). */
#ifndef LIB_NET_LOGIN_H
#define LIB_NET_LOGIN_H

#include <imap4/conn.h>

/* Tells what was found out before anything was sent. */
void login_turn(struct imap4_conn *c);
/* Is it a challenge to the login? Then it is answered. */
bool login_challenge(struct imap4_conn *c, const struct imap4_event *ev);
/* An event that the user has seen. */
void login_event(struct imap4_conn *c, const struct imap4_event *ev);
/* Gives up, without a word. */
void login_free(struct imap4_conn *c);

#endif
