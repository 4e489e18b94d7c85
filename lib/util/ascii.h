/* SPDX-License-Identifier: MIT */
/* Locale-free character tests and comparison in any case. */
#ifndef LIB_UTIL_ASCII_H
#define LIB_UTIL_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline char ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

static inline bool ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_alpha(char c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

/* Control characters, DEL included. */
static inline bool ascii_ctl(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Are the len bytes at s the word (NUL-terminated), in any case? */
static inline bool ascii_is(const char *s, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '\0' ||
		    ascii_lower(s[i]) != ascii_lower(word[i]))
			return false;
	}
	return word[len] == '\0';
}

static inline bool ascii_same(const char *a, const char *b)
{
	return ascii_is(a, strlen(a), b);
}

#endif
