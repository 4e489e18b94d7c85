/* SPDX-License-Identifier: MIT */
/* The tables of each version of the database, and the way from one version to
 * the next. Private to daemon/state and its tests. */
#ifndef DAEMON_STATE_SCHEMA_H
#define DAEMON_STATE_SCHEMA_H

#include <stdbool.h>

#include "daemon/state/db.h"

/* From version n to n + 1, n being the step's index: SQL, then code where SQL
 * is not enough (NULL: it is). A step that was released never changes. */
struct schema_step {
	const char *sql;
	int (*fill)(struct state *s, struct err *err);
};

#define SCHEMA_NEWEST 12
extern const struct schema_step schema_steps[SCHEMA_NEWEST];

/* Is the database of the newest version? 1 yes, 0 no, -1 and *err: it is newer
 * still, or not ours. */
int schema_check(struct state *s, struct err *err);
/* Brings it to the newest version. 0 or -1 and *err: as above, or a failure;
 * the database is then of some version as a whole. */
int schema_migrate(struct state *s, struct err *err);
/* The same with other steps: for tests. */
int schema_migrate_by(struct state *s, const struct schema_step *step, int n,
		      struct err *err);

#endif
