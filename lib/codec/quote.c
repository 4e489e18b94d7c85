/* SPDX-License-Identifier: MIT */
/* RFC 9051 9, "astring" and "quoted". Does not write literals. */
#include "lib/codec/quote.h"

#include <string.h>

#include "lib/util/ascii.h"
#include "lib/util/utf8.h"

/* ASTRING-CHAR: ATOM-CHAR or "]". */
static bool is_astring_char(char c)
{
	return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f &&
	       !strchr("(){%*\"\\", c);
}

/* QUOTED-CHAR before escaping: any seven-bit character but CR and LF. */
static bool is_quotable(char c, bool utf8)
{
	return c != '\0' && c != '\r' && c != '\n' && (utf8 || !(c & 0x80));
}

enum quote_form quote_form(const char *s, size_t len, bool utf8)
{
	/* By the grammar NIL is an astring, to some servers it is none. */
	bool atom = len > 0 && !ascii_is(s, len, "NIL");

	if (len > QUOTE_MAX || (utf8 && !utf8_valid(s, len)))
		return QUOTE_LITERAL;
	for (size_t i = 0; i < len; i++) {
		if (!is_quotable(s[i], utf8))
			return QUOTE_LITERAL;
		atom = atom && is_astring_char(s[i]);
	}
	return atom ? QUOTE_ATOM : QUOTE_QUOTED;
}

static bool is_special(char c)
{
	return c == '"' || c == '\\';
}

int quote_add_quoted(struct buf *out, const char *s, size_t len)
{
	size_t need = 2;

	for (size_t i = 0; i < len; i++)
		need += is_special(s[i]) ? 2 : 1;
	if (buf_reserve(out, need) < 0)
		return -1;
	(void)buf_addc(out, '"'); /* from here on there is room */
	for (size_t i = 0; i < len; i++) {
		if (is_special(s[i]))
			(void)buf_addc(out, '\\');
		(void)buf_addc(out, s[i]);
	}
	(void)buf_addc(out, '"');
	return 0;
}
