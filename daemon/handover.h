/* SPDX-License-Identifier: MIT */
/* imapsyncd --once while the daemon runs on the same state: what the daemon has
 * is left to it. */
#ifndef DAEMON_HANDOVER_H
#define DAEMON_HANDOVER_H

#include <stdbool.h>

#include "config/config.h"
#include "daemon/cli.h"

/* Hands over those of the wanted accounts (by their index) that a daemon has,
 * waits for it, and wants them no more. What it says is printed as if it was
 * done here. Returns the exit status of that, 0 where there is nothing. */
int handover(const struct cli *cli, const struct config *config, bool *wanted);

#endif
