/* SPDX-License-Identifier: MIT */
/* The event loop with its accounts: once, or as a service. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "config/config.h"
#include "daemon/cli.h"

/* Syncs the accounts that the command line names (all enabled ones where it
 * names none), side by side. Returns the exit status. */
int daemon_once(const struct cli *cli, const struct config *config);
/* Logs in to every account and prints its folders. Returns the exit status. */
int daemon_connect(const struct cli *cli, const struct config *config);
/* Runs until SIGTERM or SIGINT; owns *config from now on (reloading replaces
 * it). Returns the exit status. */
int daemon_serve(const struct cli *cli, struct config *config);

#endif
