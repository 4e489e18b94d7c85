/* SPDX-License-Identifier: MIT */
/* Results as structures and numbers: the calls that imaplib has no names for.
 */
#ifndef LIB_CLIENT_TYPED_H
#define LIB_CLIENT_TYPED_H

#include "lib/client/client.h"

/* Notes the numbers that SEARCH and SORT return. */
void typed_note(struct imap4_client *c, const struct imap4_event *ev);
/* All have come. */
void typed_finish(struct imap4_client *c);
/* Forgets those of the last command. */
void typed_reset(struct imap4_client *c);
void typed_release(struct imap4_client *c);

#endif
