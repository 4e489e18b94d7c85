/* SPDX-License-Identifier: MIT */
/* The environment of a hook: ours, without what is for this process alone, and
 * what the hook is told. */
#ifndef DAEMON_HOOK_ENVIRONMENT_H
#define DAEMON_HOOK_ENVIRONMENT_H

#include <stddef.h>

struct environment {
	char **variable; /* ended by NULL */
	size_t n;
};

void environment_init(struct environment *e, char *const *ours);
void environment_set(struct environment *e, const char *name,
		     const char *value);
void environment_set_number(struct environment *e, const char *name,
			    unsigned long long value);
void environment_release(struct environment *e);

#endif
