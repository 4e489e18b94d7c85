/* SPDX-License-Identifier: MIT */
/* SEARCH (RFC 3501 7.2.5, with MODSEQ of RFC 7162), ESEARCH (RFC 4731) and
 * VANISHED (RFC 7162 3.2.10). Numbers stay ranges, whatever they name. */
#include "lib/wire/resp_priv.h"

#include "lib/util/ascii.h"

/* Numbers up to a parenthesis, with a comma behind each, to out. */
static int collect_numbers(struct lex *lex, char *out, size_t *n)
{
	for (; lex->p < lex->end && *lex->p != '('; lex->p++) {
		if (!ascii_digit(*lex->p) && *lex->p != ' ')
			return IMAP4_EPROTO;
		if (*lex->p != ' ')
			out[(*n)++] = *lex->p;
		else if (*n > 0 && out[*n - 1] != ',')
			out[(*n)++] = ',';
	}
	if (*n > 0 && out[*n - 1] != ',')
		out[(*n)++] = ',';
	return 0;
}

/* "(MODSEQ 917162500)" */
static int parse_modseq(struct lex *lex, struct imap4_search *search)
{
	struct imap4_str name;

	if (!lex_open(lex) || !lex_astring(lex, &name) ||
	    !ascii_is(name.p, name.len, "MODSEQ") ||
	    !lex_number(lex, INT64_MAX, &search->modseq) || !lex_close(lex))
		return IMAP4_EPROTO;
	search->has_modseq = true;
	return 0;
}

/* "1 2 17" is the set "1,2,17". Servers may list in any order, and half a
 * million numbers is normal: one pass, one sort. */
int resp_parse_search(struct resp *r, struct lex *lex)
{
	struct imap4_search *search = &r->ev.search;
	char *out = arena_alloc(&r->arena, (size_t)(lex->end - lex->p) + 1);
	size_t n = 0;
	int rc = out ? 0 : IMAP4_ENOMEM;

	while (rc == 0 && lex->p < lex->end)
		rc = *lex->p == '(' ? parse_modseq(lex, search)
				    : collect_numbers(lex, out, &n);
	if (rc < 0)
		return rc;
	if (n > 0)
		rc = resp_parse_set((struct imap4_str){out, n - 1}, &r->src);
	search->set = r->src;
	return rc;
}

/* "(TAG "A1" MAILBOX "box" UIDVALIDITY 7)", RFC 4466, RFC 7377 2.1. */
static int parse_correlator(struct resp *r, struct lex *lex)
{
	struct imap4_search *s = &r->ev.search;
	struct imap4_str name;
	uint64_t n = 0;
	int rc = 0;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (rc == 0 && !lex_close(lex)) {
		if (!lex_astring(lex, &name))
			return IMAP4_EPROTO;
		if (ascii_is(name.p, name.len, "TAG"))
			rc =
			    lex_astring(lex, &r->search_tag) ? 0 : IMAP4_EPROTO;
		else if (ascii_is(name.p, name.len, "MAILBOX"))
			rc = resp_parse_name(r, lex, &s->raw, &s->name);
		else if (ascii_is(name.p, name.len, "UIDVALIDITY"))
			rc = lex_number(lex, UINT32_MAX, &n) ? 0 : IMAP4_EPROTO;
		else
			rc = lex_skip(lex) ? 0 : IMAP4_EPROTO;
	}
	s->uidvalidity = (uint32_t)n;
	return rc;
}

static int parse_number32(struct lex *lex, bool *has, uint32_t *out)
{
	uint64_t n;

	if (!lex_number(lex, UINT32_MAX, &n))
		return IMAP4_EPROTO;
	*has = true;
	*out = (uint32_t)n;
	return 0;
}

static int parse_number64(struct lex *lex, bool *has, uint64_t *out)
{
	if (!lex_number(lex, INT64_MAX, out))
		return IMAP4_EPROTO;
	*has = true;
	return 0;
}

static int parse_all(struct resp *r, struct lex *lex)
{
	struct imap4_search *s = &r->ev.search;

	if (!lex_astring(lex, &s->all))
		return IMAP4_EPROTO;
	int rc = resp_parse_set(s->all, &r->src);
	s->set = r->src;
	return rc;
}

