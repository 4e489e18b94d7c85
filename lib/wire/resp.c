/* SPDX-License-Identifier: MIT */
/* Tag, number and name of a response, and the table of those we understand.
 * Anything else that is well formed is passed on as it is. */
#include "lib/wire/resp.h"

#include <limits.h>
#include <string.h>

#include <imap4/codec.h>

#include "lib/codec/mutf7.h"
#include "lib/util/ascii.h"
#include "lib/util/num.h"
#include "lib/util/utf8.h"
#include "lib/wire/resp_priv.h"

/* Ranges kept from one response to the next. */
#define KEEP 4096

/* A number of a thread is two bytes on the wire and four words here. */
#define FACTOR 16

void resp_init(struct resp *r, unsigned max_nesting, size_t max_response)
{
	memset(r, 0, sizeof(*r));
	arena_init(&r->arena, max_response < SIZE_MAX / FACTOR
				  ? max_response * FACTOR
				  : SIZE_MAX);
	r->max_nesting = max_nesting;
}

void resp_release(struct resp *r)
{
	arena_release(&r->arena);
	imap4_set_release(&r->src);
	imap4_set_release(&r->dst);
}

static void reset_set(struct imap4_set *set)
{
	/* One enormous response must not cost memory for ever. */
	if (set->cap > KEEP)
		imap4_set_release(set);
	set->n = 0;
}

static void reset(struct resp *r)
{
	arena_reset(&r->arena);
	reset_set(&r->src);
	reset_set(&r->dst);
	r->bodies = NULL;
	r->nbodies = 0;
	r->tag = (struct imap4_str){NULL, 0};
	r->name = (struct imap4_str){"", 0};
	r->args = (struct imap4_str){"", 0};
	r->search_tag = (struct imap4_str){NULL, 0};
	r->has_number = false;
	r->irregular = false;
	r->number = 0;
	memset(&r->ev, 0, sizeof(r->ev));
}

int resp_add_word(struct resp *r, struct resp_words *list,
		  struct imap4_str word)
{
	struct imap4_str *v =
	    arena_grow(&r->arena, list->v, list->n, sizeof(*v));

	if (!v)
		return IMAP4_ENOMEM;
	list->v = v;
	list->v[list->n++] = word;
	return 0;
}

int resp_parse_words(struct resp *r, struct lex *lex, struct resp_words *list)
{
	struct imap4_str word;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		if (!lex_astring(lex, &word))
			return IMAP4_EPROTO;
		if (resp_add_word(r, list, word) < 0)
			return IMAP4_ENOMEM;
	}
	return 0;
}

int resp_parse_rest(struct resp *r, struct lex *lex, struct resp_words *list)
{
	struct imap4_str word;

	while (!lex_at_end(lex)) {
		if (!lex_astring(lex, &word))
			return IMAP4_EPROTO;
		if (resp_add_word(r, list, word) < 0)
			return IMAP4_ENOMEM;
	}
	return 0;
}

int resp_parse_set(struct imap4_str text, struct imap4_set *set)
{
	if (text.len == 0 || memchr(text.p, '*', text.len))
		return IMAP4_EPROTO;
	int rc = imap4_set_parse(text.p, text.len, SIZE_MAX, set);
	return rc == 0 || rc == IMAP4_ENOMEM ? rc : IMAP4_EPROTO;
}

int resp_copy_set(struct resp *r, struct imap4_str text, struct imap4_set *out)
{
	struct imap4_set set = {.range = NULL};
	int rc = resp_parse_set(text, &set);
	size_t size = set.n * sizeof(*set.range);

	*out = (struct imap4_set){.range = NULL};
	if (rc == 0) {
		out->range = arena_alloc(&r->arena, size);
		if (!out->range)
			rc = IMAP4_ENOMEM;
	}
	if (rc == 0) {
		memcpy(out->range, set.range, size);
		out->n = set.n;
	}
	imap4_set_release(&set);
	return rc;
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
	if (r->utf8) {
		if (utf8_valid(raw.p, raw.len))
			*out = raw;
		return 0;
	}
	size_t cap = 3 * raw.len + 1;
	char *text = arena_alloc(&r->arena, cap);
	if (!text)
		return IMAP4_ENOMEM;
	long n = imap4_mutf7_decode(raw.p, raw.len, text, cap);
	if (n < 0) {
		n = mutf7_decode_lax(raw.p, raw.len, text, cap);
		r->irregular = n >= 0;
	}
	if (n >= 0)
		*out = (struct imap4_str){text, (size_t)n};
	return 0;
}

int resp_parse_name(struct resp *r, struct lex *lex, struct imap4_str *raw,
		    struct imap4_str *name)
{
	return lex_astring(lex, raw) ? resp_decode_name(r, *raw, name)
				     : IMAP4_EPROTO;
}

