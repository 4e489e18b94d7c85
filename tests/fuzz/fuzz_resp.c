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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sink;

static void touch(struct imap4_str s)
{
	for (size_t i = 0; s.p && i < s.len; i++)
		sink += (unsigned char)s.p[i];
}

static void touch_all(const struct imap4_str *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		touch(s[i]);
}

static void touch_set(const struct imap4_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		assert(set->range[i].first >= 1);
		assert(set->range[i].first <= set->range[i].last);
		assert(i == 0 ||
		       set->range[i].first - 1 > set->range[i - 1].last);
	}
}

static void touch_namespace(const struct imap4_namespace *ns)
{
	for (int kind = 0; kind < 3; kind++) {
		for (size_t i = 0; i < ns->n[kind]; i++)
			touch(ns->entry[kind][i].prefix);
	}
}

static void touch_event(const struct imap4_event *ev)
{
	touch(ev->code.name);
	touch(ev->code.args);
	touch(ev->code.text_arg);
	touch_all(ev->code.words, ev->code.nwords);
	touch_set(&ev->code.src);
	touch_set(&ev->code.dst);
	touch(ev->text);
	touch_all(ev->words, ev->nwords);
	touch_all(ev->list.words, ev->list.nwords);
	touch(ev->list.raw);
	touch(ev->list.name);
	touch(ev->list.oldname);
	touch(ev->mailbox_status.raw);
	touch(ev->mailbox_status.name);
	touch(ev->mailbox_status.mailboxid);
	touch_namespace(&ev->namespace_);
	touch_all(ev->fetch.words, ev->fetch.nwords);
	touch(ev->fetch.emailid);
	touch(ev->fetch.threadid);
	touch(ev->fetch.raw);
	touch_set(&ev->vanished.set);
	touch_set(&ev->search.set);
	touch(ev->raw);
}

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
		for (size_t i = 0; i < r->bodies.n; i++) {
			touch(r->bodies.v[i].section);
			touch(r->bodies.v[i].data);
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
