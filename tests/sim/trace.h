/* SPDX-License-Identifier: MIT */
/* What happened in a history, to be shown when a test fails. A crash is made up
 * of many histories with a common beginning: one goes back to a mark and takes
 * another way from there. */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include <stddef.h>

/* format: a literal for printf() that takes three unsigned numbers at most. */
#define trace(...) TRACE_PICK(__VA_ARGS__, 0, 0, 0, 0)
#define TRACE_PICK(format, a, b, c, ...) \
	trace_add(format, (unsigned)(a), (unsigned)(b), (unsigned)(c))

void trace_add(const char *format, unsigned a, unsigned b, unsigned c);
size_t trace_mark(void);
/* Forgets all that came behind the mark. */
void trace_back(size_t mark);
/* cmocka's teardown: shows what was not forgotten, as where a test failed. */
int trace_show(void **state);

#endif
