/* SPDX-License-Identifier: MIT */
/* What the server said of messages that it was sent, next to what it shows: see
 * core/claim.h. */
#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/claim.h"
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
	uint64_t *key = claims_keys(&f->view.base, n);

	if (!key)
		abort();
	return key;
}

static uint32_t claimed_since(const struct folder *f)
{
	size_t nintents = f->view.nintents, n;
	struct claim_promise *promise = xcalloc(nintents + 1, sizeof(*promise));
	uint64_t *key = folder_claimed_keys(f, &n);

	for (size_t i = 0; i < nintents; i++)
		promise[i] = (struct claim_promise){
		    f->view.intent[i].key, f->view.intent[i].what.uidnext};
	uint32_t since = claims_since(key, n, promise, nintents);
	free(key);
	free(promise);
	return since;
}

void folder_check_claims(struct folder *f)
{
	const struct remote_list *l = &f->remote_list;
	size_t n;
	struct claim_look remote_list = {
	    .since = claimed_since(f),
	    .proves = l->view.complete || (!l->listing_complete && !l->partial),
	    .aside = f->aside,
	    .naside = f->view.naside,
	};

	uint32_t *uid = claims_void(&f->view.base, &l->view, &remote_list, &n);
	if (n == SIZE_MAX)
		abort();
	if (n > 0 && !f->env.opts.dry_run)
		drop(f, uid, n);
	else
		free(uid);
}
