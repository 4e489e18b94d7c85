/* SPDX-License-Identifier: MIT */
/* imapsyncctl auth: authorises an account, and keeps it so. */
#ifndef DAEMON_SETUP_AUTH_H
#define DAEMON_SETUP_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct auth_opts {
	/* At most one of the five; none: the browser. */
	bool device, paste, refresh, test, revoke;
	uint16_t port; /* 0: any */
	/* Logs in to the accounts of the configuration and shows their folders:
	 * exit status. */
	int (*log_in)(const struct config *config);
};

/* Returns the exit status. */
int auth_account(const struct config *config, const char *account,
		 const struct auth_opts *opts);

#endif
