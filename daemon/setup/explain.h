/* SPDX-License-Identifier: MIT */
/* A provider's refusal, as what it means and what to do. */
#ifndef DAEMON_SETUP_EXPLAIN_H
#define DAEMON_SETUP_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"
#include "daemon/setup/grant.h"
#include "daemon/setup/issuer.h"

/* May the same be asked again later: is the status, or the error of RFC 6749
 * 5.2 and of providers, one that passes? error: NULL where there is none. */
bool explain_is_transient(long status, const char *error,
			  const char *description);

/* Fills *err for a refusal; age_s: how long ago a person agreed, 0: not known.
 * Returns -1. */
int explain_refusal(const struct issuer *issuer, long status,
		    const struct grant *grant, int64_t age_s, struct err *err);

#endif
