/* SPDX-License-Identifier: MIT */
/* One sync of an account, stage after stage. Each stage is a file of its own
 * and returns what it found; cycle_next() says what is next, and nothing else
 * sets the stage. */
#ifndef DAEMON_ACCOUNT_CYCLE_H
#define DAEMON_ACCOUNT_CYCLE_H

#include <imap4.h>

#include "daemon/account/account_claim.h"
#include "daemon/account/account_list.h"
#include "daemon/account/account_messages.h"
#include "daemon/account/account_remove.h"
#include "daemon/account/account_restore.h"
#include "daemon/account/account_scan.h"
#include "daemon/account/account_trash.h"
#include "daemon/account/tree/account_tree.h"
#include "daemon/base/err.h"
#include "daemon/core/cycle.h"
#include "daemon/core/failure/flight.h"

struct account;

/* Of these, NULL is what has nothing to do. */
struct stage {
	enum cycle_found (*start)(struct account *a);
	/* It found that it has MORE to do, and the server may be asked. */
	enum cycle_found (*next)(struct account *a);
	enum cycle_found (*event)(struct account *a,
				  const struct imap4_event *ev);
	/* The connection is gone. true: nothing is under way that ends by
	 * itself. */
	bool (*cut)(struct account *a);
	/* What was asked, and is not answered. */
	void (*in_flight)(const struct account *a, struct flight *out);
	void (*release)(struct account *a);
};

struct cycle {
	enum cycle_stage stage;
	/* Folders to sync, by their names for people; ends with NULL. NULL: all
	 * that are included. Borrowed. */
	const char *const *dirty;
	/* What each stage owns. */
	struct account_list list;
	struct account_claim claim;
	struct account_restore restore;
	struct account_tree tree;
	struct account_scan scan;
	struct account_messages messages;
	struct account_remove remove;
	struct account_trash trash;
};

/* A sync of those folders; NULL: of all. They outlive it. */
void cycle_begin(struct account *a, const char *const *dirty);
/* A stage found something outside its functions; WAITING: nothing is done, and
 * a may be gone. When the last stage ends, account_cycle_ended(). */
void cycle_take(struct account *a, enum cycle_found found);
void cycle_event(struct account *a, const struct imap4_event *ev);
/* There is no session any more. */
void cycle_cut(struct account *a);
void cycle_in_flight(const struct account *a, struct flight *out);
/* What the stages own. */
void cycle_release(struct account *a);

/* A job of the disk thread on behalf of the stage: run on that thread, then
 * done on the loop, with what run returned and said. Returns WAITING. */
enum cycle_found cycle_post(struct account *a,
			    int (*run)(struct account *a, struct err *err),
			    enum cycle_found (*done)(struct account *a,
						     int result,
						     const struct err *err));

#endif
