/* SPDX-License-Identifier: MIT */
/* Opens a copy of a database, whether a daemon has it, was killed over it, or
 * it is not there. Private to daemon/state. */
#ifndef DAEMON_STATE_READER_H
#define DAEMON_STATE_READER_H

#include "daemon/state/db.h"

/* Copies s->path to s->db, a database that nobody else sees and that ends with
 * it; s->db may be set on failure too. Creates and changes no file. One that is
 * not there reads as an empty one, one of an older version is migrated. 0 or -1
 * and *err. */
int reader_open(struct state *s, struct err *err);

#endif
