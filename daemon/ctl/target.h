/* SPDX-License-Identifier: MIT */
/* What a command is about: an account's database, opened beside a sync that may
 * be under way, and perhaps one of its folders. */
#ifndef DAEMON_CTL_TARGET_H
#define DAEMON_CTL_TARGET_H

#include "config/config.h"
#include "daemon/maildir/tree.h"
#include "daemon/state/state.h"

struct target {
	const struct config *config;
	const struct config_account *account;
	const char *folder; /* display name, NULL: all; borrowed */
	char *state_dir;    /* where its database is */
	struct state *state;
};

/* operand: ACCOUNT[/FOLDER]. 0, or -1 and *err (ERR_USAGE: there is no such
 * account; ERR_HELD: it was never synced). */
int target_open(const struct config *config, const char *operand,
		struct target *out, struct err *err);
void target_close(struct target *t);

/* The layout of the account's root. */
struct tree target_tree(const struct target *t);
/* Is it the folder that the command is about? path: of its row. */
bool target_is(const struct target *t, const char *path);
/* Its name for people, from its path; owned. */
char *target_name(const struct target *t, const char *path);
/* Tells a sync that runs to look again; true: there is one. */
bool target_wake(const struct target *t);

#endif
