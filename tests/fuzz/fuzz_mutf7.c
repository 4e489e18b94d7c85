/* SPDX-License-Identifier: MIT */
/* Modified UTF-7: what decodes must encode to the same bytes, what encodes must
 * decode to the same, and both must keep to the capacity they are given.
 */
#include <imap4/codec.h>

#include <stdlib.h>
#include <string.h>

#include "lib/util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef long codec(const char *in, size_t len, char *out, size_t cap);

static void there_and_back(codec *there, codec *back, const char *in,
			   size_t len)
{
	long n = there(in, len, NULL, 0);

	if (n < 0)
		return;
	/* Exactly as large as promised, so that a byte more is noticed. */
	char *out = malloc((size_t)n + 1), *again = malloc(len + 1);
	if (!out || !again)
		abort();
	if (there(in, len, out, (size_t)n) != IMAP4_ELIMIT ||
	    there(in, len, out, (size_t)n + 1) != n || out[n] != '\0')
		abort();
	if (back(out, (size_t)n, again, len + 1) != (long)len ||
	    memcmp(in, again, len) != 0)
		abort();
	free(out);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	bool nameable = utf8_valid(s, size) && !memchr(s, '\0', size);

	if ((imap4_mutf7_encode(s, size, NULL, 0) >= 0) != nameable)
		abort();
	there_and_back(imap4_mutf7_decode, imap4_mutf7_encode, s, size);
	there_and_back(imap4_mutf7_encode, imap4_mutf7_decode, s, size);
	return 0;
}
