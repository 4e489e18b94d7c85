/* SPDX-License-Identifier: MIT */
/* Where a folder is: its names on both sides and its directory. Carries out, on
 * disk and in the database, what is planned for folders
 * (core/folders/folders.h). Disk thread only. Each: 0 or -1 and *err. */
#ifndef DAEMON_STORE_PLACE_H
#define DAEMON_STORE_PLACE_H

#include "daemon/store/store.h"

struct place {
	int64_t id; /* of its row; 0: it has none yet */
	const char *wire, *path;
	const char *mailboxid; /* NULL: as it was */
	uint64_t inode;        /* 0: as it was */
};

/* Rows that have one of the names, and are another folder's, are given names
 * that nobody has; MAILBOXID and inode they lose. In an open transaction; on -1
 * roll back. */
int place_record(struct store *s, const struct place *p, struct err *err);
/* The name of such a row. */
bool place_is_nowhere(const char *name);
/* Makes its directory and finds out p->inode. */
int place_make(struct store *s, struct place *p, struct err *err);
/* Renames its directory and finds out p->inode. */
int place_rename(struct store *s, const char *from, struct place *p,
		 struct err *err);
/* Drops the row, and what was to end in it: there is no such folder any more.
 * 1: not yet, a move out of it is still open; 0; -1 and *err. */
int place_forget(struct store *s, int64_t id, struct err *err);
/* Its files go to the trash, and it is as good as never synced. */
int place_bury(struct store *s, int64_t id, struct err *err);
/* It is gone there: its files go to the trash, then directory and row. 1:
 * something in it is not known, or was changed; nothing was done. */
int place_remove(struct store *s, int64_t id, struct err *err);

#endif
