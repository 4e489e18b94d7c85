/* SPDX-License-Identifier: MIT */
/* A look at the server's side of a folder, and what it says of the folder as a
 * whole: that it is another one now, that it is not shown whole, what it lost.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/pass.h"
#include "daemon/folder/folder_priv.h"

/* Times in a sync that it is another mailbox by now. */
#define RESETS 1

static void reset_done(struct job *j)
{
	struct folder *f = folder_of(j);
	bool ok = folder_job_done(j);

	free(j);
	if (!ok || f->stopped) {
		folder_end(f);
		return;
	}
	folder_reopen(f);
}

/* It is another mailbox with each SELECT. */
static void give_up_resets(struct folder *f)
{
	struct err err;

	err_set(&err, ERR_PROTOCOL, ERR_SCOPE_FOLDER,
		"the server gives it another UIDVALIDITY with each SELECT "
		"(%lu, now %lu)",
		(unsigned long)f->view.row.uidvalidity,
		(unsigned long)f->remote_list.uidvalidity);
	err_hint(&err, "it cannot be synced safely: exclude = %s",
		 f->box->display);
	folder_fail(f, &err);
	folder_end(f);
}

/* Its UIDs mean other messages now (RFC 9051 2.3.1.1): what we know of them is
 * void. The files stay, and are paired with the messages by content. */
static void forget_all(struct folder *f)
{
	const struct state_folder *row = &f->view.row;
	bool renamed = row->uidvalidity != f->remote_list.uidvalidity;

	if (f->past.resets++ == RESETS) {
		give_up_resets(f);
		return;
	}
	log_at(LOG_WARNING, f->env.account->name, f->box->display,
	       "it was rebuilt on the server (%s %lu -> %lu): pairing %zu "
	       "messages by content, nothing is deleted",
	       renamed ? "UIDVALIDITY" : "UIDNEXT",
	       (unsigned long)(renamed ? row->uidvalidity : row->uidnext),
	       (unsigned long)(renamed ? f->remote_list.uidvalidity
				       : f->remote_list.uidnext),
	       f->view.base.n);
	struct store_fact_job *j = xcalloc(1, sizeof(*j));
	j->uidvalidity = f->remote_list.uidvalidity;
	f->phase = FOLDER_OPENING;
	folder_post(f, &j->base, store_reset_run, reset_done);
}

static void lost_done(struct job *j)
{
	struct store_uids_job *l = (struct store_uids_job *)j;
	struct folder *f = folder_of(j);

	(void)folder_job_done(j);
	for (size_t i = 0; i < l->nlost; i++) {
		if (ledger_lose(f->env.moves, &l->lost[i]) < 0)
			abort();
	}
	free(l->lost);
	free(l->uid);
	free(l);
	folder_end(f);
}

/* What folders have lost is looked for in the others before it is taken for
 * deleted. */
static void note_lost(struct folder *f)
{
	struct store_uids_job *l = xcalloc(1, sizeof(*l));

	folder_make_plan(f);
	l->n = f->plan.ngone;
	l->uid = xcalloc(l->n + 1, sizeof(*l->uid));
	if (l->n > 0)
		memcpy(l->uid, f->plan.gone, l->n * sizeof(*l->uid));
	f->phase = FOLDER_ENDING;
	folder_post(f, &l->base, store_lost_run, lost_done);
}

/* A list that is short proves nothing of what is not in it. */
static void take_partial(struct folder *f)
{
	const struct remote_list *l = &f->remote_list;
	struct err err;

	if (l->raced || ++f->past.short_listings < PASS_SHORT_LISTINGS) {
		f->again = true;
		return;
	}
	err_set(&err, ERR_HELD, ERR_SCOPE_FOLDER,
		"%lu messages announced, %zu listed", (unsigned long)l->exists,
		l->listed);
	err_hint(&err, "what the server lists is synced; what it does not is "
		       "not taken for deleted");
	folder_fail(f, &err);
}

void folder_listed(struct folder *f)
{
	struct remote_list *l = &f->remote_list;

	if (l->flooded) {
		session_abort(f->env.session, &l->err);
		return;
	}
	if (l->err.code != ERR_NONE) {
		f->result.lost |= l->lost;
		f->result.unopened = l->err.scope == ERR_SCOPE_FOLDER;
		if (f->result.unopened && l->err.hint[0] == '\0')
			err_hint(&l->err,
				 "all else goes on; it is asked for again in "
				 "the next sync, then after 15 minutes, and so "
				 "on up to a day");
		folder_fail(f, &l->err);
		folder_end(f);
		return;
	}
	if (l->step == POSITION_OTHER && !f->env.opts.verify) {
		forget_all(f);
		return;
	}
	l->view.partial = l->partial;
	f->result.there_known = true;
	f->result.there =
	    (struct standing){.at = {.uidvalidity = l->uidvalidity,
				     .uidnext = l->uidnext,
				     .modseq = l->modseq},
			      .messages = l->exists};
	if (l->partial)
		take_partial(f);
	else if (l->horizon.slid > f->past.slid)
		f->past.slid = l->horizon.slid;
	/* RFC 9051 7.1: without PERMANENTFLAGS every flag is permanent. */
	f->there_mask = l->permanent_known && !l->opts.examine ? l->permanent
							       : ~UINT64_C(0);
	f->uid_next = l->uidnext;
	folder_check_claims(f);
	if (f->env.task.remote_only)
		note_lost(f);
	else if (f->env.opts.verify)
		folder_verify(f);
	else
		folder_pair(f);
}

struct horizon folder_horizon(const struct config_account *a)
{
	return (struct horizon){
	    .max_size = a->max_size,
	    .oldest = a->max_age_ms ? clock_wall() - a->max_age_ms / 1000 : 0,
	};
}

struct standing_past folder_past(const struct state_folder *row)
{
	return (struct standing_past){
	    .at = {.uidvalidity = row->uidvalidity,
		   .uidnext = row->uidnext,
		   .modseq = row->modseq},
	    .horizon = row->horizon,
	    .there = row->there,
	};
}

void folder_list(struct folder *f)
{
	const struct config_account *a = f->env.account;
	struct horizon horizon = folder_horizon(a);

	f->phase = FOLDER_LISTING;
	f->result.there_known = false;
	f->remote_list = (struct remote_list){
	    .opts =
		{
		    .examine =
			f->env.opts.dry_run || a->direction == CONFIG_PULL,
		    .full = f->env.opts.full || f->env.opts.dry_run ||
			    f->past.passes > 2 || folder_aside_due(f),
		    .sizes =
			f->env.opts.dry_run || a->max_size || a->max_age_ms,
		    .max_size = horizon.max_size,
		    .oldest = horizon.oldest,
		},
	    .engine = folder_engine(f),
	    .box = f->box,
	    .past = folder_past(&f->view.row),
	    .base = &f->view.base,
	    .aside = f->aside,
	    .naside = f->view.naside,
	    .flag_map = &f->flag_map,
	    .view.complete = f->box->pretend,
	    .uidvalidity = f->box->pretend,
	};
	if (!f->box->pretend)
		remote_list_start(&f->remote_list);
	if (f->box->pretend || f->remote_list.err.code != ERR_NONE)
		folder_listed(f);
	else
		folder_flush(f);
}
