/* SPDX-License-Identifier: MIT */
/* Names of the system flags (RFC 9051 2.3.2) and their bits, enum imap4_flag.
 * Everything else is a keyword and stays a word. */
#ifndef LIB_CODEC_FLAGS_H
#define LIB_CODEC_FLAGS_H

#include <stddef.h>
#include <stdint.h>

/* The bit of a name in any case, or 0: a keyword, or a flag unknown here. */
uint32_t flags_system_bit(const char *s, size_t len);

#endif
