/* SPDX-License-Identifier: MIT */
/* Tag, number and name of a response, and the table of those we understand.
 * Anything else that is well formed is passed on as it is. */
#include "lib/wire/resp.h"

#include <stdlib.h>
#include <string.h>

#include <imap4/codec.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"
#include "lib/wire/resp_priv.h"

/* Elements kept from one response to the next. */
#define KEEP 4096

void resp_init(struct resp *r, unsigned max_nesting)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->scratch, SIZE_MAX / 2);
	buf_init(&r->decoded, SIZE_MAX / 2);
	r->max_nesting = max_nesting;
}

void resp_release(struct resp *r)
{
	free(r->words.v);
	free(r->bodies.v);
	free(r->spaces.v);
	imap4_set_release(&r->src);
	imap4_set_release(&r->dst);
	buf_wipe(&r->scratch);
	buf_wipe(&r->decoded);
	resp_init(r, r->max_nesting);
}

static void reset(struct resp *r)
{
	/* One enormous response must not cost memory for ever. */
	if (r->words.cap > KEEP || r->bodies.cap > KEEP || r->src.cap > KEEP ||
	    r->dst.cap > KEEP || r->spaces.cap > KEEP ||
	    r->scratch.cap > 16 * KEEP || r->decoded.cap > 16 * KEEP)
		resp_release(r);
	r->words.n = 0;
	r->bodies.n = 0;
	r->spaces.n = 0;
	r->src.n = 0;
	r->dst.n = 0;
	buf_reset(&r->scratch);
	buf_reset(&r->decoded);
	r->tag = (struct imap4_str){NULL, 0};
	r->name = (struct imap4_str){"", 0};
	r->args = (struct imap4_str){"", 0};
	r->search_tag = (struct imap4_str){NULL, 0};
	r->has_number = false;
	r->number = 0;
	memset(&r->ev, 0, sizeof(r->ev));
}

int resp_grow(void **v, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return 0;
	size_t more = *cap ? *cap * 2 : 16;
	if (more > SIZE_MAX / 2 / size)
		return IMAP4_ENOMEM;
	void *p = realloc(*v, more * size);
	if (!p)
		return IMAP4_ENOMEM;
	*v = p;
	*cap = more;
	return 0;
}

int resp_add_word(struct resp *r, struct imap4_str word)
{
	struct resp_words *w = &r->words;
	void *v = w->v;

	if (resp_grow(&v, w->n, &w->cap, sizeof(*w->v)) < 0)
		return IMAP4_ENOMEM;
	w->v = v;
	w->v[w->n++] = word;
	return 0;
}

void resp_take_words(const struct resp *r, const struct imap4_str **words,
		     size_t *n)
{
	*words = r->words.v;
	*n = r->words.n;
}

int resp_parse_words(struct resp *r, struct lex *lex)
{
	struct imap4_str word;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		if (!lex_astring(lex, &word))
			return IMAP4_EPROTO;
		if (resp_add_word(r, word) < 0)
			return IMAP4_ENOMEM;
	}
	return 0;
}

int resp_decode_name(struct resp *r, struct imap4_str raw,
		     struct imap4_str *out)
{
	/* RFC 9051 5.1: INBOX in any case is the one INBOX. */
	if (ascii_is(raw.p, raw.len, "INBOX")) {
		*out = (struct imap4_str){"INBOX", 5};
		return 0;
	}
	*out = (struct imap4_str){NULL, 0};
	if (buf_reserve(&r->decoded, 3 * raw.len + 1) < 0)
		return IMAP4_ENOMEM;
	long n =
	    imap4_mutf7_decode(raw.p, raw.len, r->decoded.data, r->decoded.cap);
	if (n >= 0)
		*out = (struct imap4_str){r->decoded.data, (size_t)n};
	return 0;
}

/* CAPABILITY, ENABLED: bare words to the end of the line. */
static int parse_bare_words(struct resp *r, struct lex *lex)
{
	struct imap4_str word;

	while (!lex_at_end(lex)) {
		if (!lex_astring(lex, &word))
			return IMAP4_EPROTO;
		if (resp_add_word(r, word) < 0)
			return IMAP4_ENOMEM;
	}
	resp_take_words(r, &r->ev.words, &r->ev.nwords);
	return 0;
}

