/* SPDX-License-Identifier: MIT */
/* Whose messages are in a directory: of the folders that the database knows,
 * the one of whose files most are there. Pure. */
#ifndef DAEMON_CORE_FOLDERS_FOLDERS_OWNER_H
#define DAEMON_CORE_FOLDERS_FOLDERS_OWNER_H

#include "daemon/core/folders/folders.h"

/* Files of a folder's rows that are in the directory; left: LEFT_HERE. */
struct folders_tally {
	uint32_t owned, left;
};

/* Index into base, of which tally[] has an entry for each of n; SIZE_MAX:
 * nobody's. Of several alike the one whose path it is, then the oldest. */
size_t folders_owner(const struct folders_base *base,
		     const struct folders_tally *tally, size_t n,
		     const char *path);

#endif
