/* SPDX-License-Identifier: MIT */
/* Text that came from outside, made fit for one line on a terminal or in a log:
 * no control characters, no broken UTF-8, nothing that cannot be seen. */
#ifndef LIB_UTIL_TEXT_H
#define LIB_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is it a character that can be shown? Controls (C0, C1), format characters
 * (Unicode's Cf: what turns the direction of writing, what has no width, tags),
 * separators of lines and what is no character can not: a terminal obeys them,
 * and a reader takes one text for another. */
bool text_shows(uint32_t cp);

/* The longest that text_escape() writes. */
#define TEXT_ESCAPED 17
/* The next character of s, *pos < len, to out, NUL-terminated; where it cannot
 * be shown, or is not UTF-8, each of its bytes as \xNN. Moves *pos behind it.
 * Returns how many bytes out has. */
size_t text_escape(const char *s, size_t len, size_t *pos,
		   char out[TEXT_ESCAPED]);

/* Copies len bytes to out as far as they fit in cap (NUL included, cap > 0).
 * What cannot be shown becomes '?'. A character is never cut. */
void text_clean(char *out, size_t cap, const char *p, size_t len);

#endif
