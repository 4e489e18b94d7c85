/* SPDX-License-Identifier: MIT */
/* Allocation that cannot fail: a program that cannot hold its own settings in
 * memory has nothing better to do than to stop. Not for the library. */
#ifndef CONFIG_MEM_H
#define CONFIG_MEM_H

#include <stddef.h>

/* n zeroed elements, n > 0. Aborts when out of memory or on overflow. */
void *mem_zalloc(size_t n, size_t size);
/* Grows p to n elements, n > 0; new elements are not zeroed. */
void *mem_grow(void *p, size_t n, size_t size);
char *mem_dup(const char *s);
/* The first len bytes of s, terminated. */
char *mem_dup_len(const char *s, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Wipes and frees a string. Accepts NULL. */
void mem_wipe(char *s);

/* A list of strings ended by NULL, as struct config_account has them. */
size_t mem_list_count(char *const *list);
/* Adds s (taken over) at the end; *list may be NULL. */
void mem_list_add(char ***list, char *s);
/* Frees all; accepts NULL. */
void mem_list_free(char **list);

#endif
