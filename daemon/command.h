/* SPDX-License-Identifier: MIT */
/* What is asked over the control socket. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include "daemon/control/control.h"

struct member;
struct service;

/* For control_new(); ctx is the service. */
void command_request(void *ctx, struct control_client *c,
		     const struct request *r);
void command_gone(void *ctx, struct control_client *c);

/* A sync of that account ended, or the account itself. */
void command_synced(struct service *s, struct member *m);
void command_ended(struct service *s, struct member *m);
/* All accounts are as the configuration says. */
void command_reloaded(struct service *s);
/* Nobody is answered any more. */
void command_release(struct service *s);

#endif
