/* SPDX-License-Identifier: MIT */
#include "daemon/folder/copyuid.h"

#include <imap4.h>
#include <stdlib.h>

#include "daemon/base/xalloc.h"

/* Far more than a command names. */
#define PAIRS_MAX 65536

static int add_pair(void *ctx, uint32_t from, uint32_t to)
{
	struct uid_pairs *p = ctx;

	if (p->n == PAIRS_MAX)
		return -1;
	p->pair = xgrow(p->pair, p->n, &p->cap, sizeof(*p->pair));
	p->pair[p->n++] = (struct uid_pair){from, to};
	return 0;
}

static int pair_cmp(const void *a, const void *b)
{
	const struct uid_pair *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

void copyuid_take(struct uid_pairs *p, const struct imap4_respcode *code)
{
	size_t before = p->n;

	if (code->code != IMAP4_CODE_COPYUID)
		return;
	if (p->uidvalidity != code->uidvalidity)
		p->n = before = 0;
	if (imap4_copyuid_pairs(code, add_pair, p) != 0) {
		p->n = before;
		return;
	}
	p->uidvalidity = code->uidvalidity;
	if (p->n > 1)
		qsort(p->pair, p->n, sizeof(*p->pair), pair_cmp);
}