static int parse_flags(struct resp *r, struct lex *lex)
{
	int rc = resp_parse_words(r, lex);

	resp_take_words(r, &r->ev.words, &r->ev.nwords);
	return rc;
}

/* RFC 2971: "(" string nstring ... ")" or NIL. */
static int parse_id(struct resp *r, struct lex *lex)
{
	struct lex_token tok;

	if (lex_peek(lex) == LEX_NIL)
		return lex_skip(lex) ? 0 : IMAP4_EPROTO;
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		enum lex_kind kind = lex_next(lex, &tok);
		if (kind == LEX_NIL)
			tok.s = (struct imap4_str){NULL, 0};
		else if (kind != LEX_STRING && kind != LEX_ATOM)
			return IMAP4_EPROTO;
		if (resp_add_word(r, tok.s) < 0)
			return IMAP4_ENOMEM;
	}
	/* For those who read in pairs: a key without a value has none. */
	if (r->words.n % 2 != 0 &&
	    resp_add_word(r, (struct imap4_str){NULL, 0}) < 0)
		return IMAP4_ENOMEM;
	resp_take_words(r, &r->ev.words, &r->ev.nwords);
	/* XGen's server writes a "+" behind the list. */
	return lex_skip_all(lex) ? 0 : IMAP4_EPROTO;
}

static int parse_number(struct resp *r, struct lex *lex)
{
	(void)lex;
	r->ev.number = r->number;
	return 0;
}

static int parse_expunge(struct resp *r, struct lex *lex)
{
	(void)lex;
	r->ev.number = r->number;
	/* RFC 9051 nz-number: message 0 does not exist. */
	return r->number > 0 ? 0 : IMAP4_EPROTO;
}

static int parse_other(struct resp *r, struct lex *lex)
{
	(void)r;
	return lex_skip_all(lex) ? 0 : IMAP4_EPROTO;
}

struct response {
	const char *name;
	enum imap4_event_type type;
	bool numbered; /* a number stands before the name */
	int (*parse)(struct resp *r, struct lex *lex);
};

static const struct response responses[] = {
    {"FETCH", IMAP4_EV_FETCH, true, resp_parse_fetch},
    {"OK", IMAP4_EV_STATUS, false, resp_parse_status},
    {"NO", IMAP4_EV_STATUS, false, resp_parse_status},
    {"BAD", IMAP4_EV_STATUS, false, resp_parse_status},
    {"PREAUTH", IMAP4_EV_STATUS, false, resp_parse_status},
    {"BYE", IMAP4_EV_STATUS, false, resp_parse_status},
    {"CAPABILITY", IMAP4_EV_CAPABILITY, false, parse_bare_words},
    {"ENABLED", IMAP4_EV_ENABLED, false, parse_bare_words},
    {"LIST", IMAP4_EV_LIST, false, resp_parse_list},
    {"LSUB", IMAP4_EV_LIST, false, resp_parse_list},
    {"XLIST", IMAP4_EV_LIST, false, resp_parse_list},
    {"STATUS", IMAP4_EV_MAILBOX_STATUS, false, resp_parse_mailbox_status},
    {"NAMESPACE", IMAP4_EV_NAMESPACE, false, resp_parse_namespace},
    {"ID", IMAP4_EV_ID, false, parse_id},
    {"FLAGS", IMAP4_EV_FLAGS, false, parse_flags},
    {"EXISTS", IMAP4_EV_EXISTS, true, parse_number},
    {"RECENT", IMAP4_EV_RECENT, true, parse_number},
    {"EXPUNGE", IMAP4_EV_EXPUNGE, true, parse_expunge},
    {"VANISHED", IMAP4_EV_VANISHED, false, resp_parse_vanished},
    {"SEARCH", IMAP4_EV_SEARCH, false, resp_parse_search},
    {"ESEARCH", IMAP4_EV_SEARCH, false, resp_parse_esearch},
};

