/* SPDX-License-Identifier: MIT */
/* What the files of a look share: look.c commands and answers, look_view.c what
 * comes of them. */
#ifndef DAEMON_REMOTE_LOOK_PRIV_H
#define DAEMON_REMOTE_LOOK_PRIV_H

#include "daemon/core/window.h"
#include "daemon/remote/look.h"

/* The row of that message, made where there is none. */
struct remote_row *look_row(struct look *l, uint32_t uid);
/* By UID, one row a message. */
void look_sort(struct look *l);
void look_take_vanished(struct look *l, const struct imap4_set *set);
/* Fills view.gone. Returns how many of those the server should have had. */
size_t look_list_gone(struct look *l);
/* Does a delta, applied to what is known, give as many as there are? */
bool look_adds_up(const struct look *l, size_t gone);
/* The listing beside the rows. Behind look_sort() and look_list_gone(). */
struct listed look_measure(const struct look *l);
/* Nothing was said yet. */
void look_forget_rows(struct look *l);

#endif
