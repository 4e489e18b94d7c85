/* SPDX-License-Identifier: MIT */
/* An action as one line of --dry-run. */
#ifndef DAEMON_ACCOUNT_PLANLINE_H
#define DAEMON_ACCOUNT_PLANLINE_H

#include <stdbool.h>

#include "daemon/core/plan.h"
#include "daemon/state/state.h"
#include "lib/util/buf.h"

/* Writes the line, without account and folder. false: nothing to show (the
 * action only touches the database). */
bool planline(const struct action *a, const struct state_keywords *table,
	      struct buf *out);

#endif