/* CAPABILITY, ENABLED: bare words to the end of the line. */
static int parse_bare_words(struct resp *r, struct lex *lex)
{
	struct resp_words list = {.n = 0};
	int rc = resp_parse_rest(r, lex, &list);

	r->ev.words = list.v;
	r->ev.nwords = list.n;
	return rc;
}

static int parse_flags(struct resp *r, struct lex *lex)
{
	struct resp_words list = {.n = 0};
	int rc = resp_parse_words(r, lex, &list);

	r->ev.words = list.v;
	r->ev.nwords = list.n;
	return rc;
}

/* RFC 2971: "(" string nstring ... ")" or NIL. */
static int parse_id(struct resp *r, struct lex *lex)
{
	struct resp_words list = {.n = 0};
	struct imap4_str s;

	if (lex_peek(lex) == LEX_NIL)
		return lex_skip(lex) ? 0 : IMAP4_EPROTO;
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		if (!lex_nstring(lex, &s))
			return IMAP4_EPROTO;
		if (resp_add_word(r, &list, s) < 0)
			return IMAP4_ENOMEM;
	}
	/* For those who read in pairs: a key without a value has none. */
	s = (struct imap4_str){NULL, 0};
	if (list.n % 2 != 0 && resp_add_word(r, &list, s) < 0)
		return IMAP4_ENOMEM;
	r->ev.words = list.v;
	r->ev.nwords = list.n;
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
    {"UIDFETCH", IMAP4_EV_FETCH, true, resp_parse_fetch},
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
    {"SORT", IMAP4_EV_SORT, false, resp_parse_sort},
    {"THREAD", IMAP4_EV_THREAD, false, resp_parse_thread},
    {"QUOTA", IMAP4_EV_QUOTA, false, resp_parse_quota},
    {"QUOTAROOT", IMAP4_EV_QUOTAROOT, false, resp_parse_quotaroot},
    {"ACL", IMAP4_EV_ACL, false, resp_parse_acl},
    {"LISTRIGHTS", IMAP4_EV_LISTRIGHTS, false, resp_parse_listrights},
    {"MYRIGHTS", IMAP4_EV_MYRIGHTS, false, resp_parse_myrights},
    {"METADATA", IMAP4_EV_METADATA, false, resp_parse_metadata},
    {"ANNOTATION", IMAP4_EV_METADATA, false, resp_parse_annotation},
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
	if (known->type != IMAP4_EV_STATUS &&
	    (!lex_at_end(lex) || lex->depth > 0))
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

static int parse_continue(struct resp *r, struct lex *lex)
{
	r->args = lex_rest(lex);
	/* iCloud sends "+" without a blank; "+OK" is POP3. */
	if (lex->end - lex->p >= 2 && ascii_is(lex->p, 2, "OK"))
		return IMAP4_EPROTO;
	/* RFC 9051 resp-text: "[ALERT] ..."; base64 has no "[". */
	return resp_parse_status(r, lex);
}

static bool ends_in_string(struct imap4_str text)
{
	struct lex_token tok;
	struct lex lex;
	enum lex_kind kind;

	lex_init(&lex, text, UINT_MAX, NULL);
	do
		kind = lex_next(&lex, &tok);
	while (kind != LEX_END && kind < LEX_BAD);
	return kind == LEX_BAD && *lex.p == '"';
}

static void note_torn(struct resp *r, const struct lex *lex, int rc)
{
	if (r->kind == RESP_TAGGED && rc == 0)
		r->torn = false;
	else if (r->kind == RESP_UNTAGGED)
		r->torn |= lex->loose ||
			   (rc == IMAP4_EPROTO && ends_in_string(r->ev.raw));
}

bool resp_is_skippable(const struct resp *r)
{
	struct imap4_str s = r->ev.raw;

	/* Nobody plants a response by a line that begins so. */
	return r->kind == RESP_UNTAGGED || r->torn ||
	       (s.len > 0 && (*s.p == ' ' || *s.p == ')'));
}

int resp_parse(struct resp *r, const char *p, size_t len)
{
	struct imap4_str all = {p, len};
	struct lex lex;

	reset(r);
	r->ev.raw = all;
	lex_init(&lex, all, r->max_nesting, &r->arena);
	int rc;
	if (len > 0 && p[0] == '+') {
		r->kind = RESP_CONTINUE;
		lex.p++;
		rc = parse_continue(r, &lex);
	} else if (len > 0 && p[0] == '*' && (len == 1 || p[1] == ' ')) {
		r->kind = RESP_UNTAGGED;
		lex.p++;
		rc = parse_untagged(r, &lex);
	} else {
		r->kind = RESP_TAGGED;
		rc = parse_tagged(r, &lex);
	}
	if (rc == IMAP4_EPROTO && lex.nomem)
		rc = IMAP4_ENOMEM;
	note_torn(r, &lex, rc);
	/* Nobody means well who says so much in so little. */
	return rc == IMAP4_ENOMEM && r->arena.full ? IMAP4_EPROTO : rc;
}
