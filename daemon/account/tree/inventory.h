/* SPDX-License-Identifier: MIT */
/* Which folders there are in the database, on the server and on disk, and whose
 * messages are where: what the planner of folders decides from. */
#ifndef DAEMON_ACCOUNT_TREE_INVENTORY_H
#define DAEMON_ACCOUNT_TREE_INVENTORY_H

#include "daemon/core/folders/folders.h"
#include "daemon/remote/mailbox.h"
#include "daemon/store/store.h"

struct inventory {
	struct folders_view view;
	/* What the view's arrays are; there[i] is the i-th mailbox. */
	struct folders_base *base;
	struct folders_there *there;
	struct folders_here *here;
	size_t herecap, basecap;
	char **text; /* owns the names */
	size_t ntext, textcap;
	struct err walk; /* .code set: the walk failed, here is not complete */
};

struct inventory_env {
	struct store *store;
	struct mailboxes *boxes;
	/* Is it one to be synced? box: NULL where the server has none. */
	bool (*wants)(const void *ctx, const char *name,
		      const struct mailbox *box);
	const void *ctx;
};

/* Disk thread. Reads file names only where it is not plain which folder is
 * which. 0, or -1 and *err. *c is set up by the call; release it either way. */
int inventory_take(struct inventory *c, const struct inventory_env *env,
		   struct err *err);
/* Were messages of any folder ever synced? */
bool inventory_has_synced(const struct inventory *c);
/* Rows that another one took the name from get their temporary one; prefix:
 * folders_policy. */
void inventory_name_nowhere(struct inventory *c, const char *prefix);
void inventory_release(struct inventory *c);

#endif
