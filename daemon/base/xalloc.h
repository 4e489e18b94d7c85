/* SPDX-License-Identifier: MIT */
/* Allocation that does not come back empty-handed. For the daemon only: it is
 * built to be killed at any moment, so that out of memory may end it; the
 * library must report it instead. */
#ifndef DAEMON_BASE_XALLOC_H
#define DAEMON_BASE_XALLOC_H

#include <stddef.h>

/* Each returns memory that the caller frees with free(), never NULL, or prints
 * a line and aborts. A size of 0 gives memory of one byte. */
void *xmalloc(size_t size);
/* Zeroed. n * size may overflow: that is out of memory. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/* An array of n elements; n * size may overflow, as above. */
void *xreallocarray(void *p, size_t n, size_t size);
/* The array p with room for one more than the n elements that it has: more each
 * time than the time before. *cap is what it has room for. */
void *xgrow(void *p, size_t n, size_t *cap, size_t size);
char *xstrdup(const char *s);
/* At most len bytes of s, terminated. */
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
