/* SPDX-License-Identifier: MIT */
/* How the service and its accounts are, as one JSON object. */
#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

struct control_client;
struct service;

/* Answers a client: now for what is known here, as soon as the databases were
 * read for the rest. */
void status_answer(struct service *s, struct control_client *c);
/* A client went away: it is not answered any more. */
void status_gone(struct service *s, const struct control_client *c);
/* Nobody is. */
void status_release(struct service *s);
/* A line for systemctl status: how many accounts there are, and what is wrong.
 */
char *status_line(const struct service *s);

#endif
