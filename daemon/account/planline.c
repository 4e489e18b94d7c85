/* SPDX-License-Identifier: MIT */
#include "daemon/account/planline.h"

static void add_flags(struct buf *out, char sign, uint64_t flags,
		      const struct state_keywords *table)
{
	static const char letters[] = "SRFTDP";

	if (flags & FLAG_SYSTEM) {
		(void)buf_addf(out, " %c", sign);
		for (size_t i = 0; i < KEYWORD_SHIFT; i++) {
			if (flags & (UINT64_C(1) << i))
				(void)buf_addc(out, letters[i]);
		}
	}
	for (size_t i = 0; i < table->n; i++) {
		if (flags & KEYWORD_BIT(i))
			(void)buf_addf(out, " %c%s", sign, table->name[i]);
	}
}

static void flags_line(const struct action *a,
		       const struct state_keywords *table, const char *where,
		       struct buf *out)
{
	(void)buf_addf(out, "flags uid=%lu", (unsigned long)a->uid);
	add_flags(out, '+', a->add, table);
	add_flags(out, '-', a->del, table);
	(void)buf_addf(out, " %s", where);
}

bool planline(const struct action *a, const struct state_keywords *table,
	      struct buf *out)
{
	buf_reset(out);
	switch (a->type) {
	case ACTION_FETCH:
		(void)buf_addf(out, "fetch uid=%lu size=%llu",
			       (unsigned long)a->uid,
			       (unsigned long long)a->size);
		return true;
	case ACTION_FLAGS_HERE:
		flags_line(a, table, "here", out);
		return true;
	case ACTION_FLAGS_THERE:
		flags_line(a, table, "there", out);
		return true;
	case ACTION_TRASH_HERE:
		(void)buf_addf(out, "delete uid=%lu here",
			       (unsigned long)a->uid);
		return true;
	case ACTION_ADOPT:
	case ACTION_RECORD:
	case ACTION_FORGET:
		break;
	}
	return false;
}
