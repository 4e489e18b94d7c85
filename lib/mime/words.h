/* SPDX-License-Identifier: MIT */
/* Encoded words (RFC 2047) in text. */
#ifndef LIB_MIME_WORDS_H
#define LIB_MIME_WORDS_H

#include <imap4/types.h>

#include "lib/mime/charset.h"

/* Appends the text with its words decoded. */
void words_decode(struct imap4_str s, struct mime_out *out);
/* The value of a digit in base 16, or -1. */
int words_hex(char c);

#endif
