/* SPDX-License-Identifier: MIT */
/* An index of an array by text or by number. */
#ifndef DAEMON_CORE_REFS_H
#define DAEMON_CORE_REFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ref {
	const char *text; /* NULL in all: by number only */
	uint64_t num;
	size_t at; /* in the array */
	size_t n;  /* of that key, from here on; refs_sort() sets it */
};

struct refs {
	struct ref *ref; /* the caller frees it */
	size_t n;
};

/* With room for n. *failed is set where there is no memory: then nothing is
 * added, and nothing found. */
struct refs refs_new(size_t n, bool *failed);
void refs_add(struct refs *r, const char *text, uint64_t num, size_t at);
/* After the last, before the first search. */
void refs_sort(struct refs *r);
/* The first of that key, in the order of .at, and how many there are; NULL
 * where there are none. */
const struct ref *refs_find(const struct refs *r, const char *text,
			    uint64_t num, size_t *n);
/* By number only: the first that is not below num; .n: there is none. */
size_t refs_from(const struct refs *r, uint64_t num);

#endif
