/* SPDX-License-Identifier: MIT */
/* FETCH, UIDFETCH (RFC 9586). What has no type is skipped over and left in
 * .raw. A value out of range is as good as not there: servers lie. */
#include "lib/wire/resp_priv.h"

#include <imap4/codec.h>

#include "lib/codec/flags.h"
#include "lib/util/ascii.h"
#include "lib/wire/message.h"
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
	struct resp_words list = {.n = 0};
	struct imap4_str word;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	f->flags = 0;
	while (!lex_close(lex)) {
		if (!lex_astring(lex, &word))
			return IMAP4_EPROTO;
		uint32_t bit = flags_system_bit(word.p, word.len);
		f->flags |= bit;
		if (bit == 0 && resp_add_word(r, &list, word) < 0)
			return IMAP4_ENOMEM;
	}
	f->words = list.v;
	f->nwords = list.n;
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

static int fetch_date(struct resp *r, struct lex *lex,
		      enum imap4_fetch_item item, int64_t *date, int *zone)
{
	struct imap4_str s;

	if (!lex_astring(lex, &s))
		return IMAP4_EPROTO;
	if (imap4_date_parse(s.p, s.len, date, zone) == 0)
		r->ev.fetch.have |= item;
	return 0;
}

static int fetch_internaldate(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	return fetch_date(r, lex, IMAP4_F_INTERNALDATE, &f->internaldate,
			  &f->zone);
}

/* RFC 8514: NIL where the mailbox has none. */
static int fetch_savedate(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	return fetch_date(r, lex, IMAP4_F_SAVEDATE, &f->savedate,
			  &f->savedate_zone);
}

static int fetch_size(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	if (lex_number(lex, INT64_MAX, &f->size))
		f->have |= IMAP4_F_SIZE;
	return 0;
}

static int fetch_gm_thrid(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	if (lex_number(lex, UINT64_MAX, &f->gm_thrid))
		f->have |= IMAP4_F_GM_THRID;
	return 0;
}

static int fetch_gm_labels(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;
	struct resp_words list = {.n = 0};
	int rc = resp_parse_words(r, lex, &list);

	f->gm_labels = list.v;
	f->ngm_labels = list.n;
	f->have |= IMAP4_F_GM_LABELS;
	return rc;
}

/* RFC 8970: NIL for what the server has not made yet. */
static int fetch_preview(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	if (!lex_nstring(lex, &f->preview))
		return IMAP4_EPROTO;
	f->have |= IMAP4_F_PREVIEW;
	return 0;
}

static int skip_value(struct lex *lex)
{
	/* An item without a value at the end: seen from Yandex. */
	if (lex_peek(lex) == LEX_CLOSE)
		return 0;
	return lex_skip(lex) ? 0 : IMAP4_EPROTO;
}

/* A value that cannot be understood is skipped: Gmail, Exchange and mail.ru get
 * the structure of odd messages wrong, and the rest is still good. */
static int fetch_structured(struct lex *lex, int rc, struct lex before)
{
	if (rc != IMAP4_EPROTO || lex->nomem)
		return rc;
	*lex = before;
	return skip_value(lex);
}

static int fetch_envelope(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;
	struct lex before = *lex;
	int rc = message_envelope(lex, &f->envelope);

	if (rc == 0)
		f->have |= IMAP4_F_ENVELOPE;
	return fetch_structured(lex, rc, before);
}

/* A multipart whose outer parentheses are missing, "(...)((...) "mixed")",
 * reads as a part with lists behind it. Domino's are about an item, and begin
 * with its name. */
static bool skip_more_parts(struct lex *lex)
{
	bool more = false;

	while (lex_peek(lex) == LEX_OPEN) {
		struct lex before = *lex;
		(void)lex_open(lex);
		enum lex_kind first = lex_peek(lex);
		*lex = before;
		if (first != LEX_OPEN && first != LEX_STRING)
			break;
		if (!lex_skip(lex))
			break;
		more = true;
	}
	return more;
}

static int fetch_structure(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;
	struct lex before = *lex;
	int rc = message_structure(lex, &f->bodystructure);

	if (rc == 0 && skip_more_parts(lex)) {
		f->bodystructure = NULL;
		return 0;
	}
	if (rc == 0)
		f->have |= IMAP4_F_BODYSTRUCTURE;
	return fetch_structured(lex, rc, before);
}

/* The same without extension data: it does not replace one that has it. */
static int fetch_body_structure(struct resp *r, struct lex *lex)
{
	return r->ev.fetch.have & IMAP4_F_BODYSTRUCTURE
		   ? skip_value(lex)
		   : fetch_structure(r, lex);
}

/* "BINARY.SIZE[1.2]": the section stands in the name of the item. */
static int fetch_binary_size(struct resp *r, struct lex *lex,
			     struct imap4_str section)
{
	struct imap4_fetch *f = &r->ev.fetch;
	struct imap4_binary_size *s = arena_alloc(&r->arena, sizeof(*s));

	if (!s)
		return IMAP4_ENOMEM;
	if (!lex_number(lex, INT64_MAX, &s->size))
		return 0;
	s->section = section;
	s->next = f->binary_size;
	f->binary_size = s;
	f->have |= IMAP4_F_BINARY_SIZE;
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

static int add_body(struct resp *r, struct imap4_str item,
		    struct imap4_str data)
{
	struct resp_body *v =
	    arena_grow(&r->arena, r->bodies, r->nbodies, sizeof(*v));

	if (!v)
		return IMAP4_ENOMEM;
	r->bodies = v;
	r->bodies[r->nbodies++] = (struct resp_body){item, data};
	return 0;
}

/* nstring or literal8. Gmail and Exchange send NIL for what they cannot give,
 * Yandex nothing at all. */
static int fetch_body(struct resp *r, struct lex *lex, struct imap4_str item)
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
		return add_body(r, item, tok.s);
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
    {"UID", fetch_uid},
    {"FLAGS", fetch_flags},
    {"MODSEQ", fetch_modseq},
    {"INTERNALDATE", fetch_internaldate},
    {"RFC822.SIZE", fetch_size},
    {"ENVELOPE", fetch_envelope},
    {"BODYSTRUCTURE", fetch_structure},
    {"BODY", fetch_body_structure},
    {"EMAILID", fetch_emailid},
    {"THREADID", fetch_threadid},
    {"PREVIEW", fetch_preview},
    {"SAVEDATE", fetch_savedate},
    {"X-GM-MSGID", fetch_gm_msgid},
    {"X-GM-THRID", fetch_gm_thrid},
    {"X-GM-LABELS", fetch_gm_labels},
};

static int parse_item(struct resp *r, struct lex *lex)
{
	struct lex_token tok;
	struct section_item item;

	if (lex_item(lex, &tok) != LEX_ATOM)
		return IMAP4_EPROTO;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (ascii_is(tok.s.p, tok.s.len, items[i].name))
			return items[i].parse(r, lex);
	}
	if (section_item(tok.s, &item))
		return item.kind == SECTION_BINARY_SIZE
			   ? fetch_binary_size(r, lex, item.section)
			   : fetch_body(r, lex, tok.s);
	return skip_value(lex);
}

int resp_parse_fetch(struct resp *r, struct lex *lex)
{
	struct imap4_fetch *f = &r->ev.fetch;

	if (ascii_is(r->name.p, r->name.len, "UIDFETCH")) {
		if (r->number == 0)
			return IMAP4_EPROTO;
		f->uid = r->number;
		f->have |= IMAP4_F_UID;
	} else {
		/* RFC 9051 nz-number; Courier has sent 0, of no message. */
		f->seq = r->number;
	}
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
	return 0;
}
