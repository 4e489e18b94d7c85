/* SPDX-License-Identifier: MIT */
/* Strict where being wrong means losing step with the server: line ends and
 * literal headers. What stands in between is the parser's business. */
#include "lib/wire/frame.h"

#include <string.h>

#include <imap4/types.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"

/* RFC 9051 number64 has 63 bits. */
#define LITERAL_MAX INT64_MAX
/* Memory kept from one response to the next. */
#define LINE_KEEP 65536

void frame_init(struct frame *f, size_t max_response, uint64_t max_body)
{
	memset(f, 0, sizeof(*f));
	/* The CRLF at the end is not part of the response. */
	buf_init(&f->line, max_response + 2);
	f->max_text = f->line.max;
	f->max_body = max_body;
}

void frame_init_whole(struct frame *f, size_t max_text, size_t max_literals)
{
	frame_init(f, max_text + max_literals, max_literals);
	f->max_text = max_text + 2;
	f->whole = true;
}

void frame_release(struct frame *f)
{
	buf_wipe(&f->line);
}

static int fail(struct frame *f, int code, const char *why)
{
	f->error = why;
	return code;
}

static void next_response(struct frame *f)
{
	if (f->line.cap > LINE_KEEP)
		buf_release(&f->line);
	else
		buf_reset(&f->line);
	f->state = FRAME_TEXT;
	f->literals = 0;
	f->line_start = 0;
	f->cr = false;
	f->streamed = 0;
	section_init(&f->section);
}

/* Of the code at p: "[X]"; a bracket in a quoted string ends none. */
static bool code_is_closed(const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end; p++) {
		if (*p == ']' && !quoted)
			return true;
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && quoted)
			p++;
	}
	return false;
}

/* Is its end the text of OK, NO, BAD, BYE or PREAUTH? There are no literals in
 * that (RFC 9051 9, resp-text), but what a server repeats in it may look like
 * one: "NO Mailbox does not exist: x{10}" must not swallow what follows. A code
 * may have them. */
static bool ends_in_prose(const struct frame *f)
{
	static const char *const status[] = {"OK", "NO", "BAD", "BYE",
					     "PREAUTH"};
	const char *end = f->line.data + f->line.len;

	/* Each of many literals must not have all that precedes searched. */
	if (f->line_start > 0)
		return false;
	const char *tag = memchr(f->line.data, ' ', f->line.len);
	const char *word = tag ? tag + 1 : end;
	const char *blank = memchr(word, ' ', (size_t)(end - word));

	if (!blank || (blank[1] == '[' && !code_is_closed(blank + 1, end)))
		return false;
	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		if (ascii_is(word, (size_t)(blank - word), status[i]))
			return true;
	}
	return false;
}

/* Does the line, CRLF included, end in a literal header? 1 and *at, the offset
 * of its brace, and *size; 0; or an error. "{12-}" or "{x}" is plain text. */
static int literal_header(struct frame *f, size_t *at, uint64_t *size)
{
	const char *p = f->line.data;
	size_t i = f->line.len - 2;

	if (i == f->line_start || p[i - 1] != '}')
		return 0;
	i--;
	/* RFC 7888 gives the non-synchronising form to clients only; a server
	 * that sends it can mean nothing else by it. */
	if (i > f->line_start && p[i - 1] == '+')
		i--;
	size_t end = i;
	while (i > f->line_start && ascii_digit(p[i - 1]))
		i--;
	if (i == end || i == f->line_start || p[i - 1] != '{' ||
	    ends_in_prose(f))
		return 0;
	if (num_parse(p + i, end - i, LITERAL_MAX, size) < 0)
		return fail(f, IMAP4_EPROTO, "a literal of more than 63 bits");
	*at = i - 1;
	return 1;
}

static int begin_stream(struct frame *f, size_t at, uint64_t size)
{
	if (size > f->max_body)
		return fail(f, IMAP4_ELIMIT, "a message larger than allowed");
	buf_truncate(&f->line, at);
	if (buf_addf(&f->line, "{*%llu}\r\n", (unsigned long long)size) < 0)
		return fail(f, IMAP4_ENOMEM, "out of memory");
	f->state = FRAME_STREAM;
	f->left = size;
	f->begun = false;
	f->streamed++;
	return FRAME_MORE;
}

static int begin_literal(struct frame *f, uint64_t size)
{
	if (size > f->line.max - f->line.len ||
	    (f->whole && size > f->max_body - f->literals))
		return fail(f, IMAP4_ELIMIT, "a literal larger than allowed");
	f->state = FRAME_LITERAL;
	f->left = size;
	f->literals += (size_t)size;
	return FRAME_MORE;
}

