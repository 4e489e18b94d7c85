/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 4), strict: padded, no blanks or line ends, and the bits
 * that pad are zero, so that every text has one spelling. */
#ifndef LIB_CODEC_BASE64_H
#define LIB_CODEC_BASE64_H

#include <stddef.h>

#include "lib/util/buf.h"

/* Both append to out, all or nothing. What they append may be secret: the
 * caller wipes. IMAP4_ENOMEM: out of memory or over the maximum of out. */
int base64_encode(const void *data, size_t len, struct buf *out);
/* The same backwards; IMAP4_EINVAL: not base64. */
int base64_decode(const char *s, size_t len, struct buf *out);

#endif
