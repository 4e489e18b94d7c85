/* SPDX-License-Identifier: MIT */
/* One decoder and one encoder for every use of UTF-8. Being strict matters: two
 * spellings of one name would be two folders on one side and one on the other.
 */
#include "lib/util/utf8.h"

#include <assert.h>

/* How many bytes the first one announces, and the bits it carries. */
static size_t sequence_length(unsigned char lead, uint32_t *bits)
{
	if (lead < 0x80) {
		*bits = lead;
		return 1;
	}
	if (lead >= 0xc2 && lead <= 0xdf) {
		*bits = lead & 0x1fU;
		return 2;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		*bits = lead & 0x0fU;
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*bits = lead & 0x07U;
		return 4;
	}
	return 0;
}

int utf8_next(const char *s, size_t len, size_t *pos, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c;

	if (*pos >= len)
		return -1;
	size_t n = sequence_length((unsigned char)s[*pos], &c);
	if (n == 0 || n > len - *pos)
		return -1;
	for (size_t i = 1; i < n; i++) {
		unsigned char tail = (unsigned char)s[*pos + i];
		if ((tail & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (tail & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -1;
	*pos += n;
	*cp = c;
	return 0;
}

size_t utf8_put(uint32_t cp, char out[UTF8_MAX])
{
	assert(cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff));
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

bool utf8_valid(const char *s, size_t len)
{
	uint32_t cp;

	for (size_t pos = 0; pos < len;) {
		if (utf8_next(s, len, &pos, &cp) < 0)
			return false;
	}
	return true;
}
