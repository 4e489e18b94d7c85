/* SPDX-License-Identifier: MIT */
#include "daemon/folder/planline.h"

static void add_flags(struct buf *out, char sign, uint64_t flags,
		      const struct keyword_table *table)
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
		       const struct keyword_table *table, const char *where,
		       struct buf *out)
{
	(void)buf_addf(out, "flags uid=%lu", (unsigned long)a->uid);
	add_flags(out, '+', a->add, table);
	add_flags(out, '-', a->del, table);
	(void)buf_addf(out, " %s", where);
}

static const char *or_unknown(const char *name)
{
	return name ? name : "?";
}

static void move_line(uint32_t uid, const char *to, const char *where,
		      struct buf *out)
{
	(void)buf_addf(out, "move uid=%lu to=%s %s", (unsigned long)uid,
		       or_unknown(to), where);
}

bool planline(const struct action *a, const struct planline_names *n,
	      struct buf *out, const char **folder)
{
	unsigned long uid = a->uid;

	buf_reset(out);
	*folder = n->folder;
	switch (a->type) {
	case ACTION_FETCH:
		(void)buf_addf(out, "fetch uid=%lu size=%llu", uid,
			       (unsigned long long)a->size);
		return true;
	case ACTION_UPLOAD:
		(void)buf_addf(out, "upload file=%s", or_unknown(n->file));
		return true;
	case ACTION_MOVE_HERE:
		*folder = or_unknown(n->other);
		move_line(a->other_uid, n->folder, "here", out);
		return true;
	case ACTION_MOVE_THERE:
		move_line(a->uid, n->other, "there", out);
		return true;
	case ACTION_FLAGS_HERE:
		flags_line(a, n->table, "here", out);
		return true;
	case ACTION_FLAGS_THERE:
		flags_line(a, n->table, "there", out);
		return true;
	case ACTION_DIE_HERE:
		(void)buf_addf(out, "delete uid=%lu here", uid);
		return true;
	case ACTION_DIE_THERE:
	case ACTION_DELETE_THERE:
		(void)buf_addf(out, "delete uid=%lu there", uid);
		return true;
	case ACTION_ADOPT:
	case ACTION_PROVE:
	case ACTION_RECORD:
	case ACTION_FORGET:
	case ACTION_FATE:
		break;
	}
	return false;
}
