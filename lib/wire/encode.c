/* SPDX-License-Identifier: MIT */
/* The one place where arguments become bytes on the wire. */
#include "lib/wire/encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec/quote.h"
#include "lib/util/ascii.h"
#include "lib/util/utf8.h"

/* RFC 7888 5 */
#define LITERAL_MINUS_MAX 4096

void encode_init(struct encode *c, enum encode_literals literals, bool utf8)
{
	memset(c, 0, sizeof(*c));
	buf_init(&c->bytes, ENCODE_MAX);
	c->literals = literals;
	c->utf8 = utf8;
}

void encode_release(struct encode *c)
{
	buf_wipe(&c->bytes);
	free(c->seg);
	c->seg = NULL;
	c->n = 0;
	c->cap = 0;
}

static void add(struct encode *c, const void *p, size_t n)
{
	if (c->error < 0)
		return;
	if (n > c->bytes.max - c->bytes.len)
		c->error = IMAP4_ELIMIT;
	else if (buf_add(&c->bytes, p, n) < 0)
		c->error = IMAP4_ENOMEM;
}

static void add_segment(struct encode *c, struct encode_segment s)
{
	if (c->error < 0)
		return;
	if (!c->seg || c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 4;
		struct encode_segment *seg =
		    realloc(c->seg, cap * sizeof(*seg));
		if (!seg) {
			c->error = IMAP4_ENOMEM;
			return;
		}
		c->seg = seg;
		c->cap = cap;
	}
	c->seg[c->n++] = s;
}

/* Everything since the last segment becomes one, or part of the last one. */
static void segment(struct encode *c, enum encode_kind kind, bool waits)
{
	struct encode_segment *last = c->n > 0 ? &c->seg[c->n - 1] : NULL;

	if (c->error < 0 || c->bytes.len == (last ? last->end : 0))
		return;
	if (last && last->kind == kind && kind == ENCODE_TEXT && !last->waits) {
		last->end = c->bytes.len;
		last->waits = waits;
		return;
	}
	add_segment(c, (struct encode_segment){
			   .kind = kind, .end = c->bytes.len, .waits = waits});
}

void encode_text(struct encode *c, const char *text)
{
	add(c, text, strlen(text));
	segment(c, ENCODE_TEXT, false);
}

void encode_number(struct encode *c, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, n);
	encode_text(c, text);
}

void encode_raw(struct encode *c, const char *text, size_t len)
{
	for (size_t i = 0; i < len && c->error == 0; i++) {
		if (ascii_ctl(text[i]) || (!c->utf8 && (text[i] & 0x80)))
			c->error = IMAP4_EINVAL;
	}
	if (c->utf8 && c->error == 0 && !utf8_valid(text, len))
		c->error = IMAP4_EINVAL;
	add(c, text, len);
	segment(c, ENCODE_TEXT, false);
}

static void literal_header(struct encode *c, uint64_t length, bool sync)
{
	sync = sync || c->literals == ENCODE_SYNC ||
	       (c->literals == ENCODE_SMALL && length > LITERAL_MINUS_MAX);

	if (c->error == 0 &&
	    buf_addf(&c->bytes, "{%llu%s}\r\n", (unsigned long long)length,
		     sync ? "" : "+") < 0)
		c->error = IMAP4_ENOMEM;
	segment(c, ENCODE_TEXT, sync);
}

/* The server is to ask for it, whatever it offers: one that refuses the command
 * by what precedes (Dovecot, an unknown one) takes what it did not ask for as
 * the next commands. */
static void literal(struct encode *c, struct imap4_str s, enum encode_kind kind)
{
	literal_header(c, s.len, true);
	add(c, s.p, s.len);
	c->inside += s.len;
	segment(c, kind, false);
}

static void string(struct encode *c, struct imap4_str s, enum quote_form form,
		   bool secret)
{
	if (c->error < 0)
		return;
	if (s.len > 0 && (!s.p || memchr(s.p, '\0', s.len))) {
		c->error = IMAP4_EINVAL;
		return;
	}
	switch (form) {
	case QUOTE_ATOM:
		add(c, s.p, s.len);
		break;
	case QUOTE_QUOTED:
		if (quote_add_quoted(&c->bytes, s.p ? s.p : "", s.len) < 0)
			c->error = IMAP4_ENOMEM;
		break;
	case QUOTE_LITERAL:
		literal(c, s, secret ? ENCODE_SECRET : ENCODE_LITERAL);
		return;
	}
	segment(c, secret ? ENCODE_SECRET : ENCODE_TEXT, false);
}

void encode_astring(struct encode *c, struct imap4_str s)
{
	string(c, s, quote_form(s.p ? s.p : "", s.len, c->utf8), false);
}

void encode_string(struct encode *c, struct imap4_str s)
{
	enum quote_form form = quote_form(s.p ? s.p : "", s.len, c->utf8);

	string(c, s, form == QUOTE_ATOM ? QUOTE_QUOTED : form, false);
}

void encode_secret(struct encode *c, struct imap4_str s)
{
	string(c, s, quote_form(s.p ? s.p : "", s.len, c->utf8), true);
}

void encode_secret_text(struct encode *c, const char *text, size_t len)
{
	add(c, text, len);
	segment(c, ENCODE_SECRET, false);
}

void encode_literal8(struct encode *c, struct imap4_str s)
{
	encode_text(c, "~");
	literal(c, s, ENCODE_LITERAL);
}

void encode_stream(struct encode *c, uint64_t length, bool literal8, bool sync)
{
	if (literal8)
		encode_text(c, "~");
	literal_header(c, length, sync);
	add_segment(c, (struct encode_segment){.kind = ENCODE_STREAM,
					       .end = c->bytes.len,
					       .stream = length});
}

/* Would the server take the end of the line for the header of a literal, and
 * the next command for its bytes? Only raw text can end so. */
static bool ends_in_header(const struct encode *c)
{
	size_t start = c->n > 1 ? c->seg[c->n - 2].end : 0;
	size_t i = c->bytes.len;
	const char *p = c->bytes.data;

	if (c->n == 0 || c->seg[c->n - 1].kind != ENCODE_TEXT || i <= start ||
	    p[--i] != '}')
		return false;
	while (i > start && (ascii_digit(p[i - 1]) || strchr("+-", p[i - 1])))
		i--;
	return i > start && p[i - 1] == '{';
}

int encode_end(struct encode *c)
{
	if (c->error == 0 && ends_in_header(c))
		c->error = IMAP4_EINVAL;
	if (c->error == 0 && c->bytes.len - c->inside > ENCODE_LINE_MAX)
		c->error = IMAP4_ELIMIT;
	encode_text(c, "\r\n");
	return c->error;
}
