/* SPDX-License-Identifier: MIT */
/* What a client needs to wait for what happens. */
#ifndef LIB_CLIENT_IDLE_H
#define LIB_CLIENT_IDLE_H

#include "lib/client/client.h"

/* renew_ms 0: as often as is good. 0, or IMAP4_ENOMEM. */
int idle_init(struct imap4_client *c, int64_t renew_ms);
void idle_release(struct imap4_client *c);

#endif
