/* SPDX-License-Identifier: MIT */
/* Which folders there are on the server: one command, where it has LIST-STATUS,
 * tells all that decides which of them need anything at all. */
#ifndef DAEMON_ACCOUNT_ACCOUNT_LIST_H
#define DAEMON_ACCOUNT_ACCOUNT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/err.h"
#include "daemon/remote/mailbox.h"

struct account;

struct account_list {
	size_t left; /* commands that are not answered */
	bool listed; /* LIST itself succeeded */
	struct err err;
	struct mailboxes before; /* as they were known */
	bool use_status; /* one STATUS a mailbox, for want of LIST-STATUS */
	const struct mailbox *trash; /* where deleted messages go, or NULL */
};

extern const struct stage account_list_stage;

/* Is it included, by the configuration or by name? */
bool account_wants(const struct account *a, const struct mailbox *box);
/* Finds .trash. false: it is asked for, and is not there. */
bool account_find_trash(struct account *a);
/* Is the folder of that name (canonical) to be synced now? */
bool account_asked_for(const struct account *a, const char *name);

#endif
