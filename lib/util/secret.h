/* SPDX-License-Identifier: MIT */
/* A string that must not leak: in memory that is locked where the system lets
 * us, left out of core dumps, and wiped when freed. */
#ifndef LIB_UTIL_SECRET_H
#define LIB_UTIL_SECRET_H

#include <stddef.h>

struct secret;

/* Copies len bytes. NULL: out of memory, or len is absurd (over 1 MiB). */
struct secret *secret_new(const char *p, size_t len);
/* Wipes and frees. Accepts NULL. */
void secret_free(struct secret *s);
/* Borrowed, NUL-terminated (the length does not count it). */
const char *secret_text(const struct secret *s);
size_t secret_len(const struct secret *s);

#endif
