/* SPDX-License-Identifier: MIT */
/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above
 * U+10FFFF. NUL is a character like any other here. */
#ifndef LIB_UTIL_UTF8_H
#define LIB_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest form of one character, in bytes. */
#define UTF8_MAX 4

/* Decodes the character at s[*pos], *pos < len: 0, *cp, and *pos moved behind
 * it; or -1 and nothing written. */
int utf8_next(const char *s, size_t len, size_t *pos, uint32_t *cp);
/* Writes a character that utf8_next() could have returned to out. Returns how
 * many bytes it took, not terminated. */
size_t utf8_put(uint32_t cp, char out[UTF8_MAX]);
bool utf8_valid(const char *s, size_t len);

#endif
