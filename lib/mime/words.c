/* SPDX-License-Identifier: MIT */
/* "=?charset?Q?text?=" as RFC 2047 has it, and as programs write it: words with
 * blanks inside, glued to others, padded wrongly, or cut within a character of
 * several bytes, which is why the bytes of neighbours are put together first.
 */
#include "lib/mime/words.h"

#include <stdlib.h>
#include <string.h>

#include <imap4/mime.h>

#include "lib/util/ascii.h"

/* Of charset and language. */
#define NAME_MAX_LENGTH 80

struct word {
	int charset;
	char encoding; /* 'q' or 'b' */
	struct imap4_str text;
};

/* Bytes of words that stand together, in one charset. */
struct run {
	struct charsets *charsets;
	char *bytes; /* as many as the text has */
	size_t n;
	int charset;
	struct mime_out *out;
};

int words_hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The part up to a '?' on the same line, moves *p behind it. */
static bool take(const char **p, const char *end, struct imap4_str *out)
{
	const char *q = memchr(*p, '?', (size_t)(end - *p));

	if (!q)
		return false;
	*out = (struct imap4_str){*p, (size_t)(q - *p)};
	*p = q + 1;
	return true;
}

/* "=?charset?Q?" at p, moved behind it. */
static bool word_begins(const char **p, const char *end, struct word *w)
{
	struct imap4_str charset, encoding;

	if (end - *p < 2 || (*p)[0] != '=' || (*p)[1] != '?')
		return false;
	*p += 2;
	/* Nothing has so long a name: do not look through all that follows. */
	if (end - *p > NAME_MAX_LENGTH)
		end = *p + NAME_MAX_LENGTH;
	if (!take(p, end, &charset) || !take(p, end, &encoding) ||
	    encoding.len != 1)
		return false;
	/* RFC 2231 5: "charset*language" */
	const char *star = memchr(charset.p, '*', charset.len);
	if (star)
		charset.len = (size_t)(star - charset.p);
	w->charset = charset_find(charset);
	w->encoding = ascii_lower(encoding.p[0]);
	return w->charset >= 0 && (w->encoding == 'q' || w->encoding == 'b');
}

/* A word at p: where it ends, or NULL. What does not begin as one is told
 * before its end is looked for. */
static const char *word_at(const char *p, const char *end, struct word *w)
{
	if (!word_begins(&p, end, w))
		return NULL;
	w->text.p = p;
	do {
		p = memchr(p, '?', (size_t)(end - p));
		if (!p)
			return NULL;
		p++;
	} while (p < end && *p != '=');
	if (p == end)
		return NULL;
	w->text.len = (size_t)(p - 1 - w->text.p);
	return p + 1;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* What is no digit is passed over; padding ends a group early. */
static void add_base64(struct run *r, struct imap4_str s)
{
	uint32_t bits = 0;
	unsigned n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int value = base64_value(s.p[i]);
		if (s.p[i] == '=')
			n = 0;
		if (value < 0)
			continue;
		bits = bits << 6 | (uint32_t)value;
		n += 6;
		if (n < 8)
			continue;
		n -= 8;
		r->bytes[r->n++] = (char)(bits >> n & 0xff);
	}
}

static void add_quoted(struct run *r, struct imap4_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		int high = -1, low = -1;
		if (s.p[i] == '=' && s.len - i > 2) {
			high = words_hex(s.p[i + 1]);
			low = words_hex(s.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			r->bytes[r->n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			r->bytes[r->n++] = s.p[i] == '_' ? ' ' : s.p[i];
		}
	}
}

static void flush(struct run *r)
{
	if (r->n > 0)
		charset_convert(r->charsets, r->charset, r->bytes, r->n,
				r->out);
	r->n = 0;
}

static void add_word(struct run *r, const struct word *w)
{
	if (w->charset != r->charset)
		flush(r);
	r->charset = w->charset;
	if (w->encoding == 'b')
		add_base64(r, w->text);
	else
		add_quoted(r, w->text);
}

/* Behind it nothing can end a word. */
static const char *last_end(struct imap4_str s)
{
	const char *p = s.p + s.len;

	while (p > s.p + 1 && (p[-2] != '?' || p[-1] != '='))
		p--;
	return p > s.p + 1 ? p : s.p;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) && *p)
		p++;
	return p;
}

static void decode(struct run *r, struct imap4_str s)
{
	const char *p = s.p, *end = s.p + s.len;
	const char *last = last_end(s);
	bool after_word = false;
	struct word w;

	while (p < end) {
		const char *word = after_word ? skip_blanks(p, end) : p;
		const char *next = word < last ? word_at(word, last, &w) : NULL;
		if (next) {
			add_word(r, &w);
			p = next;
			after_word = true;
			continue;
		}
		flush(r);
		after_word = false;
		const char *stop = memchr(p + 1, '=', (size_t)(end - p - 1));
		stop = stop ? stop : end;
		mime_put_utf8(r->out, p, (size_t)(stop - p));
		p = stop;
	}
	flush(r);
}

void words_decode(struct imap4_str s, struct mime_out *out)
{
	struct run r = {.charset = -1, .out = out};

	if (!s.p || s.len == 0)
		return;
	r.bytes = memmem(s.p, s.len, "=?", 2) ? malloc(s.len) : NULL;
	r.charsets = r.bytes ? charsets_new() : NULL;
	if (r.charsets)
		decode(&r, s);
	else
		mime_put_utf8(out, s.p, s.len);
	charsets_free(r.charsets);
	free(r.bytes);
}

size_t imap4_header_decode(struct imap4_str s, char *out, size_t cap)
{
	struct mime_out to = mime_out_make(out, cap);

	words_decode(s, &to);
	return mime_out_end(&to);
}
