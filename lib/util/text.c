/* SPDX-License-Identifier: MIT */
/* Names and server texts in any language stay readable; what a terminal would
 * obey goes. */
#include "lib/util/text.h"

#include <stdio.h>
#include <string.h>

#include "lib/util/utf8.h"

/* Controls, Cf of Unicode 15, U+2028 and U+2029, U+E0000 to U+E0FFF (all of it
 * is to be ignored), and what is no character; in ascending order. */
static const struct {
	uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},
    {0x0600, 0x0605},   {0x061c, 0x061c},   {0x06dd, 0x06dd},
    {0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},
    {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
    {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool text_shows(uint32_t cp)
{
	size_t n = sizeof(hidden) / sizeof(hidden[0]), i = 0;

	while (i < n && hidden[i].last < cp)
		i++;
	return i == n || cp < hidden[i].first;
}

/* Of the character at s[*pos], or the byte, where it is none. */
static bool next(const char *s, size_t len, size_t *pos)
{
	uint32_t cp;

	if (utf8_next(s, len, pos, &cp) == 0)
		return text_shows(cp);
	++*pos;
	return false;
}

size_t text_escape(const char *s, size_t len, size_t *pos,
		   char out[TEXT_ESCAPED])
{
	size_t start = *pos, n = 0;

	if (next(s, len, pos)) {
		n = *pos - start;
		memcpy(out, s + start, n);
		out[n] = '\0';
		return n;
	}
	for (size_t i = start; i < *pos; i++)
		n += (size_t)snprintf(out + n, TEXT_ESCAPED - n, "\\x%02X",
				      (unsigned)(unsigned char)s[i]);
	return n;
}

void text_clean(char *out, size_t cap, const char *p, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len;) {
		size_t start = i;
		bool shows = next(p, len, &i);
		size_t n = shows ? i - start : 1;
		if (n > cap - 1 - at)
			break;
		memcpy(out + at, shows ? p + start : "?", n);
		at += n;
	}
	out[at] = '\0';
}
