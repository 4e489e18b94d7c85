/* SPDX-License-Identifier: MIT */
/* Mailbox names of servers that do not encode as RFC 3501 5.1.3 says. */
#ifndef LIB_CODEC_MUTF7_H
#define LIB_CODEC_MUTF7_H

#include <stddef.h>

/* Like imap4_mutf7_decode(), but takes a shifted "&" too (Yandex): there is a
 * name to show then, though none that would be encoded the same way. */
long mutf7_decode_lax(const char *mutf7, size_t len, char *out, size_t cap);

#endif
