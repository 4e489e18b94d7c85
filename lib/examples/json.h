/* SPDX-License-Identifier: MIT */
/* JSON on standard output, as it comes: no tree is built of it. A byte over 127
 * is shown as the character of that number. Tokens of a response have a prefix
 * that tells their type: "a:" atom, "s:" string; NIL is null. */
#ifndef LIB_EXAMPLES_JSON_H
#define LIB_EXAMPLES_JSON_H

#include <imap4.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static inline void put_byte(unsigned char c)
{
	if (c == '"' || c == '\\') {
		putchar('\\');
		putchar(c);
	} else if (c < 0x20) {
		printf("\\u%04x", c);
	} else if (c < 0x80) {
		putchar(c);
	} else {
		putchar(0xc0 | c >> 6);
		putchar(0x80 | (c & 0x3f));
	}
}

/* The text of a token behind a prefix that tells its type. */
static inline void put_token(const char *prefix, const struct imap4_token *tok)
{
	const char *p = tok->s.p;
	const char *end = p + tok->s.len;

	putchar('"');
	fputs(prefix, stdout);
	for (; p < end; p++) {
		if (tok->escaped && *p == '\\' && end - p > 1)
			p++;
		put_byte((unsigned char)*p);
	}
	putchar('"');
}

static inline void put_str(struct imap4_str s)
{
	const struct imap4_token tok = {.s = s};

	if (s.p)
		put_token("", &tok);
	else
		fputs("null", stdout);
}

static inline void put_upper(struct imap4_str s)
{
	putchar('"');
	for (size_t i = 0; i < s.len; i++)
		put_byte((unsigned char)toupper((unsigned char)s.p[i]));
	putchar('"');
}

static inline void put_lower(struct imap4_str s)
{
	if (!s.p) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (size_t i = 0; i < s.len; i++)
		put_byte((unsigned char)tolower((unsigned char)s.p[i]));
	putchar('"');
}

static inline void put_key(const char *key)
{
	fputs(",\"", stdout);
	fputs(key, stdout);
	fputs("\":", stdout);
}

static inline void put_field(const char *key, struct imap4_str s)
{
	put_key(key);
	put_str(s);
}

static inline void put_leaf(const struct imap4_token *tok)
{
	if (tok->type == IMAP4_TOKEN_ATOM)
		put_token("a:", tok);
	else if (tok->type == IMAP4_TOKEN_STRING)
		put_token("s:", tok);
	else
		fputs("null", stdout);
}

static inline enum imap4_token_type peek(const struct imap4_tokens *t)
{
	struct imap4_tokens copy = *t;
	struct imap4_token tok;

	return imap4_tokens_next(&copy, &tok);
}

static inline bool more(const struct imap4_tokens *t)
{
	enum imap4_token_type type = peek(t);

	return type != IMAP4_TOKEN_END && type != IMAP4_TOKEN_CLOSE &&
	       type != IMAP4_TOKEN_BAD;
}

static inline bool take(struct imap4_tokens *t, enum imap4_token_type type)
{
	struct imap4_token tok;

	return peek(t) == type && imap4_tokens_next(t, &tok) == type;
}

/* One value, a list with all that is in it. */
static inline void put_value(struct imap4_tokens *t)
{
	unsigned outside = t->depth;
	bool comma = false;
	struct imap4_token tok;

	do {
		if (!more(t)) {
			putchar(']');
			comma = true;
			if (!take(t, IMAP4_TOKEN_CLOSE))
				t->depth--;
			continue;
		}
		if (comma)
			putchar(',');
		comma = imap4_tokens_next(t, &tok) != IMAP4_TOKEN_OPEN;
		if (comma)
			put_leaf(&tok);
		else
			putchar('[');
	} while (t->depth > outside);
}

static inline void skip_value(struct imap4_tokens *t)
{
	unsigned outside = t->depth;
	struct imap4_token tok;

	while (imap4_tokens_next(t, &tok) < IMAP4_TOKEN_BAD &&
	       tok.type != IMAP4_TOKEN_END && t->depth > outside)
		;
}

static inline void put_rest(struct imap4_tokens *t)
{
	putchar('[');
	for (bool first = true; more(t); first = false) {
		if (!first)
			putchar(',');
		put_value(t);
	}
	putchar(']');
}

static inline void put_all(struct imap4_str text)
{
	struct imap4_tokens t;

	imap4_tokens_init(&t, text);
	put_rest(&t);
}

/* One word without a prefix. */
static inline void put_word(struct imap4_tokens *t)
{
	struct imap4_token tok;

	if (imap4_tokens_next(t, &tok) == IMAP4_TOKEN_NIL)
		fputs("null", stdout);
	else
		put_token("", &tok);
}

/* "(a b)" */
static inline void put_words(struct imap4_tokens *t)
{
	(void)take(t, IMAP4_TOKEN_OPEN);
	putchar('[');
	for (bool first = true; more(t); first = false) {
		if (!first)
			putchar(',');
		put_word(t);
	}
	putchar(']');
	(void)take(t, IMAP4_TOKEN_CLOSE);
}

/* The digits of a number that JSON takes as they are, or NULL. */
static inline const char *digits(struct imap4_str s, int *len)
{
	size_t sign = s.len > 0 && s.p[0] == '-';

	for (size_t i = sign; i < s.len; i++) {
		if (!isdigit((unsigned char)s.p[i]))
			return NULL;
	}
	if (s.len == sign || (sign && s.p[1] == '0'))
		return NULL;
	while (s.len > 1 && s.p[0] == '0') {
		s.p++;
		s.len--;
	}
	*len = (int)s.len;
	return s.p;
}

/* "5" or "(5)" as a number; anything else as it is. */
static inline void put_number(struct imap4_tokens *t)
{
	struct imap4_tokens copy = *t;
	struct imap4_token tok;
	const char *p;
	int len;

	bool list = take(&copy, IMAP4_TOKEN_OPEN);
	if (imap4_tokens_next(&copy, &tok) != IMAP4_TOKEN_ATOM ||
	    !(p = digits(tok.s, &len)) ||
	    (list && !take(&copy, IMAP4_TOKEN_CLOSE))) {
		put_value(t);
		return;
	}
	printf("%.*s", len, p);
	*t = copy;
}

#endif
