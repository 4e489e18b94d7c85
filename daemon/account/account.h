/* SPDX-License-Identifier: MIT */
/* One account's life: connect, list, sync folder after folder, wait, again.
 * Owns its connection and its disk side; independent of all other accounts. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_H
#define DAEMON_ACCOUNT_ACCOUNT_H

#include "config/config.h"
#include "daemon/account/report.h"
#include "daemon/base/disk.h"
#include "daemon/base/err.h"

struct event_base;
struct account;
struct dirwatch;
struct store_listener;

struct account_opts {
	bool once;      /* one sync, then logout; no waiting, no trying again */
	bool list_only; /* once: log in and list the folders, touch no disk */
	struct folder_opts folder;
	/* Folders to sync (display names), NULL-terminated; NULL: all included
	 * ones. Borrowed. */
	const char *const *only;
};

struct account_env {
	struct event_base *base;
	struct disk *disk;
	const struct config *config;
	const struct config_account *account;
	struct account_opts opts;
	struct report *report;
	/* Of what is changed in the Maildir, on the disk thread; or NULL. */
	const struct store_listener *listener;
	/* Who tells of changes in directories; NULL: nobody. */
	struct dirwatch *dirwatch;
	/* once: the sync ended. Service: account_stop() is complete. The
	 * account may be freed here. */
	void (*ended)(void *ctx, struct account *a);
	/* Service, each may be NULL: it saw the server's folders, or failed to,
	 * for the first time; a sync came to its end, see account_status.h. */
	void (*looked)(void *ctx, struct account *a);
	void (*synced)(void *ctx, struct account *a);
	void *ctx;
};

/* Starts the first sync, from the loop. env's pointers outlive the account. */
struct account *account_new(const struct account_env *env);
/* Sync all now: cuts waiting short; if a sync is under way, another follows. */
void account_kick(struct account *a);
/* The same of one folder, by its name for people. */
void account_kick_folder(struct account *a, const char *folder);
/* Connections may be dead, and servers within reach: an address, a route, or
 * the machine slept. */
void account_network_changed(struct account *a);
/* Something changed: in the files of that folder (by its name for people), or
 * in that mailbox (by its name on the wire); NULL: nobody knows where, or in
 * the tree of folders itself. What is told is synced soon, once there is a
 * connection; what the account itself did needs not be told, and costs no more
 * than a look if it is. From the loop, at any time in its life. */
void account_changed_here(struct account *a, const char *folder);
void account_changed_there(struct account *a, const char *mailbox);
/* Ends in good order: what came whole is made durable, then ended() is called.
 */
void account_stop(struct account *a);
/* Only from ended() or before the loop runs. */
void account_free(struct account *a);

/* The gravest error of the last sync, ERR_NONE, or ERR_HELD where something
 * waits for a person. */
enum err_code account_code(const struct account *a);
const struct config_account *account_config(const struct account *a);
/* One word: "idle", "connecting", "syncing", "waiting". */
const char *account_state(const struct account *a);
/* How it hears of changes on the server: "notify", "idle", "poll". */
const char *account_mode(const struct account *a);
/* Is what changes in that folder (by its name for people) told, or is it looked
 * for from time to time? */
bool account_watches(const struct account *a, const char *folder);

#endif
