/* SPDX-License-Identifier: MIT */
/* What the parts of the store share. */
#ifndef DAEMON_STORE_STORE_PRIV_H
#define DAEMON_STORE_STORE_PRIV_H

#include "daemon/maildir/change.h"
#include "daemon/store/store.h"

/* Whose database and root are: reads the sentinel. */
int store_facts(struct store *s, const struct state_account *a,
		struct hold_facts *out, struct err *err);
/* Ties root and database together, or finds that they are. 0 or -1 and *err. */
int store_tie(struct store *s, struct err *err);
/* Writes the root's sentinel, with s->says.owner. */
int store_write_sentinel(struct store *s, uint64_t generation, struct err *err);

/* A change within the tick of a file system's clock does not show in the times
 * of a directory: a moment later it does. */
#define STORE_TICK_NS 20000000
void store_let_rest(void);
/* Could a folder have changed after these times were taken, at stamp_ns (wall
 * clock), within one tick? */
bool store_is_racy(const struct scan_stamp *s, int64_t stamp_ns);

/* Opens another folder by its row's id, as it is; close it with
 * local_folder_close(). .have_dir says whether its directory is there. 0 or -1
 * and *err. */
int store_local_folder(struct store *s, int64_t id, struct local_folder *out,
		       struct err *err);

/* The names of a folder's files, for one batch of them after the other: a pass
 * over the folder for each would go with the square of their number. *out is
 * NULL for the first, which may be the only one; borrowed until the open folder
 * is closed or another one is asked for. 0 or -1 and *err. */
int store_listing(struct store *s, const struct local_folder *f,
		  const struct listing **out, struct err *err);

/* The files of n rows of a folder, as the database has them: their names are a
 * good guess. A row that is gone has no file. Owned: store_changes_free(). NULL
 * and *err. */
struct change *store_changes(struct store *s, const struct local_folder *f,
			     const uint32_t *uid, size_t n, struct err *err);
void store_changes_free(struct change *c, size_t n);
/* The file of that row has another unique part. */
int store_renamed(struct store *s, int64_t folder, uint32_t uid, const char *as,
		  struct err *err);

/* Marks refused files in the view and lists the messages that were not to be
 * had; forgets those that are gone, or came. */
/* What is held, and what was answered to that. 0 or -1. */
int store_read_guard(struct store *s, struct store_view *v, struct err *err);
int store_read_asides(struct store *s, struct store_view *v, struct err *err);

#endif
