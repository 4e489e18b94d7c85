/* SPDX-License-Identifier: MIT */
/* Test vectors collected from other projects: they live beside the checkout, in
 * ../shared/vectors/<source>/cases.json or where $IMAP4_VECTORS says. They are
 * optional: without them the tests that use them skip. */
#ifndef TESTS_SUPPORT_VECTORS_H
#define TESTS_SUPPORT_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* One case; borrowed, valid during the callback. */
struct vector {
	const char *id; /* unique, names the case in a table of exceptions */
	const char *source;
	const char *name;
	const unsigned char *raw; /* the bytes, and a NUL that len leaves out */
	size_t len;
	json_t *expected; /* NULL where the case has none */
	json_t *whole;    /* the case itself, for its rarer keys */
};

/* Calls fn for every case of the kind, in the order of the file names. Returns
 * how many there were; 0 where the folder is absent, and then prints that it
 * is skipped. fn may use cmocka's asserts: one that fails ends the test, as
 * does a file that cannot be read or is not what the format says. */
int vectors_each(const char *kind,
		 void (*fn)(const struct vector *v, void *ctx), void *ctx);

/* Decodes a JSON string whose characters U+0000..U+00FF stand for one byte
 * each. The result is NUL-terminated, the caller frees it; *len does not count
 * the NUL. NULL where string is not one. */
unsigned char *vectors_bytes(const json_t *string, size_t *len);

/* The value of an unsigned number: 0 and *out, or -1. An integer over 2^63-1 is
 * a json string here, since a json_t cannot hold it. */
int vectors_number(const json_t *value, uint64_t *out);

/* The text of a key of an object, or NULL where it is absent or no string. */
const char *vectors_text(const json_t *object, const char *key);

#endif
