/* SPDX-License-Identifier: MIT */
/* What NOTIFY (RFC 5465) is asked for. */
#ifndef DAEMON_ACCOUNT_LIVE_ACCOUNT_NOTIFY_H
#define DAEMON_ACCOUNT_LIVE_ACCOUNT_NOTIFY_H

#include <stdbool.h>

#include "daemon/remote/mailbox.h"

struct account;

/* Behind NOTIFY: the mailboxes that are wanted by name, or, where these are too
 * many for a line, all of the user's own; and mailboxes that come and go.
 * Allocated. */
char *account_notify_text(const struct mailboxes *boxes,
			  const struct account *a,
			  bool (*wants)(const struct account *a,
					const struct mailbox *box));
/* Is a change in that mailbox told, where that was asked for? text: may be
 * NULL.
 */
bool account_notify_tells(const char *text, const struct mailbox *box);

#endif
