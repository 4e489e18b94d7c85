/* SPDX-License-Identifier: MIT */
/* A small scanner of FETCH responses: parentheses, quotes, brackets, and the
 * last word at depth 1. The parser proper runs later, on the whole response;
 * this one only decides what need not be held in memory. */
#include "lib/wire/section.h"

#include <string.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"
#include "lib/wire/lex.h"

void section_init(struct section *s)
{
	memset(s, 0, sizeof(*s));
}

void section_skip(struct section *s, size_t pos)
{
	s->pos = pos;
	s->in_atom = false;
}

static size_t skip_blanks(const char *text, size_t i, size_t end)
{
	while (i < end && text[i] == ' ')
		i++;
	return i;
}

static bool is_word(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	/* "FETCHED" is something else. */
	return len >= n && ascii_is(text, n, word) &&
	       (len == n || text[n] == ' ' || text[n] == '(');
}

/* "* 12 FETCH" or "* 12 UIDFETCH" (RFC 9586): where it ends, or 0. */
static size_t fetch_prefix(struct section *s, const char *text, size_t end)
{
	uint32_t number;

	if (end < 2 || text[0] != '*' || text[1] != ' ')
		return 0;
	size_t i = skip_blanks(text, 1, end);
	size_t digits = i;
	while (i < end && ascii_digit(text[i]))
		i++;
	if (num_parse_u32(text + digits, i - digits, &number) < 0)
		return 0;
	size_t name = skip_blanks(text, i, end);
	bool uid = is_word(text + name, end - name, "UIDFETCH");
	if (name == i || (!uid && !is_word(text + name, end - name, "FETCH")))
		return 0;
	*(uid ? &s->uid : &s->seq) = number;
	return name + strlen(uid ? "UIDFETCH" : "FETCH");
}

static void forget_atom(struct section *s)
{
	s->in_atom = false;
	s->after_uid = false;
	s->atom = 0;
	s->atom_end = 0;
}

/* A string, a literal, or a list stood there. */
static void value_ends(struct section *s)
{
	forget_atom(s);
	s->spoiled |= !s->valued;
	s->valued = false;
}

/* An item's name or an unquoted value ended. They take turns: what looks like
 * a name where a value is due is one (BODY[1] BODY[1.MIME] {9}). */
static void atom_ends(struct section *s, const char *text, size_t end)
{
	size_t len = end - s->atom;

	if (!s->in_atom)
		return;
	s->in_atom = false;
	s->atom_end = end;
	if (s->valued) {
		if (s->after_uid)
			(void)num_parse_u32(text + s->atom, len, &s->uid);
		value_ends(s);
	} else {
		s->valued = true;
		s->after_uid = ascii_is(text + s->atom, len, "UID");
	}
}

static void scan_depth1(struct section *s, const char *text, size_t i)
{
	char c = text[i];

	if (c == ' ') {
		atom_ends(s, text, i);
	} else if (c == '"' && !s->in_atom) {
		value_ends(s);
		s->quoted = true;
	} else {
		if (!s->in_atom)
			s->atom = i;
		s->in_atom = true;
		/* As the parser: a name may have brackets. */
		s->bracket = c == '[' && !s->valued;
	}
}

/* An item may stand in parentheses of its own (Domino): they are no value. */
static void list_opens(struct section *s, const char *text, size_t i)
{
	if (s->depth == 1) {
		atom_ends(s, text, i);
		s->in_list = s->valued;
	}
	s->in_atom = false;
	s->depth++;
}

static void list_closes(struct section *s, const char *text, size_t i)
{
	if (s->depth == 1)
		atom_ends(s, text, i);
	s->in_atom = false;
	if (s->depth == 2 && s->in_list)
		value_ends(s);
	s->depth -= s->depth > 0;
}

static void scan_char(struct section *s, const char *text, size_t i, size_t end)
{
	char c = text[i];

	if (s->quoted) {
		s->quoted = c != '"' || (!s->bracket &&
					 !lex_quote_ends(text + i, text + end));
	} else if (s->bracket) {
		s->quoted = c == '"';
		s->bracket = c != ']';
	} else if (c == '(') {
		list_opens(s, text, i);
	} else if (c == ')') {
		list_closes(s, text, i);
	} else if (s->depth == 1) {
		scan_depth1(s, text, i);
	} else {
		s->quoted = c == '"' && !s->in_atom;
		s->in_atom = c != ' ' && !s->quoted;
	}
}

static void start(struct section *s, const char *text, size_t end)
{
	s->started = true;
	s->pos = fetch_prefix(s, text, end);
	s->fetch = s->pos > 0;
}

bool section_at(struct section *s, const char *text, size_t header)
{
	if (!s->started)
		start(s, text, header);
	if (!s->fetch)
		return false;
	/* A literal8 (RFC 3516): the tilde is part of the header. */
	if (header > s->pos && text[header - 1] == '~')
		header--;
	for (size_t i = s->pos; i < header; i++) {
		if (s->quoted && text[i] == '\\')
			i++;
		else
			scan_char(s, text, i, header);
	}
	s->pos = header;
	if (s->depth != 1 || s->quoted || s->bracket)
		return false;
	atom_ends(s, text, header);
	if (!s->valued || s->spoiled) {
		value_ends(s);
		return false;
	}
	s->valued = false;
	struct imap4_str name = {text + s->atom, s->atom_end - s->atom};
	struct section_item item;
	bool body =
	    section_item(name, &item) && item.kind != SECTION_BINARY_SIZE;
	if (!body)
		forget_atom(s);
	return body;
}

bool section_open(const struct section *s)
{
	return s->fetch && s->depth > 0;
}

/* "<12>" behind the brackets. */
static void take_origin(const char *p, const char *end,
			struct section_item *out)
{
	if (end - p < 3 || p[0] != '<' || end[-1] != '>')
		return;
	out->has_origin = num_parse(p + 1, (size_t)(end - p - 2), INT64_MAX,
				    &out->origin) == 0;
}

bool section_item(struct imap4_str name, struct section_item *out)
{
	static const struct {
		const char *name;
		enum section_kind kind;
		const char *section; /* NULL: in brackets */
	} known[] = {
	    {"BODY", SECTION_BODY, NULL},
	    {"BODY.PEEK", SECTION_BODY, NULL},
	    {"BINARY", SECTION_BINARY, NULL},
	    {"BINARY.SIZE", SECTION_BINARY_SIZE, NULL},
	    {"RFC822", SECTION_BODY, ""},
	    {"RFC822.HEADER", SECTION_BODY, "HEADER"},
	    {"RFC822.TEXT", SECTION_BODY, "TEXT"},
	};
	const char *open = name.len ? memchr(name.p, '[', name.len) : NULL;
	const char *close = open ? memrchr(name.p, ']', name.len) : NULL;
	size_t len = open ? (size_t)(open - name.p) : name.len;
	size_t i = 0;

	while (i < sizeof(known) / sizeof(known[0]) &&
	       !ascii_is(name.p, len, known[i].name))
		i++;
	if (i == sizeof(known) / sizeof(known[0]) ||
	    (known[i].section == NULL) != (close != NULL))
		return false;
	*out = (struct section_item){.kind = known[i].kind};
	if (!close) {
		out->section = (struct imap4_str){known[i].section,
						  strlen(known[i].section)};
		return true;
	}
	out->section = (struct imap4_str){open + 1, (size_t)(close - open - 1)};
	take_origin(close + 1, name.p + name.len, out);
	return true;
}
