/* SPDX-License-Identifier: MIT */
/* FETCH. Attributes that a sync needs are typed, others are skipped over and
 * left in .raw. A value out of range is as good as not there: servers lie. */
#include "lib/wire/resp_priv.h"

#include <string.h>

#include <imap4/codec.h>

#include "lib/codec/flags.h"
#include "lib/util/ascii.h"
#include "lib/wire/section.h"

static int fetch_uid(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;
	uint64_t uid;

	if (!lex_number(lex, UINT32_MAX, &uid) || uid == 0)
		return IMAP4_EPROTO;
	/* Two different ones: whose are the other attributes? */
	if ((f->have & IMAP4_F_UID) && f->uid != uid)
		return IMAP4_EPROTO;
	f->uid = (uint32_t)uid;
	f->have |= IMAP4_F_UID;
	return 0;
}

static int fetch_flags(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;
	struct imap4_str word;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	f->flags = 0;
	r->words.n = 0;
	while (!lex_close(lex)) {
		if (!lex_astring(lex, &word))
			return IMAP4_EPROTO;
		uint32_t bit = flags_system_bit(word.p, word.len);
		f->flags |= bit;
		if (bit == 0 && resp_add_word(r, word) < 0)
			return IMAP4_ENOMEM;
	}
	f->have |= IMAP4_F_FLAGS;
	return 0;
}

/* RFC 7162: "(" 1*DIGIT ")", 63 bits. Zoho sends negative ones, and 0 says that
 * there are none. */
static int fetch_modseq(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;
	uint64_t n;

	bool list = lex_open(lex);
	if (lex_number(lex, INT64_MAX, &n) && n > 0) {
		f->modseq = n;
		f->have |= IMAP4_F_MODSEQ;
	}
	return !list || lex_close(lex) ? 0 : IMAP4_EPROTO;
}

static int fetch_internaldate(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;
	struct imap4_str s;

	if (!lex_astring(lex, &s))
		return IMAP4_EPROTO;
	if (imap4_date_parse(s.p, s.len, &f->internaldate, &f->zone) == 0)
		f->have |= IMAP4_F_INTERNALDATE;
	return 0;
}

static int fetch_size(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	if (lex_number(lex, INT64_MAX, &f->size))
		f->have |= IMAP4_F_SIZE;
	return 0;
}

static int fetch_gm_msgid(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	if (lex_number(lex, UINT64_MAX, &f->gm_msgid))
		f->have |= IMAP4_F_GM_MSGID;
	return 0;
}

/* RFC 8474 5: "(" objectid ")" or NIL. */
static int fetch_objectid(struct resp *r, struct lex *lex,
			  enum imap4_fetch_item item, struct imap4_str *out)
{
	if (lex_peek(lex) == LEX_NIL)
		return lex_skip(lex) ? 0 : IMAP4_EPROTO;
	if (!lex_open(lex) || !lex_astring(lex, out) || !lex_close(lex))
		return IMAP4_EPROTO;
	r->ev.fetch.have |= item;
	return 0;
}

static int fetch_emailid(struct resp *r, struct lex *lex)
{
	return fetch_objectid(r, lex, IMAP4_F_EMAILID, &r->ev.fetch.emailid);
}

static int fetch_threadid(struct resp *r, struct lex *lex)
{
	return fetch_objectid(r, lex, IMAP4_F_THREADID, &r->ev.fetch.threadid);
}

static int add_body(struct resp *r, struct imap4_str section,
		    struct imap4_str data)
{
	struct resp_bodies *b = &r->bodies;
	void *v = b->v;

	if (resp_grow(&v, b->n, &b->cap, sizeof(*b->v)) < 0)
		return IMAP4_ENOMEM;
	b->v = v;
	b->v[b->n++] = (struct resp_body){section, data};
	return 0;
}

/* nstring or literal8. Gmail and Exchange send NIL for what they cannot give,
 * Yandex nothing at all. */
static int fetch_body(struct resp *r, struct lex *lex, struct imap4_str section)
{
	struct lex_token tok;

	if (lex_peek(lex) == LEX_CLOSE) {
		r->ev.fetch.have |= IMAP4_F_BODY_NIL;
		return 0;
	}
	switch (lex_next(lex, &tok)) {
	case LEX_STREAMED:
		r->ev.fetch.have |= IMAP4_F_BODY;
		return 0;
	case LEX_STRING:
		r->ev.fetch.have |= IMAP4_F_BODY;
		return add_body(r, section, tok.s);
	case LEX_NIL:
		r->ev.fetch.have |= IMAP4_F_BODY_NIL;
		return 0;
	default:
		return IMAP4_EPROTO;
	}
}

static const struct {
	const char *name;
	int (*parse)(struct resp *r, struct lex *lex);
} items[] = {
    {"UID", fetch_uid},           {"FLAGS", fetch_flags},
    {"MODSEQ", fetch_modseq},     {"INTERNALDATE", fetch_internaldate},
    {"RFC822.SIZE", fetch_size},  {"EMAILID", fetch_emailid},
    {"THREADID", fetch_threadid}, {"X-GM-MSGID", fetch_gm_msgid},
};

static int parse_item(struct resp *r, struct lex *lex)
{
	struct lex_token tok;
	struct imap4_str section;

	if (lex_item(lex, &tok) != LEX_ATOM)
		return IMAP4_EPROTO;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (ascii_is(tok.s.p, tok.s.len, items[i].name))
			return items[i].parse(r, lex);
	}
	if (section_name(tok.s.p, tok.s.len, &section))
		return fetch_body(r, lex, section);
	/* An item without a value at the end: seen from Yandex. */
	if (lex_peek(lex) == LEX_CLOSE)
		return 0;
	return lex_skip(lex) ? 0 : IMAP4_EPROTO;
}

int resp_parse_fetch(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	f->seq = r->number;
	f->raw = r->args;
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (lex->depth > 0) {
		if (lex_close(lex))
			continue;
		/* Domino puts an item into parentheses of its own. */
		int rc = lex_open(lex) ? 0 : parse_item(r, lex);
		if (rc < 0)
			return rc;
	}
	resp_take_words(r, &f->words, &f->nwords);
	return 0;
}
