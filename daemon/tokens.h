/* SPDX-License-Identifier: MIT */
/* How an account that imapsyncctl authorised comes to its tokens: by a child,
 * so that the daemon speaks no HTTP. */
#ifndef DAEMON_TOKENS_H
#define DAEMON_TOKENS_H

#include "config/config.h"

/* Gives each account with oauth the token_command "imapsyncctl auth --refresh".
 * Call it once on what config_load() gave, after it was printed. */
void tokens_set_commands(struct config *config);

#endif
