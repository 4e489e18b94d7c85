/* SPDX-License-Identifier: MIT */
/* The first pairing of a folder: where much is left over on both sides it may
 * be another mailbox, and nothing is poured together unasked. */
#include <stdlib.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/hold.h"
#include "daemon/folder/folder_priv.h"

static bool may_pair(struct folder *f)
{
	const struct state_pairing *known = &f->view.row.pairing;
	struct folder_result *r = &f->result;
	struct hold_views views = {
	    .base = &f->view.base,
	    .remote = &f->remote_list.view,
	    .local = &f->view.local,
	    .moved = f->moved_here,
	    .nmoved = f->nmoved_here,
	};
	struct hold_pairing pairing;

	r->misfit_here = r->misfit_there = 0;
	if (known->decided || known->approved == f->remote_list.uidvalidity)
		return true;
	if (hold_count(&pairing, &views) < 0)
		abort();
	if (!hold_misfit(&pairing))
		return true;
	r->misfit_here = pairing.here.alone;
	r->misfit_there = pairing.there.alone;
	return false;
}

static void misfit_done(struct job *j)
{
	struct folder *f = folder_of(j);

	(void)folder_job_done(j);
	free(j);
	folder_end(f);
}

static void hold(struct folder *f)
{
	const struct folder_result *r = &f->result;

	if (f->env.opts.dry_run) {
		char *line = xasprintf("hold all: %zu here and %zu there are "
				       "not the same (another mailbox)",
				       r->misfit_here, r->misfit_there);
		f->env.handler->planned(f->env.ctx, f->box->display, line);
		free(line);
	}
	struct store_fact_job *j = xcalloc(1, sizeof(*j));
	j->uidvalidity = f->remote_list.uidvalidity;
	f->phase = FOLDER_ENDING;
	folder_post(f, &j->base, store_misfit_run, misfit_done);
}

bool folder_is_held(struct folder *f)
{
	if (may_pair(f))
		return false;
	hold(f);
	return true;
}
