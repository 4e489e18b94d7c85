/* SPDX-License-Identifier: MIT */
/* The public view of the lexer: no memory of its own, and so escapes stay. */
#include <imap4/parse.h>

#include <limits.h>
#include <string.h>

#include "lib/wire/lex.h"

static const enum imap4_token_type types[] = {
    [LEX_END] = IMAP4_TOKEN_END,       [LEX_ATOM] = IMAP4_TOKEN_ATOM,
    [LEX_STRING] = IMAP4_TOKEN_STRING, [LEX_STREAMED] = IMAP4_TOKEN_BODY,
    [LEX_NIL] = IMAP4_TOKEN_NIL,       [LEX_OPEN] = IMAP4_TOKEN_OPEN,
    [LEX_CLOSE] = IMAP4_TOKEN_CLOSE,   [LEX_BAD] = IMAP4_TOKEN_BAD,
};

void imap4_tokens_init(struct imap4_tokens *t, struct imap4_str text)
{
	t->rest = (struct imap4_str){text.p ? text.p : "", text.len};
	t->depth = 0;
}

static enum imap4_token_type next(struct imap4_tokens *t,
				  struct imap4_token *out,
				  enum lex_kind (*fn)(struct lex *lex,
						      struct lex_token *tok))
{
	struct lex lex;
	struct lex_token tok = {.size = 0};

	lex_init(&lex, t->rest, UINT_MAX, NULL);
	lex.depth = t->depth;
	enum lex_kind kind = fn(&lex, &tok);
	*out = (struct imap4_token){.type = types[kind],
				    .s = tok.s,
				    .escaped = tok.escaped,
				    .size = tok.size};
	t->depth = lex.depth;
	t->rest = (struct imap4_str){lex.p, (size_t)(lex.end - lex.p)};
	return out->type;
}

enum imap4_token_type imap4_tokens_next(struct imap4_tokens *t,
					struct imap4_token *tok)
{
	return next(t, tok, lex_next);
}

enum imap4_token_type imap4_tokens_item(struct imap4_tokens *t,
					struct imap4_token *tok)
{
	return next(t, tok, lex_item);
}

size_t imap4_token_text(const struct imap4_token *tok, char *out)
{
	if (tok->escaped)
		return lex_unescape(tok->s.p, tok->s.len, out);
	memmove(out, tok->s.p, tok->s.len);
	return tok->s.len;
}
