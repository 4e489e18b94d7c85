/* SPDX-License-Identifier: MIT */
#include "lib/util/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The first chunk, and what is kept of one. */
#define FIRST 4096
/* Elements that an array has room for at first. */
#define ELEMENTS 8

struct arena_chunk {
	struct arena_chunk *before;
	size_t cap;
	size_t used;
	alignas(max_align_t) char data[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

static void drop(struct arena *a)
{
	struct arena_chunk *c = a->chunk;

	a->chunk = c->before;
	a->total -= c->cap;
	explicit_bzero(c->data, c->used);
	free(c);
}

void arena_release(struct arena *a)
{
	while (a->chunk)
		drop(a);
	a->full = false;
}

void arena_reset(struct arena *a)
{
	while (a->chunk && (a->chunk->before || a->chunk->cap > FIRST))
		drop(a);
	if (a->chunk)
		a->chunk->used = 0;
	a->full = false;
}

static size_t align(size_t n)
{
	return (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* A chunk with room for size bytes; each is twice as large as the last one. */
static struct arena_chunk *add_chunk(struct arena *a, size_t size)
{
	size_t cap = a->chunk ? a->chunk->cap : FIRST / 2;

	if (size > a->max - a->total) {
		a->full = true;
		return NULL;
	}
	cap = cap < a->max / 2 ? 2 * cap : a->max;
	if (cap > a->max - a->total)
		cap = a->max - a->total;
	if (cap < size)
		cap = size;
	struct arena_chunk *c = malloc(sizeof(*c) + cap);
	if (!c)
		return NULL;
	c->before = a->chunk;
	c->cap = cap;
	c->used = 0;
	a->chunk = c;
	a->total += cap;
	return c;
}

static void *take(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunk;

	if (size > SIZE_MAX / 2) {
		a->full = true;
		return NULL;
	}
	size = align(size);
	if (!c || size > c->cap - c->used)
		c = add_chunk(a, size);
	if (!c)
		return NULL;
	void *p = c->data + c->used;
	c->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size);

	if (p)
		memset(p, 0, size);
	return p;
}

/* Is v, of size bytes, what was allocated last, and is there room behind? */
static bool extends(const struct arena *a, const void *v, size_t size,
		    size_t more)
{
	const struct arena_chunk *c = a->chunk;

	return (const char *)v + align(size) == c->data + c->used &&
	       more <= c->cap - c->used;
}

/* The room that an array has follows from how many elements it holds: it is
 * always the next power of two. */
void *arena_grow(struct arena *a, void *v, size_t n, size_t size)
{
	if (!v)
		return take(a, ELEMENTS * size);
	if (n < ELEMENTS || (n & (n - 1)) != 0)
		return v;
	if (n > SIZE_MAX / 4 / size) {
		a->full = true;
		return NULL;
	}
	if (extends(a, v, n * size, align(n * size))) {
		a->chunk->used += align(n * size);
		return v;
	}
	void *p = take(a, 2 * n * size);
	if (p)
		memcpy(p, v, n * size);
	return p;
}
