/* SPDX-License-Identifier: MIT */
#include "daemon/core/lost.h"

#include <stdlib.h>

/* Messages that a list begins with. */
#define FIRST 32

int lost_add(struct lost *l, const struct lost_message *m)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : FIRST;
		struct lost_message *grown =
		    reallocarray(l->message, cap, sizeof(*grown));
		if (!grown)
			return -1;
		l->message = grown;
		l->cap = cap;
	}
	l->message[l->n++] = *m;
	return 0;
}

void lost_release(struct lost *l)
{
	free(l->message);
	*l = (struct lost){0};
}
