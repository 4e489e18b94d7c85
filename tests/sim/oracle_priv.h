/* SPDX-License-Identifier: MIT */
/* What the oracle's files share: oracle.c what is expected and holds at any
 * moment, oracle_rest.c what holds when all is done. */
#ifndef TESTS_SIM_ORACLE_PRIV_H
#define TESTS_SIM_ORACLE_PRIV_H

#include "tests/sim/oracle.h"

#define HOLDS(what, e) ((what) ? (void)0 : oracle_fail(#what, e))

void oracle_fail(const char *what, const struct oracle_message *e);
/* Or NULL. */
const struct world_row *oracle_row(const struct world *w, int folder,
				   uint32_t uid);
/* Deleted here, and all that could be done there is to mark it. */
bool oracle_is_marked(const struct world *w, int box,
		      const struct world_message *m);
/* May it be in its old place and in a new one, or in the trash? */
bool oracle_is_loose(const struct oracle *o, const struct oracle_message *e);
/* Of whom a user takes for that one. */
size_t oracle_count_there(const struct world *w, uint32_t id);
size_t oracle_count_here(const struct world *w, uint32_t id);
bool oracle_in_trash_here(const struct world *w, uint32_t id);

#endif
