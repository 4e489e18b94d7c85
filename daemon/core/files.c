/* SPDX-License-Identifier: MIT */
#include "daemon/core/files.h"

#include <stdlib.h>

#include "daemon/core/pair.h"

bool files_is_touched(const struct base_row *b, const struct local_row *l)
{
	return l && fate_is_here((enum fate)b->fate) && l->print != 0 &&
	       l->print != b->print;
}

enum files_touch files_touch(struct base_row *b, struct local_row *l,
			     const struct files_content *c)
{
	if (c->found && c->same) {
		b->print = l->print;
		return FILES_TOUCHED;
	}
	if (!c->found || c->busy) {
		l->print = b->print;
		return c->found ? FILES_BUSY : FILES_UNSURE;
	}
	if (b->print == 0)
		b->print = ~l->print; /* known to differ */
	return FILES_WRITTEN;
}

static bool may_revive(const struct base_row *b)
{
	return b->fate == FATE_DYING_THERE || b->fate == FATE_LEFT_THERE;
}

bool files_may_be_renamed(const struct base_row *b,
			  const struct local_view *local)
{
	return (fate_is_here((enum fate)b->fate) || may_revive(b)) &&
	       !local_view_find(local, b->key);
}

bool files_follow_content(const struct base_row *b)
{
	return b->fate != FATE_DYING_HERE;
}

bool files_came_back(const struct base_row *b, const struct local_row *l)
{
	return l && may_revive(b) && l->print == b->print;
}

uint64_t *files_taken(const struct base_view *base,
		      const struct local_view *local, size_t *n)
{
	uint64_t *key = calloc(base->n + 1, sizeof(*key));

	*n = 0;
	for (size_t i = 0; key && i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		if (fate_is_here((enum fate)b->fate) ||
		    files_came_back(b, local_view_find(local, b->key)))
			key[(*n)++] = b->key;
	}
	if (key)
		pair_sort_keys(key, *n);
	return key;
}

bool files_may_have_gone(const struct base_row *b,
			 const struct local_view *local)
{
	enum fate fate = (enum fate)b->fate;

	return (fate_is_whole(fate) || fate == FATE_DYING_THERE) &&
	       !local_view_find(local, b->key);
}

static size_t keep(uint64_t *key, size_t n, const uint64_t *before,
		   size_t nbefore)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (pair_has_key(before, nbefore, key[i]))
			key[kept++] = key[i];
	}
	return kept;
}

void files_still_loose(struct loose *now, const struct loose *before)
{
	now->nfiles =
	    keep(now->file, now->nfiles, before->file, before->nfiles);
	now->nrows = keep(now->row, now->nrows, before->row, before->nrows);
}

bool files_may_be_moved(const struct local_row *l, uint32_t uidnext)
{
	return l->hint == 0 || l->hint < uidnext;
}

enum files_rename files_rename(struct base_row *b, const struct local_row *l,
			       uint64_t print)
{
	b->key = l->key;
	b->print = l->print;
	if (print == 0)
		return FILES_AWAY;
	return print == l->print ? FILES_RENAMED : FILES_WRITING;
}

bool files_as_before(const struct base_row *b, const struct local_row *l,
		     uint64_t mask)
{
	if (b->fate == FATE_CLAIMED)
		return false;
	if (b->fate != FATE_ALIVE)
		return true;
	return l && ((l->flags ^ b->flags) & mask) == 0 &&
	       (l->print == 0 || l->print == b->print);
}
