/* SPDX-License-Identifier: MIT */
#include "daemon/core/hold.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/pair.h"
#include "lib/util/ascii.h"

/* For a host: DNS allows no more (RFC 1035 2.3.4). */
#define HOST_MAX 255

static size_t add(char *out, size_t at, size_t end, const char *text)
{
	for (; text && *text && at < end; text++)
		out[at++] = ascii_ctl(*text) ? '?' : ascii_lower(*text);
	return at;
}

bool hold_owner(char out[HOLD_OWNER_SIZE], const char *user, const char *host)
{
	size_t n = add(out, 0, HOLD_OWNER_SIZE - HOST_MAX - 2, user);
	size_t at = n;

	out[n++] = '@';
	n = add(out, n, HOLD_OWNER_SIZE - 1, host);
	if (n > at + 2 && out[n - 1] == '.')
		n--;
	if (n == 1)
		n = 0;
	out[n] = '\0';
	return n > 0;
}

enum hold_whose hold_whose(const char *recorded, const char *ours)
{
	if (!recorded || !recorded[0] || !ours[0])
		return HOLD_UNKNOWN;
	return strcmp(recorded, ours) == 0 ? HOLD_OURS : HOLD_ANOTHERS;
}

enum hold_verdict hold_judge(const struct hold_facts *f)
{
	/* Nothing has come from the mailbox of that name. */
	enum hold_whose database = f->synced ? f->database : HOLD_OURS;

	if (database == HOLD_ANOTHERS)
		return HOLD_HELD;
	if (f->tied)
		return database == HOLD_UNKNOWN && f->root == HOLD_ANOTHERS
			   ? HOLD_HELD
			   : HOLD_NOT;
	if (f->root == HOLD_ANOTHERS)
		return HOLD_HELD;
	return f->synced && database == HOLD_OURS && f->root == HOLD_OURS
		   ? HOLD_VOID
		   : HOLD_NOT;
}

bool hold_same_ids(size_t same, size_t other)
{
	return same > 0 && other == 0;
}

static bool is_moved(const struct hold_views *v, uint32_t uid)
{
	return v->nmoved > 0 && bsearch(&uid, v->moved, v->nmoved,
					sizeof(*v->moved), row_uid_cmp);
}

static void count_here(struct hold_side *out, const struct hold_views *v,
		       const uint64_t *keys, size_t nkeys)
{
	for (size_t i = 0; i < v->local->n; i++) {
		const struct local_row *l = &v->local->row[i];
		/* Of one that somebody writes nobody knows what it is. */
		bool paired = l->wait == WAIT_MOVE || l->wait == WAIT_WRITER ||
			      pair_has_key(keys, nkeys, l->key) ||
			      (l->hint && remote_view_find(v->remote, l->hint));
		out->n += paired || !l->skip;
		out->alone += !paired && !l->skip;
	}
}

static void count_there(struct hold_side *out, const struct hold_views *v,
			const uint64_t *hints, size_t nhints)
{
	for (size_t i = 0; i < v->remote->n; i++) {
		const struct remote_row *r = &v->remote->row[i];
		bool paired = base_view_find(v->base, r->uid) ||
			      pair_has_key(hints, nhints, r->uid) ||
			      is_moved(v, r->uid);
		out->n += paired || !r->skip;
		out->alone += !paired && !r->skip;
	}
}

int hold_count(struct hold_pairing *out, const struct hold_views *v)
{
	size_t nkeys = 0, nhints = 0;
	uint64_t *keys = pair_keys(v->base, &nkeys);
	uint64_t *hints = calloc(v->local->n + 1, sizeof(*hints));

	*out = (struct hold_pairing){.here.n = 0};
	for (size_t i = 0; hints && i < v->local->n; i++) {
		if (v->local->row[i].hint)
			hints[nhints++] = v->local->row[i].hint;
	}
	if (keys && hints) {
		pair_sort_keys(hints, nhints);
		count_here(&out->here, v, keys, nkeys);
		count_there(&out->there, v, hints, nhints);
	}
	int r = keys && hints ? 0 : -1;
	free(keys);
	free(hints);
	return r;
}

static bool is_misfit(const struct hold_side *s)
{
	return s->alone > HOLD_FREE && s->alone > s->n / 4;
}

bool hold_misfit(const struct hold_pairing *p)
{
	return is_misfit(&p->here) && is_misfit(&p->there);
}
