/* SPDX-License-Identifier: MIT */
/* Conversion is iconv's, but only from what mail has: the C library loads code
 * for any name that it is given, some of which was never meant to see what
 * strangers write (ISO-2022-CN-EXT, CVE-2024-2961). */
#include "lib/mime/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/ascii.h"
#include "lib/util/utf8.h"

#define REPLACEMENT 0xfffd
#define UTF8        "UTF-8"

/* The name in mail, and whose bytes those are: what says it is Latin-1 is
 * Windows' superset of it, as with browsers (encoding.spec.whatwg.org). */
static const struct {
	const char *name, *means;
} known[] = {
    {"utf-8", UTF8},
    {"utf8", UTF8},
    {"us-ascii", "WINDOWS-1252"},
    {"ascii", "WINDOWS-1252"},
    {"ansi_x3.4-1968", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"cp1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1254", "WINDOWS-1254"},
    {"windows-1255", "WINDOWS-1255"},
    {"windows-1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"windows-1258", "WINDOWS-1258"},
    {"windows-874", "CP874"},
    {"tis-620", "CP874"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ibm866", "CP866"},
    {"cp866", "CP866"},
    {"macintosh", "MACINTOSH"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"cp932", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"cp936", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"cp949", "CP949"},
    {"utf-16", "UTF-16"},
    {"utf-7", "UTF-7"},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

struct charsets {
	iconv_t cd[KNOWN];
};

struct mime_out mime_out_make(char *p, size_t cap)
{
	return (struct mime_out){.p = p, .cap = cap};
}

size_t mime_out_end(struct mime_out *out)
{
	if (out->cap > 0)
		out->p[out->kept] = '\0';
	return out->len;
}

void mime_put(struct mime_out *out, uint32_t cp)
{
	char utf8[UTF8_MAX];

	/* Folded lines become one. */
	if (cp == '\r' || cp == '\n')
		return;
	if (cp == '\t')
		cp = ' ';
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		cp = REPLACEMENT;
	size_t n = utf8_put(cp, utf8);
	/* Behind what did not fit nothing does. */
	if (out->kept == out->len && n < out->cap - out->kept) {
		memcpy(out->p + out->kept, utf8, n);
		out->kept += n;
	}
	out->len += n;
}

void mime_puts(struct mime_out *out, const char *s)
{
	mime_put_utf8(out, s, strlen(s));
}

void mime_put_utf8(struct mime_out *out, const char *p, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t cp = REPLACEMENT;
		if (utf8_next(p, len, &at, &cp) < 0)
			at++;
		mime_put(out, cp);
	}
}

struct charsets *charsets_new(void)
{
	struct charsets *c = malloc(sizeof(*c));

	for (size_t i = 0; c && i < KNOWN; i++)
		c->cd[i] = (iconv_t)-1;
	return c;
}

void charsets_free(struct charsets *c)
{
	for (size_t i = 0; c && i < KNOWN; i++) {
		if (c->cd[i] != (iconv_t)-1)
			(void)iconv_close(c->cd[i]);
	}
	free(c);
}

int charset_find(struct imap4_str name)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (name.p && ascii_is(name.p, name.len, known[i].name))
			return (int)i;
	}
	return -1;
}

/* One piece of it: false: all is done. */
static bool convert_some(iconv_t cd, char **in, size_t *left,
			 struct mime_out *out)
{
	char piece[256];
	char *to = piece;
	size_t room = sizeof(piece);
	size_t rc = iconv(cd, *left ? in : NULL, left, &to, &room);
	int error = rc == (size_t)-1 ? errno : 0;

	mime_put_utf8(out, piece, sizeof(piece) - room);
	if (error == 0 || error == E2BIG)
		return error != 0 || *left > 0;
	mime_put(out, REPLACEMENT);
	if (*left == 0 || error == EINVAL)
		return false;
	++*in;
	return --*left > 0;
}

void charset_convert(struct charsets *c, int charset, const char *p, size_t len,
		     struct mime_out *out)
{
	char *in = (char *)(uintptr_t)p;

	if (strcmp(known[charset].means, UTF8) == 0) {
		mime_put_utf8(out, p, len);
		return;
	}
	iconv_t *cd = &c->cd[charset];
	if (*cd == (iconv_t)-1)
		*cd = iconv_open(UTF8, known[charset].means);
	if (*cd == (iconv_t)-1) {
		mime_put_utf8(out, p, len);
		return;
	}
	(void)iconv(*cd, NULL, NULL, NULL, NULL);
	while (convert_some(*cd, &in, &len, out))
		;
}
