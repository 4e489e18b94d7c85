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
int resp_parse_sort(struct resp *r, struct lex *lex);
int resp_parse_thread(struct resp *r, struct lex *lex);
int resp_parse_quota(struct resp *r, struct lex *lex);
int resp_parse_quotaroot(struct resp *r, struct lex *lex);
int resp_parse_acl(struct resp *r, struct lex *lex);
int resp_parse_listrights(struct resp *r, struct lex *lex);
int resp_parse_myrights(struct resp *r, struct lex *lex);
int resp_parse_metadata(struct resp *r, struct lex *lex);
int resp_parse_annotation(struct resp *r, struct lex *lex);

/* Strings in the making, in r->arena. */
struct resp_words {
	struct imap4_str *v;
	size_t n;
};

int resp_add_word(struct resp *r, struct resp_words *list,
		  struct imap4_str word);
/* "(a b c)": each an atom or string. */
int resp_parse_words(struct resp *r, struct lex *lex, struct resp_words *list);
/* The same without parentheses, to the end of the text. */
int resp_parse_rest(struct resp *r, struct lex *lex, struct resp_words *list);
/* A mailbox name, as sent and in UTF-8: p == NULL where it cannot be read. */
int resp_parse_name(struct resp *r, struct lex *lex, struct imap4_str *raw,
		    struct imap4_str *name);
int resp_decode_name(struct resp *r, struct imap4_str raw,
		     struct imap4_str *out);
/* A set as text; "*" means nothing in an answer. Into memory that is used
 * again, or into r->arena. */
int resp_parse_set(struct imap4_str text, struct imap4_set *set);
int resp_copy_set(struct resp *r, struct imap4_str text, struct imap4_set *set);

#endif
