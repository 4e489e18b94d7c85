/* SPDX-License-Identifier: MIT */
/* Memory that is given up all at once: for what is parsed out of one response.
 * What was allocated stays where it is. Bounded. */
#ifndef LIB_UTIL_ARENA_H
#define LIB_UTIL_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* the newest */
	size_t total;              /* bytes of all chunks */
	size_t max;
	bool full; /* something was refused because of max */
};

/* Sets up an empty one of at most max bytes; allocates nothing. */
void arena_init(struct arena *a, size_t max);
/* Wipes and frees; the arena is then empty and usable. */
void arena_release(struct arena *a);
/* Forgets the content, keeps a little memory. */
void arena_reset(struct arena *a);
/* Zeroed, aligned for anything. NULL: out of memory, or .full. */
void *arena_alloc(struct arena *a, size_t size);
/* Room for one more element behind the n that v has, which may move it; v is
 * NULL at first and grows by nothing else. NULL: as above; v is still there. */
void *arena_grow(struct arena *a, void *v, size_t n, size_t size);

#endif
