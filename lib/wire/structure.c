/* SPDX-License-Identifier: MIT */
/* BODYSTRUCTURE and BODY. What is missing at the end of a part is missing; NIL
 * may stand for anything (Exchange, Gmail), and a list or a string where the
 * other one belongs is passed over where that is not ambiguous. */
#include "lib/wire/message.h"

#include <stdio.h>
#include <string.h>

#include "lib/util/ascii.h"

static int part(struct lex *lex, struct imap4_str prefix, unsigned number,
		struct imap4_part *p);

static int optional_skip(struct lex *lex)
{
	if (lex_peek(lex) == LEX_CLOSE)
		return 0;
	return lex_skip(lex) ? 0 : IMAP4_EPROTO;
}

/* "(" *(name value) ")" or NIL. */
static int params(struct lex *lex, const struct imap4_param **out)
{
	const struct imap4_param **tail = out;

	if (lex_peek(lex) == LEX_NIL || lex_peek(lex) == LEX_CLOSE)
		return optional_skip(lex);
	if (!lex_open(lex))
		return IMAP4_EPROTO;
	while (!lex_close(lex)) {
		struct imap4_param *p = arena_alloc(lex->arena, sizeof(*p));
		if (!p)
			return IMAP4_ENOMEM;
		if (!lex_nstring(lex, &p->name) || !lex_nstring(lex, &p->value))
			return IMAP4_EPROTO;
		*tail = p;
		tail = &p->next;
	}
	return 0;
}

/* "(" string params ")" or NIL; Exchange and Synapse leave out the list. */
static int disposition(struct lex *lex, struct imap4_part *p)
{
	if (lex_peek(lex) != LEX_OPEN)
		return lex_nstring(lex, &p->disposition) ? 0 : IMAP4_EPROTO;
	(void)lex_open(lex);
	if (!lex_nstring(lex, &p->disposition))
		return IMAP4_EPROTO;
	int rc = params(lex, &p->disposition_param);
	if (rc < 0)
		return rc;
	return lex_close(lex) ? 0 : IMAP4_EPROTO;
}

static int add_word(struct lex *lex, const struct imap4_word ***tail)
{
	struct imap4_word *w = arena_alloc(lex->arena, sizeof(*w));

	if (!w)
		return IMAP4_ENOMEM;
	if (!lex_nstring(lex, &w->s))
		return IMAP4_EPROTO;
	**tail = w;
	*tail = &w->next;
	return 0;
}

/* nstring or a list of strings. */
static int language(struct lex *lex, struct imap4_part *p)
{
	const struct imap4_word **tail = &p->language;
	int rc = 0;

	if (lex_peek(lex) == LEX_NIL)
		return optional_skip(lex);
	if (lex_peek(lex) != LEX_OPEN)
		return add_word(lex, &tail);
	(void)lex_open(lex);
	while (rc == 0 && !lex_close(lex))
		rc = add_word(lex, &tail);
	return rc;
}

/* nstring. Domino has the parameters a second time where the MD5 belongs,
 * Exchange () for the location. */
static int string_or_list(struct lex *lex, struct imap4_str *out)
{
	if (lex_peek(lex) == LEX_OPEN)
		return optional_skip(lex);
	return lex_nstring(lex, out) ? 0 : IMAP4_EPROTO;
}

static int first_extension(struct lex *lex, struct imap4_part *p)
{
	return p->multipart ? params(lex, &p->param)
			    : string_or_list(lex, &p->md5);
}

static int location(struct lex *lex, struct imap4_part *p)
{
	return string_or_list(lex, &p->location);
}

/* RFC 9051 body-ext-1part and body-ext-mpart, up to the end of the part. */
static int extensions(struct lex *lex, struct imap4_part *p)
{
	static int (*const parse[])(struct lex * lex, struct imap4_part * p) = {
	    first_extension, disposition, language, location};
	const size_t n = sizeof(parse) / sizeof(parse[0]);

	while (p->nextension < n && lex_peek(lex) != LEX_CLOSE) {
		int rc = parse[p->nextension](lex, p);
		if (rc < 0)
			return rc;
		p->nextension++;
	}
	bool more = lex_peek(lex) != LEX_CLOSE;
	const char *start = lex_here(lex);
	while (lex_peek(lex) != LEX_CLOSE) {
		if (!lex_skip(lex))
			return IMAP4_EPROTO;
	}
	if (more)
		p->extension =
		    (struct imap4_str){start, (size_t)(lex->p - start)};
	return lex_close(lex) ? 0 : IMAP4_EPROTO;
}

/* prefix "." number */
static int name_section(struct lex *lex, struct imap4_str prefix,
			unsigned number, struct imap4_str *out)
{
	size_t cap = prefix.len + sizeof(".4294967295");
	char *text = arena_alloc(lex->arena, cap);

	if (!text)
		return IMAP4_ENOMEM;
	if (prefix.len > 0)
		memcpy(text, prefix.p, prefix.len);
	int n = snprintf(text + prefix.len, cap - prefix.len,
			 prefix.len > 0 ? ".%u" : "%u", number);
	*out = (struct imap4_str){text, prefix.len + (size_t)n};
	return 0;
}