/* "(" range (set / NIL) ")", RFC 9394 3.1. */
static int parse_partial(struct resp *r, struct lex *lex)
{
	struct imap4_search *s = &r->ev.search;
	int rc = 0;

	if (!lex_open(lex) || !lex_astring(lex, &s->partial_range) ||
	    !lex_nstring(lex, &s->partial_text) || !lex_close(lex))
		return IMAP4_EPROTO;
	if (s->partial_text.p)
		rc = resp_parse_set(s->partial_text, &r->dst);
	s->partial = r->dst;
	s->has_partial = true;
	return rc;
}

/* "(" 1*(position set) ")", RFC 5267 4.3. */
static int parse_updates(struct resp *r, struct lex *lex, bool add,
			 const struct imap4_search_update ***tail)
{
	uint64_t n;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		struct imap4_search_update *u =
		    arena_alloc(&r->arena, sizeof(*u));
		if (!u)
			return IMAP4_ENOMEM;
		if (!lex_number(lex, UINT32_MAX, &n) ||
		    !lex_astring(lex, &u->text))
			return IMAP4_EPROTO;
		int rc = resp_copy_set(r, u->text, &u->set);
		if (rc < 0)
			return rc;
		u->add = add;
		u->position = (uint32_t)n;
		**tail = u;
		*tail = &u->next;
	}
	return 0;
}

static int parse_return_data(struct resp *r, struct lex *lex,
			     const struct imap4_search_update ***tail)
{
	struct imap4_search *s = &r->ev.search;
	struct imap4_str name;

	/* As SEARCH has it, seen behind ALL too. */
	if (lex_peek(lex) == LEX_OPEN)
		return parse_modseq(lex, s);
	if (!lex_astring(lex, &name))
		return IMAP4_EPROTO;
	if (ascii_is(name.p, name.len, "MIN"))
		return parse_number32(lex, &s->has_min, &s->min);
	if (ascii_is(name.p, name.len, "MAX"))
		return parse_number32(lex, &s->has_max, &s->max);
	if (ascii_is(name.p, name.len, "COUNT"))
		return parse_number64(lex, &s->has_count, &s->count);
	if (ascii_is(name.p, name.len, "MODSEQ"))
		return parse_number64(lex, &s->has_modseq, &s->modseq);
	if (ascii_is(name.p, name.len, "ALL"))
		return parse_all(r, lex);
	if (ascii_is(name.p, name.len, "PARTIAL"))
		return parse_partial(r, lex);
	if (ascii_is(name.p, name.len, "ADDTO"))
		return parse_updates(r, lex, true, tail);
	if (ascii_is(name.p, name.len, "REMOVEFROM"))
		return parse_updates(r, lex, false, tail);
	return lex_skip(lex) ? 0 : IMAP4_EPROTO;
}

int resp_parse_esearch(struct resp *r, struct lex *lex)
{
	struct imap4_search *search = &r->ev.search;
	const struct imap4_search_update **tail = &search->update;
	struct lex before;
	struct imap4_str word;

	search->extended = true;
	if (lex_peek(lex) == LEX_OPEN) {
		int rc = parse_correlator(r, lex);
		if (rc < 0)
			return rc;
	}
	before = *lex;
	if (lex_astring(lex, &word) && ascii_is(word.p, word.len, "UID"))
		search->uid = true;
	else
		*lex = before;
	while (!lex_at_end(lex)) {
		int rc = parse_return_data(r, lex, &tail);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int resp_parse_vanished(struct resp *r, struct lex *lex)
{
	struct imap4_str word;

	if (lex_open(lex)) {
		if (!lex_astring(lex, &word) ||
		    !ascii_is(word.p, word.len, "EARLIER") || !lex_close(lex))
			return IMAP4_EPROTO;
		r->ev.vanished.earlier = true;
	}
	if (!lex_astring(lex, &word))
		return IMAP4_EPROTO;
	int rc = resp_parse_set(word, &r->src);
	r->ev.vanished.set = r->src;
	return rc;
}
