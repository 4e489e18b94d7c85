/* SPDX-License-Identifier: MIT */
/* ENVELOPE and BODYSTRUCTURE (RFC 9051 7.5.2). The lexer stands before a value
 * and has an arena, which then holds the result. */
#ifndef LIB_WIRE_MESSAGE_H
#define LIB_WIRE_MESSAGE_H

#include <imap4/message.h>

#include "lib/wire/lex.h"

/* 0, and *out is set; IMAP4_EPROTO, or IMAP4_ENOMEM. */
int message_envelope(struct lex *lex, const struct imap4_envelope **out);
/* Recurses as deep as parentheses nest, which the lexer bounds. */
int message_structure(struct lex *lex, const struct imap4_part **out);

/* A value by itself: its memory, the root of it first. */
struct message_alone {
	union {
		struct imap4_envelope envelope;
		struct imap4_part part;
	} root;
	struct arena arena;
};

/* Sets up *alone and a lexer for text. IMAP4_ENOMEM. */
int message_begin(struct imap4_str text, struct lex *lex,
		  struct message_alone **alone);
/* Frees it where rc, of a parser above, is not 0; else sets *used. */
int message_end(struct imap4_str text, const struct lex *lex, int rc,
		struct message_alone *alone, size_t *used);
/* root may be NULL. */
void message_free(void *root);

#endif
