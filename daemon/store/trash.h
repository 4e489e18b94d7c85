/* SPDX-License-Identifier: MIT */
/* The local trash, <state_dir>/trash/ACCOUNT/FOLDER: files of messages that the
 * server deleted go there, and can be brought back until keep_deleted is over.
 * Disk thread only. */
#ifndef DAEMON_STORE_TRASH_H
#define DAEMON_STORE_TRASH_H

#include "daemon/store/store.h"

/* W4: moves the files of all rows that are dying here to the trash, durably,
 * then notes them for undo and drops the rows, of folders (their rows) that
 * may() allows. *buried counts the files. A file
 * or a folder that cannot be done is left for the next time, and the others are
 * done. 0, or -1 and the first *err, and *folder is the row of its folder, or
 * 0. */
int trash_bury(struct store *s, bool (*may)(void *ctx, int64_t folder),
	       void *ctx, size_t *buried, int64_t *folder, struct err *err);
/* The same of one folder. */
int trash_bury_folder(struct store *s, int64_t folder, struct err *err);
/* Removes what has been there for longer than keep_deleted. 0 or -1 and *err.
 */
int trash_expire(struct store *s, struct err *err);

#endif