/* The line got its CRLF. */
static int line_ends(struct frame *f)
{
	size_t at;
	uint64_t size;
	int rc = literal_header(f, &at, &size);

	f->cr = false;
	if (rc < 0)
		return rc;
	if (rc == 0) {
		buf_truncate(&f->line, f->line.len - 2);
		if (f->line.len == f->line_start && section_open(&f->section)) {
			f->state = FRAME_GAP;
			return FRAME_MORE;
		}
		f->state = FRAME_DONE;
		return FRAME_RESPONSE;
	}
	bool body = section_at(&f->section, f->line.data, at);
	if (body && !f->whole)
		return begin_stream(f, at, size);
	return begin_literal(f, size);
}

/* Some servers write a line end between a literal and the end of the list that
 * it is in. What follows tells whether that was meant: no response begins with
 * a blank or a parenthesis. */
static int feed_gap(struct frame *f, const char *p, size_t len)
{
	if (len == 0)
		return FRAME_MORE;
	if (*p == ' ' || *p == ')' || *p == '\r' || *p == '\n') {
		f->state = FRAME_TEXT;
		return FRAME_MORE;
	}
	f->state = FRAME_DONE;
	return FRAME_RESPONSE;
}

/* Neither CR but before LF, nor LF but behind CR, nor NUL. The first fault is
 * the one that is reported, wherever the bytes are cut. */
static int check_text(struct frame *f, const char *p, size_t len)
{
	const char *nl = memchr(p, '\n', len);
	size_t body = nl ? (size_t)(nl - p) : len;
	const char *cr = memchr(p, '\r', body);
	const char *nul = memchr(p, '\0', body);

	if (f->cr && body > 0)
		return fail(f, IMAP4_EPROTO, "CR without LF");
	if (nul && (!cr || nul < cr))
		return fail(f, IMAP4_EPROTO, "a NUL byte");
	if (cr && cr != p + body - 1)
		return fail(f, IMAP4_EPROTO, "CR without LF");
	if (body > 0)
		f->cr = cr != NULL;
	if (nl && !f->cr && !f->whole)
		return fail(f, IMAP4_EPROTO, "LF without CR");
	return 0;
}

static size_t text_room(const struct frame *f)
{
	size_t text = f->max_text - (f->line.len - f->literals);
	size_t all = f->line.max - f->line.len;

	return text < all ? text : all;
}

static int feed_text(struct frame *f, const char *p, size_t len, size_t *used)
{
	size_t room = text_room(f);
	const char *nl = memchr(p, '\n', len);
	size_t n = nl ? (size_t)(nl - p) + 1 : len;
	size_t take = n < room ? n : room;

	int rc = check_text(f, p, take);
	if (rc < 0)
		return rc;
	bool bare = nl && !f->cr;
	if (n + bare > room)
		return fail(f, IMAP4_ELIMIT, "a response longer than allowed");
	if (buf_add(&f->line, p, n - bare) < 0 ||
	    (bare && buf_add(&f->line, "\r\n", 2) < 0))
		return fail(f, IMAP4_ENOMEM, "out of memory");
	*used = n;
	return nl ? line_ends(f) : FRAME_MORE;
}

static int feed_literal(struct frame *f, const char *p, size_t len,
			size_t *used)
{
	size_t n = f->left < len ? (size_t)f->left : len;

	if (buf_add(&f->line, p, n) < 0)
		return fail(f, IMAP4_ENOMEM, "out of memory");
	*used = n;
	f->left -= n;
	if (f->left > 0)
		return FRAME_MORE;
	f->state = FRAME_TEXT;
	f->line_start = f->line.len;
	section_skip(&f->section, f->line.len);
	return FRAME_MORE;
}

static int feed_stream(struct frame *f, size_t len, size_t *used)
{
	if (!f->begun) {
		f->begun = true;
		return FRAME_BODY_BEGIN;
	}
	if (f->left == 0) {
		f->state = FRAME_TEXT;
		f->line_start = f->line.len;
		section_skip(&f->section, f->line.len);
		return FRAME_BODY_END;
	}
	if (len == 0)
		return FRAME_MORE;
	*used = f->left < len ? (size_t)f->left : len;
	f->left -= *used;
	return FRAME_BODY_DATA;
}

/* Can something be done without input? */
static bool waits(const struct frame *f)
{
	return (f->state == FRAME_STREAM && (!f->begun || f->left == 0)) ||
	       (f->state == FRAME_LITERAL && f->left == 0);
}

int frame_feed(struct frame *f, const char *p, size_t len, size_t *used)
{
	*used = 0;
	if (len == 0)
		p = "";
	if (f->state == FRAME_DONE)
		next_response(f);
	while (*used < len || waits(f)) {
		size_t n = 0;
		int rc;
		if (f->state == FRAME_STREAM)
			rc = feed_stream(f, len - *used, &n);
		else if (f->state == FRAME_LITERAL)
			rc = feed_literal(f, p + *used, len - *used, &n);
		else if (f->state == FRAME_GAP)
			rc = feed_gap(f, p + *used, len - *used);
		else
			rc = feed_text(f, p + *used, len - *used, &n);
		*used += n;
		if (rc != FRAME_MORE)
			return rc;
	}
	return FRAME_MORE;
}
