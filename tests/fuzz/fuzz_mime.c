/* SPDX-License-Identifier: MIT */
/* Headers of strangers: what comes out is UTF-8 without control characters, the
 * same whatever room there is, and its end is where it is said to be. The input
 * is a header, and, cut at NUL, parameters by turns. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <imap4/mime.h>

#include "lib/util/utf8.h"

#define MAX_PARAMS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t len)
{
	uint32_t cp;

	for (size_t at = 0; at < len;) {
		assert(utf8_next(text, len, &at, &cp) == 0);
		assert(cp >= 0x20 && (cp < 0x7f || cp >= 0xa0));
	}
}

static void header(struct imap4_str s)
{
	size_t n = imap4_header_decode(s, NULL, 0);
	char *whole = malloc(n + 1), *cut = malloc(n / 2 + 1);
	int64_t epoch;

	assert(whole && cut);
	assert(imap4_header_decode(s, whole, n + 1) == n);
	assert(whole[n] == '\0' && strlen(whole) == n);
	check_text(whole, n);
	assert(imap4_header_decode(s, cut, n / 2 + 1) == n);
	assert(strlen(cut) <= n / 2 && !memcmp(cut, whole, strlen(cut)));
	check_text(cut, strlen(cut));
	(void)imap4_header_date(s, &epoch, NULL);
	free(whole);
	free(cut);
}

static void params(const char *p, size_t len)
{
	struct imap4_param list[MAX_PARAMS];
	struct imap4_address a = {.kind = IMAP4_ADDRESS};
	char out[128];
	size_t n = 0;

	for (const char *end = p + len; p < end && n < MAX_PARAMS; n++) {
		struct imap4_str s[2];
		for (int i = 0; i < 2; i++) {
			size_t left = (size_t)(end - p);
			s[i] = (struct imap4_str){p, strnlen(p, left)};
			p += s[i].len + (s[i].len < left);
		}
		list[n] = (struct imap4_param){.name = s[0], .value = s[1]};
		a.name = s[0];
		a.mailbox = a.host = s[1];
		if (n > 0)
			list[n - 1].next = &list[n];
	}
	long rc = imap4_param_decode(n ? list : NULL, "name", out, sizeof(out));
	if (rc >= 0)
		check_text(out, strlen(out));
	(void)imap4_addresses_format(&a, out, sizeof(out));
	check_text(out, strlen(out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own: an overrun is seen. */
	char *copy = malloc(size ? size : 1);

	assert(copy);
	if (size > 0)
		memcpy(copy, data, size);
	header((struct imap4_str){copy, size});
	params(copy, size);
	free(copy);
	return 0;
}