static const struct response other = {"", IMAP4_EV_OTHER, false, parse_other};

static const struct response *find(struct imap4_str name)
{
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		if (ascii_is(name.p, name.len, responses[i].name))
			return &responses[i];
	}
	return &other;
}

/* The words that are neither data nor anything we know need not be atoms, but
 * "* (ONE) FETCH" or Exchange's bare "* [COPYUID ...]" are no responses. */
static bool is_name(struct imap4_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_alpha(s.p[i]) && !ascii_digit(s.p[i]) &&
		    !strchr("-_.+/", s.p[i]))
			return false;
	}
	/* A number here is one that was out of range in front of the name. */
	return s.len > 0 && ascii_alpha(s.p[0]);
}

/* "* " [number] name */
static int parse_head(struct resp *r, struct lex *lex)
{
	struct lex_token tok;

	if (lex_next(lex, &tok) != LEX_ATOM)
		return IMAP4_EPROTO;
	if (num_parse_u32(tok.s.p, tok.s.len, &r->number) == 0) {
		r->has_number = true;
		if (lex_next(lex, &tok) != LEX_ATOM)
			return IMAP4_EPROTO;
	}
	if (!is_name(tok.s))
		return IMAP4_EPROTO;
	r->name = tok.s;
	r->args = lex_rest(lex);
	return 0;
}

static int parse_untagged(struct resp *r, struct lex *lex)
{
	int rc = parse_head(r, lex);
	if (rc < 0)
		return rc;
	const struct response *known = find(r->name);
	if (known->numbered != r->has_number && known != &other)
		return IMAP4_EPROTO;
	r->ev.type = known->type;
	rc = known->parse(r, lex);
	if (rc < 0)
		return rc;
	/* Status responses are text to the end. */
	if (known->type != IMAP4_EV_STATUS && !lex_at_end(lex))
		return IMAP4_EPROTO;
	return 0;
}

/* RFC 9051 tag: astring characters but "+". */
static bool is_tag(struct imap4_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (ascii_ctl(s.p[i]) || (s.p[i] & 0x80) ||
		    strchr("+(){%*\"\\", s.p[i]))
			return false;
	}
	return s.len > 0;
}

static int parse_tagged(struct resp *r, struct lex *lex)
{
	struct lex_token tok;
	const char *start = lex->p;

	if (lex_next(lex, &tok) != LEX_ATOM || tok.s.p != start ||
	    !is_tag(tok.s))
		return IMAP4_EPROTO;
	r->tag = tok.s;
	if (lex_next(lex, &tok) != LEX_ATOM)
		return IMAP4_EPROTO;
	r->name = tok.s;
	r->args = lex_rest(lex);
	if (!ascii_is(tok.s.p, tok.s.len, "OK") &&
	    !ascii_is(tok.s.p, tok.s.len, "NO") &&
	    !ascii_is(tok.s.p, tok.s.len, "BAD"))
		return IMAP4_EPROTO;
	r->ev.type = IMAP4_EV_DONE;
	return resp_parse_status(r, lex);
}

int resp_parse(struct resp *r, const char *p, size_t len)
{
	struct imap4_str all = {p, len};
	struct lex lex;

	reset(r);
	r->ev.raw = all;
	lex_init(&lex, all, r->max_nesting, &r->scratch);
	if (len > 0 && p[0] == '+') {
		r->kind = RESP_CONTINUE;
		/* iCloud sends "+" without a blank. */
		lex.p++;
		r->args = lex_rest(&lex);
		/* RFC 9051 resp-text: "[ALERT] ..."; base64 has no "[". */
		return resp_parse_status(r, &lex);
	}
	int rc;
	if (len > 0 && p[0] == '*' && (len == 1 || p[1] == ' ')) {
		r->kind = RESP_UNTAGGED;
		lex.p++;
		rc = parse_untagged(r, &lex);
	} else {
		r->kind = RESP_TAGGED;
		rc = parse_tagged(r, &lex);
	}
	return rc == IMAP4_EPROTO && lex.nomem ? IMAP4_ENOMEM : rc;
}
