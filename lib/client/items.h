/* SPDX-License-Identifier: MIT */
/* Responses that are kept until somebody asks for them, and results made of
 * them. */
#ifndef LIB_CLIENT_ITEMS_H
#define LIB_CLIENT_ITEMS_H

#include <imap4/client.h>

struct items {
	struct imap4_item *v; /* oldest first */
	size_t n, cap;
	size_t bytes; /* what they cost to keep */
};

void items_release(struct items *s);
/* Adds an item: name and text are copied, literal (p NULL, or from malloc() and
 * ended by an uncounted NUL) is taken over, also on failure. 0 or IMAP4_ENOMEM.
 */
int items_add(struct items *s, struct imap4_str name, struct imap4_str text,
	      struct imap4_str literal);
/* Moves all items of a name, in any case, to the end of data. 0 or
 * IMAP4_ENOMEM: nothing was moved. */
int items_take(struct items *s, const char *name, struct imap4_data *data);
/* The same with n items from number at on. */
int items_move(struct items *s, size_t at, size_t n, struct imap4_data *data);
/* Forgets the oldest until at most so many bytes are kept. */
void items_trim(struct items *s, size_t bytes);

/* Adds one item to data, as items_add() does. */
int data_add(struct imap4_data *data, const char *name, struct imap4_str text);
void data_release(struct imap4_data *data);

#endif
