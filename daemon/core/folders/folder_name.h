/* SPDX-License-Identifier: MIT */
/* Canonical folder names (see folders.h): their order, and which of them a
 * server can have. */
#ifndef DAEMON_CORE_FOLDERS_FOLDER_NAME_H
#define DAEMON_CORE_FOLDERS_FOLDER_NAME_H

#include "daemon/core/folders/folders.h"

/* Total order in which a folder comes right before all that is below it. */
int folder_name_cmp(const char *a, const char *b);
/* The same without regard to the case of ASCII letters. */
int folder_name_fold_cmp(const char *a, const char *b);
/* Is name somewhere below top? */
bool folder_name_below(const char *name, const char *top);
bool folder_name_inbox(const char *name);
/* How many levels, counted from the last, are alike. */
size_t folder_name_alike(const char *a, const char *b);

/* Why no mailbox of that name may be made, WHY_NONE: it may. The name has to
 * mean the same to the server and to a walk of the Maildir. NULL: the path of
 * no folder. */
enum folders_why folder_name_refused(const char *name,
				     const struct folders_policy *policy);

#endif
