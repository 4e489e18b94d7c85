/* SPDX-License-Identifier: MIT */
/* What the files of a look share: remote_list.c commands and answers,
 * remote_list_view.c what comes of them. */
#ifndef DAEMON_REMOTE_REMOTE_LIST_PRIV_H
#define DAEMON_REMOTE_REMOTE_LIST_PRIV_H

#include "daemon/core/listing.h"
#include "daemon/remote/remote_list.h"

/* The row of that message, made where there is none. */
struct remote_row *remote_list_row(struct remote_list *l, uint32_t uid);
/* By UID, one row a message. */
void remote_list_sort(struct remote_list *l);
void remote_list_take_vanished(struct remote_list *l,
			       const struct imap4_set *set);
/* Fills view.gone. Returns how many of those the server should have had. */
size_t remote_list_list_gone(struct remote_list *l);
/* For core/listing.h. Behind remote_list_sort() and remote_list_list_gone(),
 * which returned gone. */
struct listing_facts remote_list_facts(const struct remote_list *l,
				       size_t gone);
/* Nothing was said yet. */
void remote_list_forget_rows(struct remote_list *l);

#endif
