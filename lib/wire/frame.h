/* SPDX-License-Identifier: MIT */
/* Splits a server's byte stream into responses: text up to CRLF, and behind a
 * literal header {n} that many bytes and more text. Bodies of messages are not
 * collected but handed through in the caller's buffer. */
#ifndef LIB_WIRE_FRAME_H
#define LIB_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/buf.h"
#include "lib/wire/section.h"

enum frame_event {
	FRAME_MORE,     /* all was taken, nothing is complete */
	FRAME_RESPONSE, /* .line is one response without its last CRLF */
	FRAME_BODY_BEGIN,
	FRAME_BODY_DATA, /* the bytes that this call took */
	FRAME_BODY_END,
};

enum frame_state {
	FRAME_TEXT,
	FRAME_LITERAL,
	FRAME_STREAM,
	FRAME_GAP, /* a line end behind a literal, inside a list */
	FRAME_DONE,
};

/* A response is kept as it came, but for a streamed literal, of which only
 * "{*N}" CRLF is left: no server can write that, since a CRLF ends a response
 * where no number in braces stands before it. */
struct frame {
	struct buf line;
	size_t max_text;
	uint64_t max_body;
	bool whole; /* see frame_init_whole() */
	enum frame_state state;
	size_t literals;   /* bytes of line that are literals */
	size_t line_start; /* where the text behind the last literal begins */
	uint64_t left;     /* bytes of the literal not yet seen */
	bool begun;        /* FRAME_BODY_BEGIN was delivered */
	bool cr;           /* the last byte of the text was CR */
	unsigned streamed; /* bodies of this response that were streamed */
	struct section section;
	const char *error; /* what was wrong: a constant */
};

/* Bounds: bytes of one assembled response, bytes of one streamed literal. */
void frame_init(struct frame *f, size_t max_response, uint64_t max_body);
/* For what was recorded: no body is streamed, and LF alone ends a line too,
 * since files are kept so. From a server it must not: what only looks like a
 * response can stand behind an LF in a string of somebody else's making.
 * Bounds: bytes of one response without its literals, and of those together. */
void frame_init_whole(struct frame *f, size_t max_text, size_t max_literals);
void frame_release(struct frame *f);
/* Consumes up to the end of one event; *used says how much. Returns an enum
 * frame_event; call again until FRAME_MORE, also with len == 0. Or IMAP4_EPROTO
 * (bare CR or LF, NUL, a number over 63 bits), IMAP4_ELIMIT, IMAP4_ENOMEM: it
 * cannot go on then. The same bytes give the same events in whatever pieces
 * they come, but for where FRAME_BODY_DATA is cut. */
int frame_feed(struct frame *f, const char *p, size_t len, size_t *used);

#endif
