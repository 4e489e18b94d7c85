/* SPDX-License-Identifier: MIT */
#include "daemon/store/lost.h"

#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"

void lost_add(struct lost *l, const struct lost_message *m)
{
	l->message = xgrow(l->message, l->n, &l->cap, sizeof(*l->message));
	l->message[l->n++] = *m;
}

void lost_release(struct lost *l)
{
	free(l->message);
	*l = (struct lost){0};
}

uint64_t lost_emailid(const char *text, size_t len)
{
	return name_key(text, len);
}
