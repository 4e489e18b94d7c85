/* SPDX-License-Identifier: MIT */
/* The framer has made sure that CRLF stands only behind literal headers, and
 * that each literal is there in full. */
#include "lib/wire/lex.h"

#include <string.h>

#include "lib/util/ascii.h"
#include "lib/util/num.h"

void lex_init(struct lex *lex, struct imap4_str text, unsigned max_depth,
	      struct arena *arena)
{
	lex->p = text.p;
	lex->end = text.p + text.len;
	lex->depth = 0;
	lex->max_depth = max_depth;
	lex->arena = arena;
	lex->nomem = false;
	lex->loose = false;
}

size_t lex_literal(const char *p, const char *end, uint64_t *size,
		   bool *streamed)
{
	const char *q = p;

	if (q == end || *q != '{')
		return 0;
	q++;
	*streamed = q < end && *q == '*';
	q += *streamed;
	const char *digits = q;
	while (q < end && ascii_digit(*q))
		q++;
	if (num_parse(digits, (size_t)(q - digits), INT64_MAX, size) < 0)
		return 0;
	if (q < end && *q == '+')
		q++;
	if (end - q < 3 || memcmp(q, "}\r\n", 3) != 0)
		return 0;
	q += 3;
	if (!*streamed && *size > (uint64_t)(end - q))
		return 0;
	return (size_t)(q - p);
}

/* RFC 9051 has one between values. Yahoo and Exchange send more, iCloud one
 * behind the last. */
const char *lex_here(const struct lex *lex)
{
	const char *p = lex->p;

	while (p < lex->end && *p == ' ')
		p++;
	return p;
}

static void skip_blanks(struct lex *lex)
{
	lex->p = lex_here(lex);
}

static enum lex_kind token(struct lex_token *tok, enum lex_kind kind,
			   const char *p, const char *end)
{
	tok->kind = kind;
	tok->s = (struct imap4_str){p, (size_t)(end - p)};
	tok->escaped = false;
	return kind;
}

size_t lex_unescape(const char *p, size_t len, char *out)
{
	const char *end = p + len;
	char *to = out;

	while (p < end) {
		/* RFC 9051 allows only \" and \\; Exchange sends others. */
		p += *p == '\\' && end - p > 1;
		*to++ = *p++;
	}
	return (size_t)(to - out);
}

/* Copies a quoted string without its backslashes. */
static enum lex_kind unescape(struct lex *lex, struct lex_token *tok,
			      const char *p, const char *end)
{
	size_t len = (size_t)(end - p);

	if (!lex->arena) {
		(void)token(tok, LEX_STRING, p, end);
		tok->escaped = true;
		return LEX_STRING;
	}
	char *start = arena_alloc(lex->arena, len);
	if (!start) {
		lex->nomem = true;
		return token(tok, LEX_BAD, p, p);
	}
	len = lex_unescape(p, len, start);
	return token(tok, LEX_STRING, start, start + len);
}

static enum lex_kind quoted(struct lex *lex, struct lex_token *tok)
{
	const char *p = lex->p + 1;
	bool escaped = false;

	while (p < lex->end && *p != '\r') {
		if (*p == '"') {
			if (lex_quote_ends(p, lex->end))
				break;
			lex->loose = true;
		} else if (*p == '\\') {
			escaped = true;
			if (++p == lex->end)
				break;
		}
		p++;
	}
	if (p >= lex->end || *p != '"')
		return token(tok, LEX_BAD, lex->p, lex->p);
	const char *start = lex->p + 1;
	lex->p = p + 1;
	if (escaped)
		return unescape(lex, tok, start, p);
	return token(tok, LEX_STRING, start, p);
}

static enum lex_kind literal(struct lex *lex, struct lex_token *tok,
			     size_t header, uint64_t size)
{
	const char *start = lex->p + header;

	tok->size = size;
	lex->p = start + size;
	return token(tok, LEX_STRING, start, lex->p);
}

/* Anything up to a blank, a parenthesis or a literal: control characters
 * (Exchange), 8-bit, ']' in flags (Gmail). */
static enum lex_kind atom(struct lex *lex, struct lex_token *tok)
{
	static const bool stops[256] = {
	    [' '] = true, ['('] = true,  [')'] = true,
	    ['{'] = true, ['\r'] = true, ['\n'] = true};
	const char *start = lex->p;
	const char *p = start;
	uint64_t size;
	bool streamed;

	for (; p < lex->end; p++) {
		if (!stops[(unsigned char)*p])
			continue;
		if (*p == '\r' || *p == '\n')
			return token(tok, LEX_BAD, start, start);
		if (*p != '{' || lex_literal(p, lex->end, &size, &streamed) > 0)
			break;
	}
	lex->p = p;
	if (ascii_is(start, (size_t)(p - start), "NIL"))
		return token(tok, LEX_NIL, start, p);
	return token(tok, LEX_ATOM, start, p);
}

static enum lex_kind parenthesis(struct lex *lex, struct lex_token *tok)
{
	bool open = *lex->p == '(';

	if (open ? lex->depth >= lex->max_depth : lex->depth == 0)
		return token(tok, LEX_BAD, lex->p, lex->p);
	lex->depth += open ? 1U : -1U;
	lex->p++;
	return token(tok, open ? LEX_OPEN : LEX_CLOSE, lex->p - 1, lex->p);
}

enum lex_kind lex_next(struct lex *lex, struct lex_token *tok)
{
	uint64_t size;
	bool streamed;

