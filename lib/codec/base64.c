/* SPDX-License-Identifier: MIT */
/* Base64 for SASL challenges and responses (RFC 9051 6.2.2). Strict, since a
 * challenge that is not exactly base64 is a broken or hostile server.
 */
#include "lib/codec/base64.h"

#include <stdint.h>
#include <string.h>

#include <imap4/types.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(const void *data, size_t len, struct buf *out)
{
	const unsigned char *p = data;

	if (len > SIZE_MAX / 2 || buf_reserve(out, (len + 2) / 3 * 4) < 0)
		return IMAP4_ENOMEM;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)p[i] << 16;
		if (n > 1)
			bits |= (uint32_t)p[i + 1] << 8;
		if (n > 2)
			bits |= p[i + 2];
		char text[4] = {
		    alphabet[bits >> 18],
		    alphabet[bits >> 12 & 0x3f],
		    n > 1 ? alphabet[bits >> 6 & 0x3f] : '=',
		    n > 2 ? alphabet[bits & 0x3f] : '=',
		};
		(void)buf_add(out, text, sizeof(text)); /* reserved above */
	}
	return IMAP4_OK;
}

/* n digits at s to the high end of 24 bits, or -1. */
static int32_t decode_group(const char *s, size_t n)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		const char *at = s[i] ? strchr(alphabet, s[i]) : NULL;
		if (!at)
			return -1;
		bits |= (uint32_t)(at - alphabet) << (18 - 6 * i);
	}
	return (int32_t)bits;
}

static int decode_all(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i += 4) {
		size_t n = 4;
		if (i + 4 == len && s[i + 3] == '=')
			n = s[i + 2] == '=' ? 2 : 3;
		int32_t bits = decode_group(s + i, n);
		if (bits < 0)
			return -1;
		unsigned char data[3] = {
		    (unsigned char)(bits >> 16),
		    (unsigned char)(bits >> 8),
		    (unsigned char)bits,
		};
		size_t bytes = n - 1;
		for (size_t k = bytes; k < 3; k++) {
			if (data[k] != 0)
				return -1;
		}
		(void)buf_add(out, data, bytes); /* reserved by the caller */
	}
	return 0;
}

int base64_decode(const char *s, size_t len, struct buf *out)
{
	size_t before = out->len;

	if (len % 4 != 0)
		return IMAP4_EINVAL;
	size_t need = len / 4 * 3;
	for (size_t i = len; i > 0 && len - i < 2 && s[i - 1] == '='; i--)
		need--;
	if (buf_reserve(out, need) < 0)
		return IMAP4_ENOMEM;
	if (decode_all(s, len, out) < 0) {
		buf_truncate(out, before);
		return IMAP4_EINVAL;
	}
	return IMAP4_OK;
}
