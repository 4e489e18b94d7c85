/* SPDX-License-Identifier: MIT */
/* An account's hooks: on_change, once per quiet period after changes were
 * written to its Maildir, and on_error, when it begins to need a person. One at
 * a time; what takes too long is killed with its process group. None of it
 * holds up a sync. */
#ifndef DAEMON_HOOK_HOOK_H
#define DAEMON_HOOK_HOOK_H

#include <stdbool.h>

#include "config/config.h"
#include "daemon/base/disk.h"
#include "daemon/base/err.h"
#include "daemon/store/store_event.h"

struct event_base;
struct hook;

/* All that there are; zero to begin with. */
struct hooks {
	struct hook *first;
	bool ending; /* the daemon stops: none is begun any more */
};

struct hook_env {
	struct hooks *hooks;
	struct event_base *base;
	struct disk *disk;
	/* What is needed of these is copied. */
	const struct config *config;
	const struct config_account *account;
};

/* NULL: the account has none. */
struct hook *hook_new(const struct hook_env *env);
/* For the account's store, of the disk thread; NULL where h is NULL or there is
 * no on_change. Valid until the store was closed. */
const struct store_listener *hook_listener(struct hook *h);
/* A sync came to its end; what went wrong in it (.code ERR_NONE: nothing), and
 * in which folder (NULL: none). Accepts NULL, as below. */
void hook_synced(struct hook *h, const char *folder, const struct err *err);
/* Its store is closed. What was changed last is told, what runs goes on to its
 * end; then it is freed. */
void hook_leave(struct hook *h);
/* Kills what runs and frees all. When the disk thread has ended. */
void hooks_release(struct hooks *hooks);

#endif
