/* SPDX-License-Identifier: MIT */
/* Commands by table: what their arguments are, and which responses their result
 * is made of. */
#ifndef LIB_CLIENT_COMMAND_H
#define LIB_CLIENT_COMMAND_H

#include <stdarg.h>

#include "lib/client/client.h"

/* Runs a command of the table in command.c. Its arguments are const char *, as
 * many as the table says, or for words up to NULL. */
int command(struct imap4_client *c, const char *name, ...);
/* The same for those who take the responses as they come: true, take has it,
 * and it is not kept. ctx is for take, as c->typed. */
typedef bool command_taker(struct imap4_client *c,
			   const struct imap4_event *ev);
int command_typed(struct imap4_client *c, command_taker *take, const void *ctx,
		  const char *name, ...);
/* The same whose last two arguments may come again and again, up to NULL. */
int command_pairs(struct imap4_client *c, const char *name,
		  const char *const *first, va_list ap);
/* The same with a query as the last argument; sort: what is in front of it, or
 * NULL. */
int command_query(struct imap4_client *c, const char *name, const char *sort,
		  const struct imap4_query *query);
/* The same with the first arguments by themselves: for calls with "...". */
int command_words(struct imap4_client *c, const char *name,
		  const char *const *first, va_list ap);
/* A mailbox name in UTF-8 as it is sent, to out. 0, IMAP4_EINVAL: no UTF-8,
 * IMAP4_ENOMEM. */
int command_mailbox(const struct imap4_client *c, const char *name,
		    struct buf *out);

#endif
