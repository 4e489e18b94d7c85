/* SPDX-License-Identifier: MIT */
/* Counts a program's allocations and makes one fail. To be included by one file
 * of a program: it defines malloc() and its kin. A sanitizer has an allocator
 * of its own: HEAP_COUNTED is then not defined, and nothing fails. */
#ifndef TESTS_SUPPORT_HEAP_H
#define TESTS_SUPPORT_HEAP_H

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define HEAP_SANITIZED 1
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(HEAP_SANITIZED)
#define HEAP_COUNTED 1
#endif

static struct {
	long budget;  /* so many succeed before one fails; -1: all do */
	long live;    /* blocks */
	size_t bytes; /* in them */
	size_t peak;  /* most bytes since it was last set to .bytes */
	long calls;   /* allocations so far */
} heap = {.budget = -1};

#ifdef HEAP_COUNTED

/* glibc lets a program have its own allocator and still reach the real one.
 * Visible, so that shared libraries (zlib) come here too. */
#define HEAP_VISIBLE __attribute__((visibility("default")))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

/* So that zlib, too, gets its memory here. */
#pragma GCC visibility push(default)
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *old, size_t size);
void free(void *p);
#pragma GCC visibility pop

static bool heap_refuses(void)
{
	heap.calls++;
	if (heap.budget < 0)
		return false;
	return heap.budget-- == 0;
}

static void *heap_add(void *p)
{
	if (!p)
		return NULL;
	heap.live++;
	heap.bytes += malloc_usable_size(p);
	if (heap.bytes > heap.peak)
		heap.peak = heap.bytes;
	return p;
}

static void heap_remove(void *p)
{
	heap.live--;
	heap.bytes -= malloc_usable_size(p);
}

HEAP_VISIBLE void *malloc(size_t size)
{
	return heap_refuses() ? NULL : heap_add(__libc_malloc(size));
}

HEAP_VISIBLE void *calloc(size_t n, size_t size)
{
	return heap_refuses() ? NULL : heap_add(__libc_calloc(n, size));
}

HEAP_VISIBLE void *realloc(void *old, size_t size)
{
	if (heap_refuses())
		return NULL;
	size_t before = old ? malloc_usable_size(old) : 0;
	void *p = __libc_realloc(old, size);
	if (!p)
		return NULL;
	heap.bytes -= before;
	heap.live -= old != NULL;
	return heap_add(p);
}

HEAP_VISIBLE void free(void *p)
{
	if (!p)
		return;
	heap_remove(p);
	__libc_free(p);
}

#endif
#endif
