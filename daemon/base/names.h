/* SPDX-License-Identifier: MIT */
/* Names in order, to be looked up. */
#ifndef DAEMON_BASE_NAMES_H
#define DAEMON_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct names {
	const char **name; /* borrowed, each of them */
	size_t n, cap;
};

void names_add(struct names *n, const char *name);
/* Once, when all are added. */
void names_sort(struct names *n);
bool names_has(const struct names *n, const char *name);
void names_release(struct names *n);

#endif
