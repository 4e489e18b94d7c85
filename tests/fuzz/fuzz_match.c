/* SPDX-License-Identifier: MIT */
/* LIST patterns against a plain table of what matches what, which takes the
 * memory that the real one does without. Input: delimiter, pattern, 0, name. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <imap4/codec.h>

#include "lib/util/ascii.h"

#define MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* May the pattern's rest match the name's rest? By the definition in RFC 9051
 * 6.3.9. inbox: so many bytes at the front match in any case. */
static bool table_match(const char *pattern, const char *name, char delim,
			size_t inbox)
{
	static bool t[MAX + 1][MAX + 1];
	size_t m = strlen(pattern), n = strlen(name);

	for (size_t i = m + 1; i-- > 0;) {
		for (size_t j = n + 1; j-- > 0;) {
			char p = pattern[i], c = name[j];
			bool some = j < n && (p == '*' || c != delim);
			if (i == m)
				t[i][j] = j == n;
			else if (p == '*' || p == '%')
				t[i][j] = t[i + 1][j] || (some && t[i][j + 1]);
			else
				t[i][j] = j < n && t[i + 1][j + 1] &&
					  (p == c ||
					   (j < inbox &&
					    ascii_lower(p) == ascii_lower(c)));
		}
	}
	return t[0][0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char pattern[MAX + 1], name[MAX + 1];

	if (size < 3)
		return 0;
	const char *p = (const char *)data + 1;
	const char *zero = memchr(p, '\0', size - 1);
	if (!zero)
		return 0;
	size_t m = (size_t)(zero - p), n = size - 2 - m;
	if (m > MAX || n > MAX || memchr(zero + 1, '\0', n))
		return 0;
	memcpy(pattern, p, m);
	memcpy(name, zero + 1, n);
	pattern[m] = name[n] = '\0';
	char delim = (char)data[0];
	size_t first = strcspn(name, (char[]){delim, '\0'});
	size_t inbox = ascii_is(name, first, "INBOX") ? first : 0;
	assert(imap4_list_match(pattern, name, delim) ==
	       table_match(pattern, name, delim, inbox));
	return 0;
}
