/* SPDX-License-Identifier: MIT */
/* Writes one command: arguments become atoms, quoted strings or literals by
 * their content, so that none can end the line or start another command. */
#ifndef LIB_WIRE_ENCODE_H
#define LIB_WIRE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include <imap4/types.h>

#include "lib/util/buf.h"

/* What the server offers (RFC 7888); used for streams only. */
enum encode_literals {
	ENCODE_SYNC,    /* it must ask for each literal */
	ENCODE_SMALL,   /* LITERAL-: not for those of up to 4096 bytes */
	ENCODE_NONSYNC, /* LITERAL+ */
};

enum encode_kind {
	ENCODE_TEXT,
	ENCODE_LITERAL,
	ENCODE_SECRET,
	ENCODE_STREAM, /* a literal whose bytes come when they are due */
};

/* A stretch of the command's bytes. */
struct encode_segment {
	enum encode_kind kind;
	size_t end;      /* where it ends; it begins where the last one ended */
	bool waits;      /* nothing behind it before the server said "+" */
	uint64_t stream; /* ENCODE_STREAM: so many bytes, none of them here */
};

struct encode {
	struct buf bytes;
	struct encode_segment *seg;
	size_t n, cap;
	size_t inside; /* bytes of literals among them */
	enum encode_literals literals;
	bool utf8; /* quoted strings may hold it (RFC 6855, RFC 9051) */
	int error; /* the first one */
};

/* Longest command that is accepted, all literals included. */
#define ENCODE_MAX (64U << 20)

/* Longest line without its literals, RFC 7162 4. */
#define ENCODE_LINE_MAX 8192

void encode_init(struct encode *c, enum encode_literals literals, bool utf8);
/* Wipes. */
void encode_release(struct encode *c);
/* The calls below do nothing after an error; encode_end() reports it. */
/* Bytes as they are; our own words, no input. */
void encode_text(struct encode *c, const char *text);
void encode_number(struct encode *c, uint64_t n);
/* Input that is protocol syntax by contract: printable ASCII only, or UTF-8
 * where strings may hold it. */
void encode_raw(struct encode *c, const char *text, size_t len);
/* RFC 9051 astring. NUL is IMAP4_EINVAL. */
void encode_astring(struct encode *c, struct imap4_str s);
/* RFC 9051 string: never an atom. */
void encode_string(struct encode *c, struct imap4_str s);
/* The same as astring, shown as <secret>. */
void encode_secret(struct encode *c, struct imap4_str s);
/* Bytes as they are (base64), shown as <secret>. */
void encode_secret_text(struct encode *c, const char *text, size_t len);
/* RFC 3516 literal8: any octets. */
void encode_literal8(struct encode *c, struct imap4_str s);
/* The header of a literal, or literal8, whose bytes come later; sync: the
 * server is to ask for them, whatever it offers. */
void encode_stream(struct encode *c, uint64_t length, bool literal8, bool sync);
/* CRLF. 0, or IMAP4_ENOMEM, IMAP4_EINVAL (also for a line that would end in a
 * literal header), IMAP4_ELIMIT (also for a line that is too long). */
int encode_end(struct encode *c);

#endif
