/* SPDX-License-Identifier: MIT */
#include "tests/sim/trace.h"

#include <stdio.h>

#define EVENTS 65536

struct event {
	const char *format;
	unsigned a, b, c;
};

static struct event events[EVENTS];
static size_t n;

void trace_add(const char *format, unsigned a, unsigned b, unsigned c)
{
	if (n < EVENTS)
		events[n++] = (struct event){format, a, b, c};
}

size_t trace_mark(void)
{
	return n;
}

void trace_back(size_t mark)
{
	n = mark;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
int trace_show(void **state)
{
	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct event *e = &events[i];
		(void)printf(e->format, e->a, e->b, e->c);
		(void)putchar('\n');
	}
	n = 0;
	return 0;
}
#pragma GCC diagnostic pop
