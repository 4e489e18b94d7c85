/* SPDX-License-Identifier: MIT */
/* A byte buffer that grows up to a maximum. The content is always followed by
 * a NUL that is not counted. */
#ifndef LIB_UTIL_BUF_H
#define LIB_UTIL_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL while empty */
	size_t len;
	size_t cap;
	size_t max; /* more than this is refused */
};

/* Sets up an empty buffer of at most max bytes; allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Frees; the buffer is then empty and usable. */
void buf_release(struct buf *b);
/* The same, but wipes the bytes first: for secrets. */
void buf_wipe(struct buf *b);
/* Forgets the content, keeps the memory. */
void buf_reset(struct buf *b);
/* Makes room for n more bytes. 0, or -1: over the maximum or out of memory. */
int buf_reserve(struct buf *b, size_t n);
/* Each appends all or nothing: 0 or -1. */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_addc(struct buf *b, char c);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Removes n bytes at the front. */
void buf_consume(struct buf *b, size_t n);
/* Cuts to len bytes. */
void buf_truncate(struct buf *b, size_t len);

#endif
