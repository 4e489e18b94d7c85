/* SPDX-License-Identifier: MIT */
/* Which daemon is meant: the user's own, or the instance imapsyncd@USER that
 * the system runs for the user, whose directories are elsewhere. */
#ifndef DAEMON_CTL_INSTANCE_H
#define DAEMON_CTL_INSTANCE_H

#include "config/config.h"
#include "daemon/control/call.h"

/* Connects to the one that runs; NULL: none does. */
struct call *instance_call(const struct config *config);
/* Where an account's database is: in state_dir; or where only the instance has
 * one, in its directory. Owned. */
char *instance_state_dir(const struct config *config, const char *account);

#endif
