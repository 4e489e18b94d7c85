/* SPDX-License-Identifier: MIT */
#include "daemon/core/claim.h"

#include <stdlib.h>

#include "daemon/core/pair.h"

bool claim_take(uint32_t uid, uint32_t *next)
{
	if (uid == 0 || uid < *next)
		return false;
	*next = uid < UINT32_MAX ? uid + 1 : UINT32_MAX;
	return true;
}

bool claim_take_pairs(const struct uid_pair *pair, size_t n, uint32_t next)
{
	for (size_t i = 0; i < n; i++) {
		if ((i > 0 && pair[i].from == pair[i - 1].from) ||
		    !claim_take(pair[i].to, &next))
			return false;
	}
	return true;
}

enum claim_move claim_move(const struct claim_moved *m)
{
	if (!m->done)
		return CLAIM_REFUSED;
	if (m->uid == 0)
		return m->told ? CLAIM_LEFT_OUT : CLAIM_PARTS;
	return m->taken ? CLAIM_PARTS : CLAIM_GOES;
}

uint64_t *claims_keys(const struct base_view *base, size_t *n)
{
	uint64_t *key = calloc(base->n + 1, sizeof(*key));

	*n = 0;
	for (size_t i = 0; key && i < base->n; i++) {
		if (base->row[i].fate == FATE_CLAIMED)
			key[(*n)++] = base->row[i].key;
	}
	if (key)
		pair_sort_keys(key, *n);
	return key;
}

uint32_t claims_since(const uint64_t *key, size_t nkeys,
		      const struct claim_promise *promise, size_t n)
{
	uint32_t since = UINT32_MAX;
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		if (!pair_has_key(key, nkeys, promise[i].key))
			continue;
		found = true;
		if (promise[i].uidnext < since)
			since = promise[i].uidnext;
	}
	return found ? since : 0;
}

static bool is_aside(const struct claim_look *remote_list, uint32_t uid)
{
	return remote_list->naside > 0 &&
	       bsearch(&uid, remote_list->aside, remote_list->naside,
		       sizeof(uid), row_uid_cmp);
}

/* Did a message come that nobody claims? It may be the one that a claim is
 * about. */
static bool has_others(const struct base_view *base,
		       const struct remote_view *remote,
		       const struct claim_look *remote_list)
{
	for (size_t i = remote->n; i-- > 0;) {
		uint32_t uid = remote->row[i].uid;
		if (uid < remote_list->since)
			break;
		if (!base_view_find(base, uid) && !is_aside(remote_list, uid))
			return true;
	}
	return false;
}

uint32_t *claims_void(struct base_view *base, const struct remote_view *remote,
		      const struct claim_look *remote_list, size_t *n)
{
	bool others = has_others(base, remote, remote_list);
	uint32_t *uid = NULL;
	size_t kept = 0;

	*n = 0;
	for (size_t i = 0; i < base->n; i++)
		*n += base->row[i].fate == FATE_CLAIMED;
	if (*n == 0)
		return NULL;
	uid = reallocarray(NULL, *n, sizeof(*uid));
	if (!uid) {
		*n = SIZE_MAX;
		return NULL;
	}
	*n = 0;
	for (size_t i = 0; i < base->n; i++) {
		const struct base_row *b = &base->row[i];
		bool shown = remote_view_find(remote, b->uid) != NULL;
		if (b->fate == FATE_CLAIMED &&
		    (shown ? others : remote_list->proves))
			uid[(*n)++] = b->uid;
		else
			base->row[kept++] = *b;
	}
	base->n = kept;
	if (*n == 0) {
		free(uid);
		uid = NULL;
	}
	return uid;
}
