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
	bool fetch;   /* is it "* n FETCH (" or UIDFETCH at all? */
	size_t pos;   /* scanned up to here */
	size_t depth; /* parentheses */
	bool quoted;
	bool bracket; /* in the [] of an item's name */
	bool in_atom;
	bool valued;     /* a name stands before: a value is due */
	bool in_list;    /* and the list that is open is it */
	bool spoiled;    /* a string or a literal where a name is due */
	size_t atom;     /* the item's name: from */
	size_t atom_end; /* to */
	bool after_uid;  /* that one was UID */
	uint32_t seq;
	uint32_t uid; /* 0: not seen before the literal */
};

void section_init(struct section *s);
/* text[0..header) is the response up to the header of a literal, exclusive.
 * Is it a body section at depth 1, the value that is due behind its name? */
bool section_at(struct section *s, const char *text, size_t header);
/* Is a list of the FETCH response open behind that literal? */
bool section_open(const struct section *s);
/* The scan goes on behind a literal that ends at pos. */
void section_skip(struct section *s, size_t pos);
enum section_kind {
	SECTION_BODY,   /* BODY[...], RFC822, RFC822.HEADER, RFC822.TEXT */
	SECTION_BINARY, /* BINARY[...] */
	SECTION_BINARY_SIZE,
};

struct section_item {
	enum section_kind kind;
	struct imap4_str section; /* inside the brackets; "", "HEADER", "TEXT"
				   */
	bool has_origin;          /* BODY[...]<origin> */
	uint64_t origin;
};

/* Takes the name of a FETCH item apart. False: it is about no section. */
bool section_item(struct imap4_str name, struct section_item *out);

#endif
