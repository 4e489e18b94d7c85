/* SPDX-License-Identifier: MIT */
/* What a wrong word was probably meant to be: by small edit distance, or by
 * what mbsync and OfflineIMAP call it. */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

#include "config/keys.h"

/* The key that was meant by name; NULL: no idea. */
const char *suggest_key(enum key_scope scope, const char *name);
/* The word of list (ended by NULL) that is nearest to s; NULL: none is near. */
const char *suggest_word(const char *const *list, const char *s);

#endif
