/* SPDX-License-Identifier: MIT */
/* The parsers of the response families, for the table in resp.c. Each is given
 * a lexer behind the name of the response and fills r->ev; what is left behind
 * its last token is checked by the caller. */
#ifndef LIB_WIRE_RESP_PRIV_H
#define LIB_WIRE_RESP_PRIV_H

#include "lib/wire/lex.h"
#include "lib/wire/resp.h"

/* All return 0, IMAP4_EPROTO or IMAP4_ENOMEM. */
int resp_parse_status(struct resp *r, struct lex *lex);
int resp_parse_fetch(struct resp *r, struct lex *lex);
int resp_parse_list(struct resp *r, struct lex *lex);
int resp_parse_mailbox_status(struct resp *r, struct lex *lex);
int resp_parse_namespace(struct resp *r, struct lex *lex);
int resp_parse_search(struct resp *r, struct lex *lex);
int resp_parse_esearch(struct resp *r, struct lex *lex);
int resp_parse_vanished(struct resp *r, struct lex *lex);

/* Adds a word to r->words. */
int resp_add_word(struct resp *r, struct imap4_str word);
/* "(a b c)": adds each atom or string to r->words. */
int resp_parse_words(struct resp *r, struct lex *lex);
/* Gives the words collected so far to an event. */
void resp_take_words(const struct resp *r, const struct imap4_str **words,
		     size_t *n);
/* A mailbox name to UTF-8 in r->decoded: *out, p == NULL where it is not valid
 * modified UTF-7. */
int resp_decode_name(struct resp *r, struct imap4_str raw,
		     struct imap4_str *out);
/* Room for one more element of size bytes. *v, n and *cap are those of a
 * vector. */
int resp_grow(void **v, size_t n, size_t *cap, size_t size);

#endif
