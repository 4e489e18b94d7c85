/* SPDX-License-Identifier: MIT */
/* An access token that is good now: the one that is there, or a new one. */
#ifndef DAEMON_SETUP_REFRESH_H
#define DAEMON_SETUP_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "daemon/base/err.h"
#include "daemon/setup/issuer.h"
#include "daemon/setup/token_file.h"

struct refresh {
	const struct config_account *account;
	const struct issuer *issuer;
	const struct token_dir *dir; /* locked */
	int64_t now;                 /* seconds since 1970 */
	bool refused;                /* the server did not take the last one */
};

/* 0 and *out, whose access token may be used; what was given anew is on disk
 * by then. Or -1 and *err: ERR_TEMP (the provider cannot be reached, or said
 * for the first time that the authorisation is gone), ERR_AUTH (a person is
 * needed), ERR_IO, ERR_PROTOCOL. */
int refresh_token(const struct refresh *r, struct token_set *out,
		  struct err *err);

#endif
