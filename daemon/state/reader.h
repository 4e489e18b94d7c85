/* SPDX-License-Identifier: MIT */
/* Opens a database to read it and nothing else: whether a daemon has it, was
 * killed over it, or is not there. Private to daemon/state. */
#ifndef DAEMON_STATE_READER_H
#define DAEMON_STATE_READER_H

#include "daemon/state/db.h"

/* Opens s->path into s->db, as one snapshot that stays as it is until closed;
 * s->db may be set on failure too. Creates and changes no file. A database that
 * is not there reads as an empty one, one of an older version as if it had been
 * migrated: both in memory. 0 or -1 and *err. */
int reader_open(struct state *s, struct err *err);

#endif
