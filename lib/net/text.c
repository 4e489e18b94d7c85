/* SPDX-License-Identifier: MIT */
/* Text that came from outside, made fit for one line of a message. Names and
 * server texts in any language stay readable; what a terminal would obey goes.
 */
#include "lib/net/text.h"

#include "lib/util/utf8.h"

#include <string.h>

static bool printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	/* Line separators, and the marks that turn the direction of writing:
	 * they can make a terminal show something else than what is there. */
	return !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

void text_clean(char *out, size_t cap, const char *p, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len;) {
		size_t end = i;
		uint32_t c;
		bool ok = utf8_next(p, len, &end, &c) == 0;
		if (!ok)
			end = i + 1;
		ok = ok && printable(c);
		if ((ok ? end - i : 1) > cap - 1 - at)
			break;
		if (ok)
			memcpy(out + at, p + i, end - i);
		else
			out[at] = '?';
		at += ok ? end - i : 1;
		i = end;
	}
	out[at] = '\0';
}
