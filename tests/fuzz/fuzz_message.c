/* SPDX-License-Identifier: MIT */
/* ENVELOPE and BODYSTRUCTURE by themselves. What was understood is printed as
 * RFC 9051 has it, and must mean the same when it is read again. The first byte
 * says which of the two it is. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec/quote.h"
#include "lib/util/buf.h"
#include "tests/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct buf *out, const char *s)
{
	assert(buf_adds(out, s) == 0);
}

/* nstring */
static void put_str(struct buf *out, struct imap4_str s)
{
	if (!s.p) {
		put(out, "NIL");
	} else if (quote_form(s.p, s.len, false) == QUOTE_LITERAL) {
		assert(buf_addf(out, "{%zu}\r\n", s.len) == 0);
		assert(buf_add(out, s.p, s.len) == 0);
	} else {
		assert(quote_add_quoted(out, s.p, s.len) == 0);
	}
}

static void put_addresses(struct buf *out, const struct imap4_address *a)
{
	put(out, a ? " (" : " NIL");
	for (const struct imap4_address *i = a; i; i = i->next) {
		put(out, "(");
		put_str(out, i->name);
		put(out, " ");
		put_str(out, i->route);
		put(out, " ");
		put_str(out, i->mailbox);
		put(out, " ");
		put_str(out, i->host);
		put(out, ")");
	}
	if (a)
		put(out, ")");
}

static void put_envelope(struct buf *out, const struct imap4_envelope *env)
{
	put(out, "(");
	put_str(out, env->date);
	put(out, " ");
	put_str(out, env->subject);
	put_addresses(out, env->from);
	put_addresses(out, env->sender);
	put_addresses(out, env->reply_to);
	put_addresses(out, env->to);
	put_addresses(out, env->cc);
	put_addresses(out, env->bcc);
	put(out, " ");
	put_str(out, env->in_reply_to);
	put(out, " ");
	put_str(out, env->message_id);
	put(out, ")");
}

static void put_params(struct buf *out, const struct imap4_param *p)
{
	put(out, p ? " (" : " NIL");
	for (const struct imap4_param *i = p; i; i = i->next) {
		put_str(out, i->name);
		put(out, " ");
		put_str(out, i->value);
		put(out, i->next ? " " : ")");
	}
}

static void put_language(struct buf *out, const struct imap4_word *w)
{
	put(out, w ? " (" : " NIL");
	for (; w; w = w->next) {
		put_str(out, w->s);
		put(out, w->next ? " " : ")");
	}
}

static void put_extensions(struct buf *out, const struct imap4_part *p)
{
	if (p->nextension > 0 && p->multipart)
		put_params(out, p->param);
	if (p->nextension > 0 && !p->multipart) {
		put(out, " ");
		put_str(out, p->md5);
	}
	if (p->nextension > 1) {
		put(out,
		    p->disposition.p || p->disposition_param ? " (" : " NIL");
		if (p->disposition.p || p->disposition_param) {
			put_str(out, p->disposition);
			put_params(out, p->disposition_param);
			put(out, ")");
		}
	}
	if (p->nextension > 2)
		put_language(out, p->language);
	if (p->nextension > 3) {
		put(out, " ");
		put_str(out, p->location);
	}
	put(out, ")");
}

static void put_part(struct buf *out, const struct imap4_part *p);

static void put_single(struct buf *out, const struct imap4_part *p)
{
	put_str(out, p->type);
	put(out, " ");
	put_str(out, p->subtype);
	put_params(out, p->param);
	put(out, " ");
	put_str(out, p->id);
	put(out, " ");
	put_str(out, p->description);
	put(out, " ");
	put_str(out, p->encoding);
	assert(buf_addf(out, " %llu", (unsigned long long)p->size) == 0);
	if (p->envelope) {
		put(out, " ");
		put_envelope(out, p->envelope);
		put(out, " ");
		if (p->child)
			put_part(out, p->child);
		else
			put(out, "NIL");
	}
	if (p->envelope || (p->type.p && p->type.len == 4 &&
			    strncasecmp(p->type.p, "text", 4) == 0))
		assert(buf_addf(out, " %llu", (unsigned long long)p->lines) ==
		       0);
}

static void put_part(struct buf *out, const struct imap4_part *p)
{
	put(out, "(");
	if (p->multipart) {
		for (const struct imap4_part *c = p->child; c; c = c->next)
			put_part(out, c);
		put(out, " ");
		put_str(out, p->subtype);
	} else {
		put_single(out, p);
	}
	put_extensions(out, p);
}

/* False: not understood. */
static bool envelope(struct imap4_str text, struct buf *out)
{
	struct imap4_envelope *env;
	size_t used;

	if (imap4_envelope_parse(text, &used, &env) < 0)
		return false;
	assert(used <= text.len);
	touch_envelope(env);
	put_envelope(out, env);
	imap4_envelope_free(env);
	return true;
}

static bool structure(struct imap4_str text, struct buf *out)
{
	struct imap4_part *part;
	size_t used;

	if (imap4_part_parse(text, &used, &part) < 0)
		return false;
	assert(used <= text.len);
	touch_part(part);
	put_part(out, part);
	imap4_part_free(part);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool (*read)(struct imap4_str text, struct buf * out);
	struct buf once, twice;

	if (size == 0)
		return 0;
	read = data[0] == 'e' ? envelope : structure;
	buf_init(&once, SIZE_MAX / 2);
	buf_init(&twice, SIZE_MAX / 2);
	if (read((struct imap4_str){(const char *)data + 1, size - 1}, &once)) {
		assert(read((struct imap4_str){once.data, once.len}, &twice));
		assert(once.len == twice.len &&
		       memcmp(once.data, twice.data, once.len) == 0);
	}
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
