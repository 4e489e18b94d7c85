/* SPDX-License-Identifier: MIT */
/* Frames the input, parses each response and reads everything that its event
 * points to. Oracle: no fault, and every parse can be walked as tokens. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/frame.h"
#include "lib/wire/lex.h"
#include "lib/wire/resp.h"
#include "tests/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct resp *r, const char *p, size_t len)
{
	struct lex lex;
	struct lex_token tok;
	enum lex_kind kind;

	arena_reset(&r->arena);
	lex_init(&lex, (struct imap4_str){p, len}, 16, &r->arena);
	do {
		const char *before = lex.p;
		kind = lex_item(&lex, &tok);
		assert(lex.depth <= 16);
		assert(kind == LEX_END || kind == LEX_BAD || lex.p > before);
		touch(tok.s);
	} while (kind != LEX_END && kind != LEX_BAD);
}

/* A copy of its own, so that an overrun is seen. */
static void response(struct resp *r, const struct frame *f)
{
	char *text = malloc(f->line.len ? f->line.len : 1);

	assert(text);
	if (f->line.len > 0)
		memcpy(text, f->line.data, f->line.len);
	if (resp_parse(r, text, f->line.len) == 0) {
		touch_event(&r->ev);
		for (size_t i = 0; i < r->nbodies; i++) {
			touch(r->bodies[i].item);
			touch(r->bodies[i].data);
		}
	}
	walk(r, text, f->line.len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f;
	struct resp r;
	size_t at = 0;
	int event;

	frame_init(&f, 1U << 16, 1U << 20);
	resp_init(&r, 16, 1 << 16);
	do {
		size_t used;
		event =
		    frame_feed(&f, (const char *)data + at, size - at, &used);
		at += used;
		if (event == FRAME_RESPONSE)
			response(&r, &f);
	} while (event > FRAME_MORE);
	frame_release(&f);
	resp_release(&r);
	return 0;
}
