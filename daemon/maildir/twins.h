/* SPDX-License-Identifier: MIT */
/* Files that share a unique part: a copy that somebody made within the folder
 * and did not give a name of its own. It is a message of its own. */
#ifndef DAEMON_MAILDIR_TWINS_H
#define DAEMON_MAILDIR_TWINS_H

#include "daemon/core/types.h"
#include "daemon/maildir/maildir.h"

/* Gives all but one of each set of twins a unique part of its own, durably;
 * letters and directory stay. The one that keeps its name is the file that base
 * knows by its print, else the first by name. A file that is listed twice,
 * being renamed meanwhile, is not its own twin. Returns how many were renamed,
 * or -1 and *err. */
int twins_part(const struct maildir *m, const struct base_view *base,
	       struct err *err);

#endif
