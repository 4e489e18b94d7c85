/* SPDX-License-Identifier: MIT */
/* approve and restore: what becomes of deletions that the guard holds. The next
 * sync acts on it. */
#ifndef DAEMON_CTL_ANSWER_H
#define DAEMON_CTL_ANSWER_H

#include "config/config.h"
#include "daemon/state/state.h"

/* Records the answer for what operand names, as far as something is held there,
 * and says so on stdout. Returns the exit status. */
int answer_guard(const struct config *config, const char *operand,
		 enum state_answer kind);

#endif