static int add_part(struct lex *lex, struct imap4_str prefix, unsigned number,
		    const struct imap4_part ***tail)
{
	struct imap4_part *p = arena_alloc(lex->arena, sizeof(*p));

	if (!p)
		return IMAP4_ENOMEM;
	**tail = p;
	*tail = &p->next;
	return part(lex, prefix, number, p);
}

static int multipart(struct lex *lex, struct imap4_part *p)
{
	const struct imap4_part **tail = &p->child;
	unsigned number = 0;

	p->multipart = true;
	while (lex_peek(lex) == LEX_OPEN) {
		int rc = add_part(lex, p->section, ++number, &tail);
		if (rc < 0)
			return rc;
	}
	return lex_nstring(lex, &p->subtype) ? extensions(lex, p)
					     : IMAP4_EPROTO;
}

/* The body of a message; "()" and NIL: the server does not know it. */
static int message_body(struct lex *lex, struct imap4_part *p)
{
	const struct imap4_part **tail = &p->child;
	struct lex after = *lex;

	if (lex_peek(lex) != LEX_OPEN)
		return optional_skip(lex);
	(void)lex_open(&after);
	if (lex_close(&after)) {
		*lex = after;
		return 0;
	}
	return add_part(lex, p->section, 0, &tail);
}

/* RFC 9051 body-type-msg */
static int message(struct lex *lex, struct imap4_part *p)
{
	/* Gmail leaves all of it out where it could not parse the message. */
	if (lex_peek(lex) != LEX_OPEN)
		return 0;
	int rc = message_envelope(lex, &p->envelope);
	if (rc == 0)
		rc = message_body(lex, p);
	if (rc == 0)
		(void)lex_number(lex, INT64_MAX, &p->lines);
	return rc;
}

static bool is(struct imap4_str s, const char *word)
{
	return s.p && ascii_is(s.p, s.len, word);
}

/* RFC 9051 body-type-1part */
static int single(struct lex *lex, struct imap4_part *p)
{
	int rc = 0;

	if (lex_peek(lex) == LEX_CLOSE || !lex_nstring(lex, &p->type) ||
	    !lex_nstring(lex, &p->subtype))
		return IMAP4_EPROTO;
	rc = params(lex, &p->param);
	if (rc < 0)
		return rc;
	if (!lex_nstring(lex, &p->id) || !lex_nstring(lex, &p->description) ||
	    !lex_nstring(lex, &p->encoding))
		return IMAP4_EPROTO;
	/* mail.ru sends -1. */
	(void)lex_number(lex, INT64_MAX, &p->size);
	if (is(p->type, "TEXT"))
		(void)lex_number(lex, INT64_MAX, &p->lines);
	else if (is(p->type, "MESSAGE") &&
		 (is(p->subtype, "RFC822") || is(p->subtype, "GLOBAL")))
		rc = message(lex, p);
	return rc < 0 ? rc : extensions(lex, p);
}

/* number: which one of a multipart; 0: all of a message, whose section prefix
 * is. RFC 9051 6.4.5.1 names the parts. */
static int part(struct lex *lex, struct imap4_str prefix, unsigned number,
		struct imap4_part *p)
{
	int rc = 0;

	if (!lex_open(lex))
		return IMAP4_EPROTO;
	bool multi = lex_peek(lex) == LEX_OPEN;
	p->section = prefix;
	if (number > 0 || !multi)
		rc = name_section(lex, prefix, number > 0 ? number : 1,
				  &p->section);
	if (rc < 0)
		return rc;
	return multi ? multipart(lex, p) : single(lex, p);
}

static int whole(struct lex *lex, struct imap4_part *p)
{
	int rc = part(lex, (struct imap4_str){"", 0}, 0, p);

	return rc == IMAP4_EPROTO && lex->nomem ? IMAP4_ENOMEM : rc;
}

int message_structure(struct lex *lex, const struct imap4_part **out)
{
	struct imap4_part *p = arena_alloc(lex->arena, sizeof(*p));

	if (!p)
		return IMAP4_ENOMEM;
	int rc = whole(lex, p);
	if (rc == 0)
		*out = p;
	return rc;
}

int imap4_part_parse(struct imap4_str text, size_t *used,
		     struct imap4_part **out)
{
	struct message_alone *m;
	struct lex lex;

	int rc = message_begin(text, &lex, &m);
	if (rc < 0)
		return rc;
	rc = message_end(text, &lex, whole(&lex, &m->root.part), m, used);
	if (rc == 0)
		*out = &m->root.part;
	return rc;
}

void imap4_part_free(struct imap4_part *part)
{
	message_free(part);
}
