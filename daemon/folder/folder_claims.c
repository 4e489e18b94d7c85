/* SPDX-License-Identifier: MIT */
/* What the server said of messages that it was sent, next to what it shows: see
 * core/claim.h. */
#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/claim.h"
#include "daemon/core/pair.h"
#include "daemon/folder/folder_priv.h"

static void dropped(struct job *j)
{
	struct folder *f = folder_of(j);
	bool ok = folder_job_done(j);

	free(((struct store_uids_job *)j)->uid);
	free(j);
	folder_job_over(f, ok);
}

/* uid is owned. */
static void drop(struct folder *f, uint32_t *uid, size_t n)
{
	struct store_uids_job *d = xcalloc(1, sizeof(*d));

	d->uid = uid;
	d->n = n;
	folder_post(f, &d->base, store_void_run, dropped);
}

uint64_t *folder_claimed_keys(const struct folder *f, size_t *n)
{
	const struct base_view *base = &f->view.base;
	uint64_t *key = xcalloc(base->n + 1, sizeof(*key));

	*n = 0;
	for (size_t i = 0; i < base->n; i++) {
		if (base->row[i].fate == FATE_CLAIMED)
			key[(*n)++] = base->row[i].key;
	}
	pair_sort_keys(key, *n);
	return key;
}

/* The mailbox's UIDNEXT before the first of what is claimed, 0: not known. */
static uint32_t claimed_since(const struct folder *f, const uint64_t *key,
			      size_t n)
{
	uint32_t since = UINT32_MAX;
	bool found = false;

	for (size_t i = 0; i < f->view.nintents; i++) {
		const struct store_intent *t = &f->view.intent[i];
		if (!pair_has_key(key, n, t->key))
			continue;
		found = true;
		if (t->what.uidnext < since)
			since = t->what.uidnext;
	}
	return found ? since : 0;
}

void folder_check_claims(struct folder *f)
{
	const struct remote_list *l = &f->remote_list;
	size_t n;
	uint64_t *key = folder_claimed_keys(f, &n);
	struct claim_look remote_list = {
	    .since = claimed_since(f, key, n),
	    .proves = l->view.complete || (!l->listing_complete && !l->partial),
	    .aside = f->aside,
	    .naside = f->view.naside,
	};

	free(key);
	uint32_t *uid = claims_void(&f->view.base, &l->view, &remote_list, &n);
	if (n == SIZE_MAX)
		abort();
	if (n > 0 && !f->env.opts.dry_run)
		drop(f, uid, n);
	else
		free(uid);
}
