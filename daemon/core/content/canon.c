/* SPDX-License-Identifier: MIT */
#include "daemon/core/content/canon.h"

#include <string.h>

enum canon_at {
	AT_LINE,     /* a line of the header begins */
	AT_NAME,     /* what may be a field's name, held back in .name */
	AT_LONG,     /* the same, too long to be left out */
	AT_TEXT,     /* the rest of a line */
	AT_LEFT_OUT, /* of one that is left out */
	AT_BODY,
};

enum canon_field { FIELD_NONE, FIELD_KEPT, FIELD_LEFT_OUT };

/* In lower case. The first two name a message to mbsync and OfflineIMAP, the
 * others are of mbox files: mutt writes them into a Maildir, too. */
static const char *const left_out[] = {
    "x-tuid", "x-offlineimap", "content-length", "lines",
    "status", "x-status",      "x-keywords",     "x-uid",
};

static void flush(struct canon *c)
{
	size_t n = c->nout;

	c->nout = 0;
	if (n > 0)
		c->sink(c->ctx, CANON_HEADER, c->out, n);
}

static void put(struct canon *c, char byte)
{
	if (c->nout == sizeof(c->out))
		flush(c);
	c->out[c->nout++] = byte;
}

/* Printable, without the colon (RFC 5322 2.2). */
static bool is_name_byte(unsigned char b)
{
	return b > ' ' && b < 127 && b != ':';
}

static char lower(unsigned char b)
{
	return (char)(b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b);
}

static bool is_left_out(const struct canon *c)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		if (strlen(left_out[i]) == c->nname &&
		    memcmp(left_out[i], c->name, c->nname) == 0)
			return true;
	}
	return false;
}

/* The line is kept. */
static void keep(struct canon *c, enum canon_at at)
{
	for (size_t i = 0; i < c->nname; i++)
		put(c, c->name[i]);
	c->nname = 0;
	c->field = FIELD_KEPT;
	c->at = (uint8_t)at;
}

static void begin_line(struct canon *c, unsigned char b)
{
	bool folded = b == ' ' || b == '\t';

	if (folded && c->field != FIELD_NONE) {
		c->at = c->field == FIELD_KEPT ? AT_TEXT : AT_LEFT_OUT;
		return;
	}
	if (c->field == FIELD_KEPT)
		put(c, '\n');
	c->field = FIELD_NONE;
	c->at = AT_NAME;
}

static void name_byte(struct canon *c, unsigned char b)
{
	if (is_name_byte(b)) {
		c->name[c->nname++] = lower(b);
		if (c->nname == sizeof(c->name))
			keep(c, AT_LONG);
	} else if (b == ':' && is_left_out(c)) {
		c->left_out += c->nname + 1;
		c->nname = 0;
		c->field = FIELD_LEFT_OUT;
		c->at = AT_LEFT_OUT;
	} else {
		keep(c, AT_TEXT);
		put(c, (char)b);
	}
}

static void end_header(struct canon *c)
{
	if (c->at == AT_NAME)
		keep(c, AT_TEXT);
	if (c->field == FIELD_KEPT)
		put(c, '\n');
	put(c, '\n');
	flush(c);
	c->at = AT_BODY;
}

static void end_line(struct canon *c)
{
	if (c->at == AT_LINE) {
		end_header(c);
		return;
	}
	if (c->at == AT_NAME)
		keep(c, AT_TEXT);
	if (c->at == AT_LEFT_OUT)
		c->left_out += 2;
	c->at = AT_LINE;
}

static void header_byte(struct canon *c, unsigned char b)
{
	if (b == '\r')
		return;
	if (b == '\n') {
		end_line(c);
		return;
	}
	b = b < 128 ? b : 'X';
	if (c->at == AT_LINE)
		begin_line(c, b);
	switch (c->at) {
	case AT_NAME:
		name_byte(c, b);
		break;
	case AT_LONG:
		put(c, lower(b));
		if (!is_name_byte(b))
			c->at = AT_TEXT;
		break;
	case AT_TEXT:
		put(c, (char)b);
		break;
	default:
		c->left_out++;
		break;
	}
}

static void put_line_ends(struct canon *c)
{
	static const char ends[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";

	while (c->line_ends > 0) {
		size_t n = sizeof(ends) - 1;
		if (n > c->line_ends)
			n = (size_t)c->line_ends;
		c->sink(c->ctx, CANON_BODY, ends, n);
		c->line_ends -= n;
	}
}

/* Without a CR in it. */
static void body_run(struct canon *c, const char *p, size_t n)
{
	size_t text = n;

	while (text > 0 && p[text - 1] == '\n')
		text--;
	if (text > 0) {
		put_line_ends(c);
		c->sink(c->ctx, CANON_BODY, p, text);
	}
	c->line_ends += n - text;
}

void canon_begin(struct canon *c, enum canon_part part, canon_sink *sink,
		 void *ctx)
{
	c->sink = sink;
	c->ctx = ctx;
	c->at = part == CANON_HEADER ? AT_LINE : AT_BODY;
	c->field = FIELD_NONE;
	c->left_out = c->line_ends = 0;
	c->nname = c->nout = 0;
}

void canon_add(struct canon *c, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end && c->at != AT_BODY)
		header_byte(c, (unsigned char)*p++);
	while (p < end) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		body_run(c, p, (size_t)((cr ? cr : end) - p));
		p = cr ? cr + 1 : end;
	}
}

void canon_end(struct canon *c)
{
	if (c->at != AT_BODY)
		end_header(c);
}
