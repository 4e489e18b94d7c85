/* SPDX-License-Identifier: MIT */
/* The event loop with its accounts: once, or as a service. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "config/config.h"
#include "daemon/cli.h"

/* Syncs the accounts that the command line names (all enabled ones where it
 * names none), side by side. Returns the exit status. */
int daemon_once(const struct cli *cli, const struct config *config);
/* Compares server, database and Maildir of what the operands name, and prints
 * where they differ; contents: every message as well. Changes nothing. Returns
 * the exit status: ERR_HELD where something differs. */
int daemon_verify(const struct config *config, char *const *operands,
		  bool contents);
/* Logs in to every account and prints its folders. Returns the exit status. */
int daemon_connect(const struct config *config);
/* Runs until SIGTERM or SIGINT; owns *config from now on (reloading replaces
 * it). Returns the exit status. */
int daemon_serve(const struct cli *cli, struct config *config);

#endif
