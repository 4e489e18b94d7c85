/* SPDX-License-Identifier: MIT */
/* What counts as the same message: the canonical form in which it is compared,
 * whoever has had it in hands. Takes its bytes as they are on disk or on the
 * wire, in pieces of any size; the pieces make no difference to what comes out.
 *
 * - The header: one line a field, its name in lower case, folded lines joined,
 *   bytes above 127 as X (Cyrus stores them so); then an empty line, also where
 *   the message has none. What is no field is a line of its own. Left out are
 *   the fields that mail programs and sync tools add or rewrite on their own.
 * - The body: as it is, but for CR, which servers and mail programs add and
 *   drop before an LF, and Dovecot drops at the end of a message, too; and
 *   without the line ends behind its last line (Courier adds one). */
#ifndef DAEMON_CORE_CANON_H
#define DAEMON_CORE_CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By so much the sizes of two files of the same message may differ, as far as
 * it is only for the fields that are left out. */
#define CANON_SLACK 2048

#define CANON_NAME 16 /* more than the longest name that is left out */
#define CANON_OUT  512

enum canon_part { CANON_HEADER, CANON_BODY };

/* Takes a piece of the canonical form. */
typedef void canon_sink(void *ctx, enum canon_part part, const char *p,
			size_t n);

struct canon {
	canon_sink *sink;
	void *ctx;
	uint8_t at;        /* enum canon_at */
	uint8_t field;     /* enum canon_field: that of the last line */
	uint64_t left_out; /* bytes on the wire of what was left out */
	/* Line ends of the body that another line has to follow. */
	uint64_t line_ends;
	size_t nname, nout;
	char name[CANON_NAME];
	char out[CANON_OUT];
};

/* Begins with a message, or with a body alone. */
void canon_begin(struct canon *c, enum canon_part part, canon_sink *sink,
		 void *ctx);
void canon_add(struct canon *c, const char *p, size_t n);
/* All was given: what is held back comes out. */
void canon_end(struct canon *c);

#endif
