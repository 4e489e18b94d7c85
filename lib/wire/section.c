/* SPDX-License-Identifier: MIT */
/* A small scanner of FETCH responses: parentheses, quotes, brackets, and the
 * last word at depth 1. The parser proper runs later, on the whole response;
 * this one only decides what need not be held in memory. */
#include "lib/wire/section.h"

#include <string.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"

void section_init(struct section *s)
{
	memset(s, 0, sizeof(*s));
}

void section_skip(struct section *s, size_t pos)
{
	s->pos = pos;
}

static size_t skip_blanks(const char *text, size_t i, size_t end)
{
	while (i < end && text[i] == ' ')
		i++;
	return i;
}

/* "* 12 FETCH": where it ends, or 0. */
static size_t fetch_prefix(const char *text, size_t end, uint32_t *seq)
{
	if (end < 2 || text[0] != '*' || text[1] != ' ')
		return 0;
	size_t i = skip_blanks(text, 1, end);
	size_t number = i;
	while (i < end && ascii_digit(text[i]))
		i++;
	if (num_parse_u32(text + number, i - number, seq) < 0)
		return 0;
	size_t name = skip_blanks(text, i, end);
	if (name == i || end - name < 5 || !ascii_is(text + name, 5, "FETCH"))
		return 0;
	/* "FETCHED" is something else. */
	if (name + 5 < end && text[name + 5] != ' ' && text[name + 5] != '(')
		return 0;
	return name + 5;
}

/* An item's name or an unquoted value ended. */
static void atom_ends(struct section *s, const char *text, size_t end)
{
	size_t len = end - s->atom;

	if (!s->in_atom)
		return;
	s->in_atom = false;
	s->atom_end = end;
	if (s->after_uid) {
		s->after_uid = false;
		(void)num_parse_u32(text + s->atom, len, &s->uid);
	} else {
		s->after_uid = ascii_is(text + s->atom, len, "UID");
	}
}

static void forget_atom(struct section *s)
{
	s->in_atom = false;
	s->after_uid = false;
	s->atom = 0;
	s->atom_end = 0;
}

static void scan_depth1(struct section *s, const char *text, size_t i)
{
	char c = text[i];

	if (c == ' ') {
		atom_ends(s, text, i);
	} else if (c == '"') {
		forget_atom(s);
		s->quoted = true;
	} else {
		if (!s->in_atom)
			s->atom = i;
		s->in_atom = true;
		s->bracket = c == '[';
	}
}

static void scan_char(struct section *s, const char *text, size_t i)
{
	char c = text[i];

	if (s->quoted) {
		s->quoted = c != '"';
	} else if (s->bracket) {
		s->quoted = c == '"';
		s->bracket = c != ']';
	} else if (c == '(') {
		forget_atom(s);
		s->depth++;
	} else if (c == ')') {
		atom_ends(s, text, i);
		forget_atom(s);
		s->depth -= s->depth > 0;
	} else if (s->depth == 1) {
		scan_depth1(s, text, i);
	} else {
		s->quoted = c == '"';
	}
}

static void start(struct section *s, const char *text, size_t end)
{
	s->started = true;
	s->pos = fetch_prefix(text, end, &s->seq);
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
			scan_char(s, text, i);
	}
	s->pos = header;
	if (s->depth != 1 || s->quoted || s->bracket)
		return false;
	atom_ends(s, text, header);
	bool body = s->atom_end > s->atom &&
		    section_name(text + s->atom, s->atom_end - s->atom, NULL);
	if (!body)
		forget_atom(s);
	return body;
}

static bool in_brackets(const char *name, size_t len, struct imap4_str *section)
{
	const char *open = memchr(name, '[', len);
	size_t at = open ? (size_t)(open - name) : 0;

	if (!open ||
	    (!ascii_is(name, at, "BODY") && !ascii_is(name, at, "BINARY") &&
	     !ascii_is(name, at, "BODY.PEEK")))
		return false;
	const char *close = memrchr(open, ']', len - at);
	if (!close)
		return false;
	if (section)
		*section =
		    (struct imap4_str){open + 1, (size_t)(close - open - 1)};
	return true;
}

bool section_name(const char *name, size_t len, struct imap4_str *section)
{
	static const struct {
		const char *name;
		const char *section;
	} old[] = {
	    {"RFC822", ""},
	    {"RFC822.HEADER", "HEADER"},
	    {"RFC822.TEXT", "TEXT"},
	};

	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		if (!ascii_is(name, len, old[i].name))
			continue;
		if (section)
			*section = (struct imap4_str){old[i].section,
						      strlen(old[i].section)};
		return true;
	}
	return in_brackets(name, len, section);
}