	skip_blanks(lex);
	if (lex->p == lex->end)
		return token(tok, LEX_END, lex->p, lex->p);
	if (*lex->p == '(' || *lex->p == ')')
		return parenthesis(lex, tok);
	if (*lex->p == '"')
		return quoted(lex, tok);
	/* literal8, RFC 3516 */
	bool tilde = *lex->p == '~';
	size_t n = lex_literal(lex->p + tilde, lex->end, &size, &streamed);
	if (n == 0)
		return atom(lex, tok);
	n += tilde;
	if (!streamed)
		return literal(lex, tok, n, size);
	tok->size = size;
	lex->p += n;
	return token(tok, LEX_STREAMED, lex->p, lex->p);
}

/* Moves over one string inside brackets, where ']' may stand behind a quote
 * too. False: it has no end. */
static bool skip_string(struct lex *lex)
{
	struct lex_token tok;

	if (*lex->p != '"')
		return lex_next(lex, &tok) == LEX_STRING;
	for (lex->p++; lex->p < lex->end && *lex->p != '"'; lex->p++)
		lex->p += *lex->p == '\\' && lex->end - lex->p > 1;
	if (lex->p == lex->end)
		return false;
	lex->p++;
	return true;
}

/* lex->p is behind '['; moves behind the ']' that ends it. */
static bool skip_brackets(struct lex *lex)
{
	uint64_t size;
	bool streamed;

	while (lex->p < lex->end && *lex->p != ']') {
		bool string =
		    *lex->p == '"' ||
		    (*lex->p == '{' &&
		     lex_literal(lex->p, lex->end, &size, &streamed) > 0);
		if (string && !skip_string(lex))
			return false;
		if (!string)
			lex->p++;
	}
	if (lex->p == lex->end)
		return false;
	lex->p++;
	return true;
}

/* Moves to where the word of an item ends, or its brackets begin. */
static void skip_word(struct lex *lex)
{
	static const bool stops[256] = {
	    [' '] = true, ['('] = true, [')'] = true,
	    ['['] = true, ['{'] = true, ['"'] = true};

	while (lex->p < lex->end && !stops[(unsigned char)*lex->p])
		lex->p++;
}

enum lex_kind lex_item(struct lex *lex, struct lex_token *tok)
{
	skip_blanks(lex);
	const char *start = lex->p;
	skip_word(lex);
	if (lex->p == start || lex->p == lex->end || *lex->p != '[') {
		lex->p = start;
		return lex_next(lex, tok);
	}
	lex->p++;
	if (!skip_brackets(lex))
		return token(tok, LEX_BAD, start, start);
	skip_word(lex);
	return token(tok, LEX_ATOM, start, lex->p);
}

enum lex_kind lex_peek(const struct lex *lex)
{
	struct lex copy = *lex;
	uint64_t size;
	bool streamed;

	skip_blanks(&copy);
	if (copy.p == copy.end)
		return LEX_END;
	if (*copy.p == '(')
		return LEX_OPEN;
	if (*copy.p == ')')
		return LEX_CLOSE;
	if (*copy.p == '"')
		return LEX_STRING;
	const char *p = copy.p + (*copy.p == '~');
	if (lex_literal(p, copy.end, &size, &streamed) > 0)
		return streamed ? LEX_STREAMED : LEX_STRING;
	struct lex_token tok;
	return atom(&copy, &tok);
}

bool lex_skip(struct lex *lex)
{
	unsigned depth = lex->depth;
	struct lex_token tok;

	do {
		enum lex_kind kind = lex_next(lex, &tok);
		if (kind == LEX_END || kind >= LEX_BAD || lex->depth < depth)
			return false;
	} while (lex->depth > depth);
	return true;
}

bool lex_skip_all(struct lex *lex)
{
	struct lex_token tok;
	enum lex_kind kind;

	do
		kind = lex_next(lex, &tok);
	while (kind != LEX_END && kind < LEX_BAD);
	return kind == LEX_END && lex->depth == 0;
}

struct imap4_str lex_rest(const struct lex *lex)
{
	const char *p = lex_here(lex);
	const char *end = lex->end;

	while (end > p && end[-1] == ' ')
		end--;
	return (struct imap4_str){p, (size_t)(end - p)};
}

bool lex_astring(struct lex *lex, struct imap4_str *out)
{
	struct lex_token tok;
	enum lex_kind kind = lex_next(lex, &tok);

	if (kind != LEX_ATOM && kind != LEX_STRING && kind != LEX_NIL)
		return false;
	*out = tok.s;
	return true;
}

bool lex_nstring(struct lex *lex, struct imap4_str *out)
{
	enum lex_kind kind = lex_peek(lex);

	*out = (struct imap4_str){NULL, 0};
	if (kind == LEX_NIL)
		return lex_skip(lex);
	return kind == LEX_CLOSE || lex_astring(lex, out);
}

bool lex_number(struct lex *lex, uint64_t max, uint64_t *out)
{
	enum lex_kind kind = lex_peek(lex);
	struct lex_token tok;

	if (kind != LEX_ATOM) {
		if (kind != LEX_END && kind != LEX_CLOSE)
			(void)lex_skip(lex);
		return false;
	}
	(void)lex_next(lex, &tok);
	return num_parse(tok.s.p, tok.s.len, max, out) == 0;
}

static bool take(struct lex *lex, char c)
{
	struct lex_token tok;

	skip_blanks(lex);
	return lex->p < lex->end && *lex->p == c &&
	       parenthesis(lex, &tok) != LEX_BAD;
}

bool lex_open(struct lex *lex)
{
	return take(lex, '(');
}

bool lex_close(struct lex *lex)
{
	return take(lex, ')');
}

bool lex_at_end(const struct lex *lex)
{
	/* Asked for each word: a look from the end would be one too many. */
	return lex_here(lex) == lex->end;
}
