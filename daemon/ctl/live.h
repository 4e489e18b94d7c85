/* SPDX-License-Identifier: MIT */
/* What the daemon that runs is asked: how it is, to sync, to pause. Each
 * returns the exit status, ERR_NO_DAEMON where none runs, which it says. */
#ifndef DAEMON_CTL_LIVE_H
#define DAEMON_CTL_LIVE_H

#include <stdbool.h>

#include "config/config.h"
#include "daemon/control/request.h"

struct live_opts {
	bool json;
	bool watch; /* status: again and again, until it ends */
	bool wait;  /* sync: until it is done */
};

int live_status(const struct config *config, const struct live_opts *opts);
/* The folders of one account. */
int live_folders(const struct config *config, const char *account,
		 const struct live_opts *opts);
/* verb: any but REQUEST_STATUS and REQUEST_ONCE. */
int live_order(const struct config *config, enum request_verb verb,
	       char *const *operands, const struct live_opts *opts);

#endif
