/* SPDX-License-Identifier: MIT */
/* Recorded sessions: the same responses in whatever pieces the bytes come, and
 * tokens that lie inside the text, never deeper than they were opened. The
 * first byte says how to cut. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <imap4/parse.h>

#include "lib/util/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct buf *log, struct imap4_str s)
{
	assert(buf_addf(log, "<%zu>", s.len) == 0);
	assert(buf_add(log, s.p, s.len) == 0);
}

static void walk(struct buf *log, struct imap4_str text, bool items)
{
	struct imap4_tokens t;
	struct imap4_token tok;
	enum imap4_token_type type;
	const char *end = text.p + text.len;

	imap4_tokens_init(&t, text);
	do {
		const char *before = t.rest.p;
		unsigned depth = t.depth;
		type = items ? imap4_tokens_item(&t, &tok)
			     : imap4_tokens_next(&t, &tok);
		assert(t.rest.p + t.rest.len == end);
		assert(tok.s.p >= text.p && tok.s.p + tok.s.len <= end);
		assert(type >= IMAP4_TOKEN_BAD || type == IMAP4_TOKEN_END ||
		       t.rest.p > before);
		assert(t.depth == depth + (type == IMAP4_TOKEN_OPEN) -
				      (type == IMAP4_TOKEN_CLOSE));
		char *copy = malloc(tok.s.len + 1);
		assert(copy);
		struct imap4_str plain = {copy, imap4_token_text(&tok, copy)};
		assert(plain.len <= tok.s.len);
		add(log, plain);
		free(copy);
	} while (type != IMAP4_TOKEN_END && type != IMAP4_TOKEN_BAD);
}

static void note(struct buf *log, const struct imap4_response *r)
{
	assert(buf_addf(log, "%d %d %u:", (int)r->kind, (int)r->ev->type,
			r->number) == 0);
	add(log, r->tag);
	add(log, r->name);
	add(log, r->args);
	add(log, r->ev->text);
	walk(log, r->args, false);
	walk(log, r->args, true);
	if (r->ev->code.args.p)
		walk(log, r->ev->code.args, false);
}

static void run(struct buf *log, const uint8_t *p, size_t len, size_t step)
{
	struct imap4_parser *parser = imap4_parser_new(2000, 2000);
	const struct imap4_response *r;
	int rc = 0;

	buf_init(log, SIZE_MAX / 2);
	assert(parser);
	for (size_t n; len > 0 && rc >= 0; p += n, len -= n) {
		size_t at = 0, used;
		n = step > 0 && step < len ? step : len;
		while ((rc = imap4_parser_read(parser, p + at, n - at, &used,
					       &r)) > 0) {
			note(log, r);
			at += used;
		}
		assert(rc < 0 || at + used == n);
	}
	assert(buf_addf(log, "%d %d %s", rc,
			rc == 0 && imap4_parser_inside(parser),
			imap4_parser_error(parser)) == 0);
	imap4_parser_free(parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, cut;

	if (size < 2)
		return 0;
	run(&whole, data + 1, size - 1, 0);
	run(&cut, data + 1, size - 1, data[0] % 16 + 1U);
	assert(whole.len == cut.len);
	assert(memcmp(whole.data, cut.data, cut.len) == 0);
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
