/* SPDX-License-Identifier: MIT */
/* What the server said of messages that it was sent, next to what it shows: see
 * core/claim.h. */
#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/claim.h"
#include "daemon/core/pair.h"
#include "daemon/folder/folder_priv.h"

struct drop_job {
	struct folder_job base;
	struct action *row;
	size_t n;
};

static void drop_run(struct job *j)
{
	struct drop_job *d = (struct drop_job *)j;

	d->base.result =
	    store_forget(d->base.folder->env.store, d->row, d->n, &d->base.err);
}

static void drop_done(struct job *j)
{
	free(((struct drop_job *)j)->row);
	folder_job_over(j);
}

static void drop(struct folder *f, const uint32_t *uid, size_t n)
{
	struct drop_job *d = xcalloc(1, sizeof(*d));

	d->row = xcalloc(n, sizeof(*d->row));
	d->n = n;
	for (size_t i = 0; i < n; i++)
		d->row[i].uid = uid[i];
	folder_post(f, &d->base, drop_run, drop_done);
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

void folder_settle_claims(struct folder *f)
{
	const struct remote_list *l = &f->remote_list;
	size_t n;
	uint64_t *key = folder_claimed_keys(f, &n);
	uint32_t *aside = xcalloc(f->view.naside + 1, sizeof(*aside));
	struct claim_look remote_list = {
	    .since = claimed_since(f, key, n),
	    .proves = l->view.complete || (!l->listing_complete && !l->partial),
	    .aside = aside,
	    .naside = f->view.naside,
	};

	free(key);
	for (size_t i = 0; i < f->view.naside; i++)
		aside[i] = f->view.aside[i].uid;
	uint32_t *uid = claims_void(&f->view.base, &l->view, &remote_list, &n);
	free(aside);
	if (n == SIZE_MAX)
		abort();
	if (n > 0 && !f->env.opts.dry_run)
		drop(f, uid, n);
	free(uid);
}
