/* SPDX-License-Identifier: MIT */
/* What a plan leaves behind when all of it is done: for a dry run, whose next
 * plan must be that of a real run's next pass. Pure. */
#ifndef DAEMON_CORE_PRETEND_H
#define DAEMON_CORE_PRETEND_H

#include "daemon/core/plan.h"

/* Takes what the plan settles out of the views, and changes there what it
 * changes. What is then planned again is what is left to be done: flags of
 * files that were paired, what is brought back, what is replaced. 0, or -1: out
 * of memory. */
int pretend(const struct plan *p, struct base_view *base,
	    struct remote_view *remote, struct local_view *local);

/* Takes rows and their files out: their messages went to other folders there,
 * and the files follow. Likewise. */
int pretend_gone(struct base_view *base, struct local_view *local,
		 const uint32_t *uid, size_t n);

#endif
