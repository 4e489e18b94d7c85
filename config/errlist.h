/* SPDX-License-Identifier: MIT */
/* Collects what is wrong with a file, so that one run reports all of it, in
 * the order of its lines. Knows no key and no value. */
#ifndef CONFIG_ERRLIST_H
#define CONFIG_ERRLIST_H

#include "config/config.h"

struct errlist_item;

struct errlist {
	const char *file; /* borrowed */
	struct errlist_item *items;
	size_t n;
	size_t suppressed; /* over the maximum */
};

void errlist_init(struct errlist *e, const char *file);
void errlist_release(struct errlist *e);
/* Adds an error at a line (0: about the file as a whole). e == NULL: dropped,
 * for values that were checked before. */
void errlist_add(struct errlist *e, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds what to do about the error that was added last. */
void errlist_hint(struct errlist *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Writes all, sorted by line, to *out. Returns how many. */
size_t errlist_text(struct errlist *e, struct config_errors *out);

/* Text from the file as it may stand in an error: control characters escaped,
 * cut when long. Valid UTF-8 stays. Writes to and returns buf. */
#define ERRLIST_QUOTE_MAX 96
const char *errlist_quote(const char *s, char buf[ERRLIST_QUOTE_MAX]);

#endif
