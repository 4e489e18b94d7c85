/* SPDX-License-Identifier: MIT */
/* The accounts of the service, each with the configuration that it runs with:
 * a reload changes those that are not as they were, and no others. */
#ifndef DAEMON_MEMBER_H
#define DAEMON_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

struct account;
struct dirwatch;
struct hook;
struct hooks;
struct loop;

/* A configuration that was loaded, for as long as somebody runs with it. */
struct generation {
	struct config *config;
	size_t users;
};

/* config is owned from now on; has one user. */
struct generation *generation_new(struct config *config);
struct generation *generation_use(struct generation *g);
/* One user less; frees it with the last one. Accepts NULL. */
void generation_drop(struct generation *g);

struct members;

struct member {
	struct members *members;
	struct generation *with;
	const struct config_account *config; /* in that */
	struct account *account;             /* NULL: it is paused, or gone */
	struct hook *hook;                   /* of that account, or NULL */
	bool paused;
	/* Of the accounts that it had before, seconds since 1970. */
	int64_t last_sync, last_change;
	/* It is to end: for good, or to begin again with that. */
	bool leaving;
	struct generation *next;
	const struct config_account *next_config;
};

struct members_handler {
	void (*looked)(void *ctx, struct member *m);
	void (*synced)(void *ctx, struct member *m);
	/* Its account ended; with the reload that it ended for, perhaps. */
	void (*ended)(void *ctx, struct member *m);
	void *ctx;
};

struct members {
	struct member **member; /* in the order of the file */
	size_t n;
	struct loop *loop;
	struct hooks *hooks;
	struct dirwatch *dirwatch; /* NULL: nobody tells of files */
	struct members_handler handler;
	bool stopping;
};

/* Its accounts are to be those of g that are enabled. Those whose configuration
 * is the same go on as if nothing had happened; the others end, and begin again
 * where they are still there. */
void members_set(struct members *m, struct generation *g);
/* All end; ended() is called for each. */
void members_stop(struct members *m);
/* How many accounts there are that have not ended. */
size_t members_running(const struct members *m);
/* Is one of them ending, to leave or to begin again? */
bool members_turning(const struct members *m);
/* Of ACCOUNT or ACCOUNT/FOLDER; NULL: there is none. */
struct member *members_find(const struct members *m, const char *operand);
/* A paused account has no connection and does nothing. */
void member_pause(struct member *m);
void member_resume(struct member *m);
/* Only when all have ended. */
void members_release(struct members *m);

#endif
