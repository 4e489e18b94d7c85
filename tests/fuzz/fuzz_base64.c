/* SPDX-License-Identifier: MIT */
/* Base64: all bytes come back, and what decodes has just that one spelling. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same(const struct buf *b, const uint8_t *data, size_t size)
{
	return b->len == size &&
	       (size == 0 || memcmp(b->data, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text, again;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&again, SIZE_MAX / 2);
	assert(base64_encode(data, size, &text) == 0);
	assert(base64_decode(text.data ? text.data : "", text.len, &again) ==
	       0);
	assert(same(&again, data, size));
	buf_reset(&text);
	buf_reset(&again);
	if (base64_decode((const char *)data, size, &text) == 0) {
		assert(base64_encode(text.data, text.len, &again) == 0);
		assert(same(&again, data, size));
	} else {
		assert(text.len == 0);
	}
	buf_release(&text);
	buf_release(&again);
	return 0;
}
