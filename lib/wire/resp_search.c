/* SPDX-License-Identifier: MIT */
/* SEARCH (RFC 3501 7.2.5, with MODSEQ of RFC 7162), ESEARCH (RFC 4731) and
 * VANISHED (RFC 7162 3.2.10). Numbers stay ranges, whatever they name. */
#include "lib/wire/resp_priv.h"

#include <string.h>

#include <imap4/codec.h>

#include "lib/util/ascii.h"

static int parse_text_set(struct imap4_str s, struct imap4_set *set)
{
	int rc;

	/* RFC 7162: known-uids; "*" means nothing in an answer. */
	if (s.len == 0 || memchr(s.p, '*', s.len))
		return IMAP4_EPROTO;
	rc = imap4_set_parse(s.p, s.len, SIZE_MAX, set);
	if (rc == IMAP4_ENOMEM)
		return rc;
	return rc < 0 ? IMAP4_EPROTO : 0;
}

/* "1 2 17" is the set "1,2,17". Servers may list in any order, and half a
 * million numbers is normal: one pass, one sort. */
static int parse_numbers(struct resp *r, struct lex *lex)
{
	const char *p = lex->p;

	buf_reset(&r->decoded);
	if (buf_reserve(&r->decoded, (size_t)(lex->end - p)) < 0)
		return IMAP4_ENOMEM;
	char *out = r->decoded.data;
	size_t n = 0;
	for (; p < lex->end && *p != '('; p++) {
		if (!ascii_digit(*p) && *p != ' ')
			return IMAP4_EPROTO;
		if (*p != ' ')
			out[n++] = *p;
		else if (n > 0 && out[n - 1] != ',')
			out[n++] = ',';
	}
	lex->p = p;
	if (n > 0 && out[n - 1] == ',')
		n--;
	if (n == 0)
		return 0;
	return parse_text_set((struct imap4_str){out, n}, &r->src);
}

int resp_parse_search(struct resp *r, struct lex *lex)
{
	struct imap4_search *search = &r->ev.search;
	struct imap4_str name;

	int rc = parse_numbers(r, lex);
	if (rc < 0)
		return rc;
	search->set = r->src;
	if (lex_at_end(lex))
		return 0;
	/* "(MODSEQ 917162500)" */
	if (!lex_open(lex) || !lex_astring(lex, &name) ||
	    !ascii_is(name.p, name.len, "MODSEQ") ||
	    !lex_number(lex, INT64_MAX, &search->modseq) || !lex_close(lex))
		return IMAP4_EPROTO;
	search->has_modseq = true;
	return 0;
}

/* "(TAG "A1" ...)": RFC 7377 may put the mailbox there too. */
static int parse_correlator(struct resp *r, struct lex *lex)
{
	struct imap4_str name;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		if (!lex_astring(lex, &name))
			return IMAP4_EPROTO;
		if (!ascii_is(name.p, name.len, "TAG")) {
			if (!lex_skip(lex))
				return IMAP4_EPROTO;
		} else if (!lex_astring(lex, &r->search_tag)) {
			return IMAP4_EPROTO;
		}
	}
	return 0;
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
	struct imap4_str text;

	if (!lex_astring(lex, &text))
		return IMAP4_EPROTO;
	return parse_text_set(text, &r->src);
}

static int parse_return_data(struct resp *r, struct lex *lex)
{
	struct imap4_search *s = &r->ev.search;
	struct imap4_str name;

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
	return lex_skip(lex) ? 0 : IMAP4_EPROTO;
}

int resp_parse_esearch(struct resp *r, struct lex *lex)
{
	struct imap4_search *search = &r->ev.search;
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
		int rc = parse_return_data(r, lex);
		if (rc < 0)
			return rc;
	}
	search->set = r->src;
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
	int rc = parse_text_set(word, &r->src);
	r->ev.vanished.set = r->src;
	return rc;
}
