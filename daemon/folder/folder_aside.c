/* SPDX-License-Identifier: MIT */
/* Messages that the server lists but does not send: asked for again after a
 * while, so that they hold up neither the others nor the folder's position. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/folder/folder_priv.h"

static bool is_due(const struct folder *f, const struct store_aside *a)
{
	return a->due || (f->env.opts.full && !a->fresh && !a->too_large);
}

bool folder_aside_due(const struct folder *f)
{
	for (size_t i = 0; i < f->view.naside; i++) {
		if (is_due(f, &f->view.aside[i]))
			return true;
	}
	return false;
}

static void put_done(struct job *j)
{
	struct folder *f = folder_of(j);
	bool ok = folder_job_done(j);

	free(j);
	folder_job_over(f, ok);
}

void folder_aside_put(struct folder *f, uint32_t uid, const struct err *err,
		      uint64_t too_large)
{
	struct store_refused_job *x = xcalloc(1, sizeof(*x));

	x->uid = uid;
	x->too_large = too_large;
	memcpy(x->why, err->text, sizeof(x->why));
	folder_post(f, &x->base, store_refused_run, put_done);
	/* The next pass leaves it out, and can tell how far the folder is. */
	f->again = true;
}

static void drop_done(struct job *j)
{
	struct folder *f = folder_of(j);
	bool ok = folder_job_done(j);

	free(((struct store_uids_job *)j)->uid);
	free(j);
	folder_job_over(f, ok);
}

/* gone is owned. */
static void drop(struct folder *f, uint32_t *gone, size_t n)
{
	struct store_uids_job *x = xcalloc(1, sizeof(*x));

	x->uid = gone;
	x->n = n;
	folder_post(f, &x->base, store_asides_drop_run, drop_done);
}

void folder_aside_mark(struct folder *f)
{
	uint32_t *gone = xcalloc(f->view.naside + 1, sizeof(*gone));
	size_t n = 0;

	f->set_aside = f->result.withheld = 0;
	for (size_t i = 0; i < f->view.naside; i++) {
		const struct store_aside *a = &f->view.aside[i];
		struct remote_row *r =
		    remote_view_find(&f->remote_list.view, a->uid);
		if (!r &&
		    (f->remote_list.view.complete ||
		     imap4_set_contains(&f->remote_list.vanished, a->uid))) {
			gone[n++] = a->uid;
		} else if (is_due(f, a)) {
			/* The next pass drops what came. */
			f->again = true;
		} else if (a->too_large) {
			/* Counted with all that is left out. */
			if (r)
				r->skip = true;
		} else {
			f->result.withheld++;
			f->set_aside += r && !r->skip;
			if (r)
				r->skip = true;
		}
	}
	if (n > 0)
		drop(f, gone, n);
	else
		free(gone);
}
