/* SPDX-License-Identifier: MIT */
/* Allocation that aborts instead of failing, and lists of strings. Nothing
 * here is for bytes from the network. */
#include "config/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
	if (!p)
		abort();
	return p;
}

void *mem_zalloc(size_t n, size_t size)
{
	return checked(calloc(n, size));
}

void *mem_grow(void *p, size_t n, size_t size)
{
	return checked(reallocarray(p, n, size));
}

char *mem_dup(const char *s)
{
	return checked(strdup(s));
}

char *mem_dup_len(const char *s, size_t len)
{
	return checked(strndup(s, len));
}

char *mem_printf(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : s);
}

void mem_wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

size_t mem_list_count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

void mem_list_add(char ***list, char *s)
{
	size_t n = mem_list_count(*list);

	*list = mem_grow(*list, n + 2, sizeof(**list));
	(*list)[n] = s;
	(*list)[n + 1] = NULL;
}

void mem_list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}
