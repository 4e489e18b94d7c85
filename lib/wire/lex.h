/* SPDX-License-Identifier: MIT */
/* Tokens of one framed response: atoms, strings, NIL, parentheses. Lenient as
 * to blanks and to what an atom may hold. Does not recurse, bounds nesting. */
#ifndef LIB_WIRE_LEX_H
#define LIB_WIRE_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <imap4/types.h>

#include "lib/util/arena.h"

enum lex_kind {
	LEX_END,
	LEX_ATOM,     /* .s */
	LEX_STRING,   /* .s: quoted or literal, escapes resolved */
	LEX_STREAMED, /* .size: a literal that went by as a body */
	LEX_NIL,
	LEX_OPEN,
	LEX_CLOSE,
	LEX_BAD, /* an open quote, one parenthesis too many, or .nomem */
};

struct lex_token {
	enum lex_kind kind;
	struct imap4_str s;
	uint64_t size;
	bool escaped; /* escapes are still in .s: there is no arena */
};

struct lex {
	const char *p;
	const char *end;
	unsigned depth;
	unsigned max_depth;
	struct arena *arena; /* holds strings whose escapes were resolved; NULL:
			      * they are left as they are */
	bool nomem;          /* it could not */
	bool loose;          /* a string had quotes without escapes */
};

/* Text of one response, or a part of one; borrowed, as is arena. Tokens live
 * as long as both. */
void lex_init(struct lex *lex, struct imap4_str text, unsigned max_depth,
	      struct arena *arena);
/* The next token, blanks before it skipped. More than max_depth parentheses,
 * and one that closes nothing, are LEX_BAD. */
enum lex_kind lex_next(struct lex *lex, struct lex_token *tok);
/* The name of a FETCH item: an atom in whose brackets blanks, parentheses and
 * strings may stand: BODY[HEADER.FIELDS (DATE)]<0>. */
enum lex_kind lex_item(struct lex *lex, struct lex_token *tok);
/* What lex_next() would return, without taking it. */
enum lex_kind lex_peek(const struct lex *lex);
/* Skips one value: a token, or a list with all that is in it. False: there is
 * none, or it is not well formed. */
bool lex_skip(struct lex *lex);
/* Skips to the end. False: not well formed, or a list is open at the end. */
bool lex_skip_all(struct lex *lex);
/* Where the next token begins, or the end. */
const char *lex_here(const struct lex *lex);
/* The rest of the text without blanks around it. */
struct imap4_str lex_rest(const struct lex *lex);

/* An atom, string or NIL (taken as the word) as text. False otherwise. */
bool lex_astring(struct lex *lex, struct imap4_str *out);
/* The same, but NIL and what is missing at the end of a list are p == NULL. */
bool lex_nstring(struct lex *lex, struct imap4_str *out);
/* An unsigned number of at most max. False: something else; it is skipped. */
bool lex_number(struct lex *lex, uint64_t max, uint64_t *out);
/* The opening parenthesis of a list. */
bool lex_open(struct lex *lex);
/* Is this the closing one? Takes it then. */
bool lex_close(struct lex *lex);
/* Does nothing but blanks follow? */
bool lex_at_end(const struct lex *lex);

/* The header of a literal at p: its length, CRLF included, or 0. *size is the
 * literal's, and *streamed tells whether its bytes are not here. */
size_t lex_literal(const char *p, const char *end, uint64_t *size,
		   bool *streamed);
/* Is the end of a value at p? */
static inline bool lex_value_ends(const char *p, const char *end)
{
	return p >= end || *p == ' ' || *p == ')' || *p == '(' || *p == '\r';
}

/* Does the quote at p end its string? iCloud and Yandex do not escape those
 * within ("<"1 2"@example.org>"): one that ends it has a blank, a parenthesis
 * or the end behind it, or the next string ("IMAGE""JPEG"), but not just one
 * more quote (""x"", """"). */
static inline bool lex_quote_ends(const char *p, const char *end)
{
	return lex_value_ends(p + 1, end) ||
	       (p[1] == '"' && !lex_value_ends(p + 2, end) && p[2] != '"');
}
/* The inside of a quoted string without its escapes, to out, which may be p.
 * Returns its length. */
size_t lex_unescape(const char *p, size_t len, char *out);

#endif
