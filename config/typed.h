/* SPDX-License-Identifier: MIT */
/* One value between its text in a file and its place in struct config or
 * struct config_account, as its row of the key table says. */
#ifndef CONFIG_TYPED_H
#define CONFIG_TYPED_H

#include "config/keys.h"
#include "lib/util/buf.h"

struct typed_error {
	char text[400]; /* behind the name of the key: "\"x\" is not ..." */
	char hint[160]; /* or "" */
};

/* Sets key k of object from text. add: keep what a list holds. An empty text
 * leaves a key that may be unset unset. 0, or -1 and *err; the object is then
 * as before, but for elements of a list in front of the wrong one. */
int typed_set(void *object, const struct key *k, const char *text, bool add,
	      struct typed_error *err);

/* Frees what the key holds and makes it unset. */
void typed_clear(void *object, const struct key *k);

/* Appends the value as text that typed_set() would take, secrets as
 * "(hidden)". Returns false and appends nothing: it is not set. Not for
 * KEY_RULE. */
bool typed_print(const void *object, const struct key *k, struct buf *out);

#endif
