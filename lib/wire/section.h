/* SPDX-License-Identifier: MIT */
/* Finds out whether a literal is the body section of a FETCH response, while
 * the response is still coming in. Each byte is looked at once, and only in
 * responses that have a literal at all. */
#ifndef LIB_WIRE_SECTION_H
#define LIB_WIRE_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <imap4/types.h>

struct section {
	bool started;
	bool fetch;   /* is it "* n FETCH (" at all? */
	size_t pos;   /* scanned up to here */
	size_t depth; /* parentheses */
	bool quoted;
	bool bracket; /* in the [] of an item's name */
	bool in_atom;
	size_t atom;     /* last item or value at depth 1: from */
	size_t atom_end; /* to */
	bool after_uid;  /* that one was UID */
	uint32_t seq;
	uint32_t uid; /* 0: not seen before the literal */
};

void section_init(struct section *s);
/* text[0..header) is the response up to the header of a literal, exclusive.
 * Is it a body section at depth 1? */
bool section_at(struct section *s, const char *text, size_t header);
/* The scan goes on behind a literal that ends at pos. */
void section_skip(struct section *s, size_t pos);
/* Is the name of a FETCH item one whose value is a body: BODY[...],
 * BODY[...]<n>, BINARY[...], RFC822, RFC822.HEADER, RFC822.TEXT? Sets *section
 * to what is in the brackets (or "", "HEADER", "TEXT"); may be NULL. */
bool section_name(const char *name, size_t len, struct imap4_str *section);

#endif
