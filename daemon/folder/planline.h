/* SPDX-License-Identifier: MIT */
/* One line of a dry run's plan: "fetch uid=48211 size=34011". */
#ifndef DAEMON_FOLDER_PLANLINE_H
#define DAEMON_FOLDER_PLANLINE_H

#include "daemon/core/plan.h"
#include "daemon/state/state.h"
#include "lib/util/buf.h"

/* What a line needs besides the action. Names are the caller's; NULL where one
 * is not known. */
struct planline_names {
	const struct keyword_table *table;
	const char *folder; /* the one that the action is about */
	const char *other;  /* a move's other one */
	const char *file;   /* an upload's */
};

/* Writes the line to out (emptied first). *folder: which folder the line is to
 * be shown for: a move to here is one of the folder that it comes from. false:
 * the action is nothing that anybody would notice. */
bool planline(const struct action *a, const struct planline_names *n,
	      struct buf *out, const char **folder);

#endif
