/* SPDX-License-Identifier: MIT */
/* Text that came from outside, made fit for one line of a message: no control
 * characters, no broken UTF-8, bounded. */
#ifndef LIB_NET_TEXT_H
#define LIB_NET_TEXT_H

#include <stddef.h>

/* Copies len bytes to out as far as they fit in cap (NUL included, cap > 0).
 * What is not a printable character becomes '?'. A character is never cut. */
void text_clean(char *out, size_t cap, const char *p, size_t len);

#endif
