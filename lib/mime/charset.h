/* SPDX-License-Identifier: MIT */
/* Text in any charset to UTF-8 that can be printed, into bounded memory. */
#ifndef LIB_MIME_CHARSET_H
#define LIB_MIME_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <imap4/types.h>

/* Counts all that is put, keeps whole characters as long as they fit. */
struct mime_out {
	char *p;
	size_t cap;
	size_t len;  /* of all */
	size_t kept; /* of what is in p */
};

struct mime_out mime_out_make(char *p, size_t cap);
/* Terminates it; what there is altogether. */
size_t mime_out_end(struct mime_out *out);
/* A character of the text; of control characters what may be printed. */
void mime_put(struct mime_out *out, uint32_t cp);
void mime_puts(struct mime_out *out, const char *s);
/* UTF-8, or what should be. */
void mime_put_utf8(struct mime_out *out, const char *p, size_t len);

/* Converters that were needed so far. */
struct charsets;

/* NULL: out of memory. */
struct charsets *charsets_new(void);
void charsets_free(struct charsets *c);
/* Which one a name means, in any case; -1: none that is known. */
int charset_find(struct imap4_str name);
/* Bytes in it; what does not convert becomes U+FFFD. */
void charset_convert(struct charsets *c, int charset, const char *p, size_t len,
		     struct mime_out *out);

#endif
