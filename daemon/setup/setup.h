/* SPDX-License-Identifier: MIT */
/* imapsyncctl setup: from an address to an account that works. */
#ifndef DAEMON_SETUP_SETUP_H
#define DAEMON_SETUP_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct setup_opts {
	const char *config; /* -c, or NULL */
	const char *host;   /* said, and so agreed to; NULL: looked for */
	const char *tls;
	const char *user;
	const char *password_command;
	uint16_t port; /* 0: as found */
	bool yes;      /* answers every question but the one about a host */
	/* As of auth_opts. */
	int (*log_in)(const struct config *config);
};

/* address NULL: asked for. Nothing is written before the login worked. Returns
 * the exit status. */
int setup_account(const char *address, const struct setup_opts *opts);

#endif
