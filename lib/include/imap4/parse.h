/* SPDX-License-Identifier: MIT */
/* The grammar without the conversation: what a server sent becomes responses,
 * and their text tokens. For recorded sessions, for proxies, and for what has
 * no type in <imap4/event.h>. A client wants <imap4/engine.h>, which knows what
 * was asked and streams bodies. No I/O, no globals. */
#ifndef IMAP4_PARSE_H
#define IMAP4_PARSE_H

#include <imap4/event.h>
#include <imap4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 9051 7: the three forms of what a server sends. */
enum imap4_response_kind {
	IMAP4_RESPONSE_UNTAGGED,
	IMAP4_RESPONSE_TAGGED,
	IMAP4_RESPONSE_CONTINUE,
};

/* All that it points to lives until the next read. */
struct imap4_response {
	enum imap4_response_kind kind;
	struct imap4_str tag;  /* TAGGED */
	struct imap4_str name; /* "FETCH", "OK", ...; as sent; not CONTINUE */
	bool has_number;       /* "* 12 FETCH" */
	uint32_t number;
	struct imap4_str args; /* the text behind the name, literals in place */
	/* What it says, by type, as an engine would report it; but a tagged
	 * response is IMAP4_EV_DONE without .id, and a continuation
	 * IMAP4_EV_NONE. */
	const struct imap4_event *ev;
};

struct imap4_parser;

/* max_line: bytes of a response without its literals; max_literals: bytes of
 * the literals of one response together. No more than a small multiple of both
 * is ever held. NULL: out of memory. */
IMAP4_EXPORT struct imap4_parser *imap4_parser_new(size_t max_line,
						   size_t max_literals);
/* Accepts NULL. */
IMAP4_EXPORT void imap4_parser_free(struct imap4_parser *p);
/* Consumes bytes up to the end of one response: 1, and *r is set; or 0: all was
 * taken and none is complete. A line may end in LF alone. *used is how much was
 * taken; call again with the rest. One that cannot be understood but can be
 * stepped over is IMAP4_EV_BAD. IMAP4_EPROTO, IMAP4_ELIMIT, IMAP4_ENOMEM: this
 * is not IMAP, exceeds a limit, no memory: it ends here, and
 * imap4_parser_error() has the reason. */
IMAP4_EXPORT int imap4_parser_read(struct imap4_parser *p, const void *buf,
				   size_t len, size_t *used,
				   const struct imap4_response **r);
/* Has a response begun that is not complete? */
IMAP4_EXPORT bool imap4_parser_inside(const struct imap4_parser *p);
/* Why it ended, or "". */
IMAP4_EXPORT const char *imap4_parser_error(const struct imap4_parser *p);

enum imap4_token_type {
	IMAP4_TOKEN_END,
	IMAP4_TOKEN_ATOM,
	IMAP4_TOKEN_STRING, /* quoted or literal */
	IMAP4_TOKEN_NIL,
	IMAP4_TOKEN_OPEN,
	IMAP4_TOKEN_CLOSE,
	IMAP4_TOKEN_BODY, /* .size: a literal that an engine streamed */
	IMAP4_TOKEN_BAD,  /* not well formed: there is nothing behind it */
};

struct imap4_token {
	enum imap4_token_type type;
	struct imap4_str s; /* part of the text that was given */
	bool escaped; /* a string in which backslashes precede '"' and '\' */
	uint64_t size;
};

/* Text still to be read; copying it keeps a place. */
struct imap4_tokens {
	struct imap4_str rest;
	unsigned depth; /* parentheses that are open */
};

/* text: .args of a response, .raw of an event, .args of a response code; must
 * outlive the tokens. */
IMAP4_EXPORT void imap4_tokens_init(struct imap4_tokens *t,
				    struct imap4_str text);
IMAP4_EXPORT enum imap4_token_type imap4_tokens_next(struct imap4_tokens *t,
						     struct imap4_token *tok);
/* The same where the name of a FETCH item is due, which may have blanks and
 * parentheses in its brackets: BODY[HEADER.FIELDS (DATE)]<0>. */
IMAP4_EXPORT enum imap4_token_type imap4_tokens_item(struct imap4_tokens *t,
						     struct imap4_token *tok);
/* The text of a token without its escapes, to out (at least tok->s.len bytes,
 * may be tok->s.p itself). Returns its length. */
IMAP4_EXPORT size_t imap4_token_text(const struct imap4_token *tok, char *out);

#ifdef __cplusplus
}
#endif
#endif
