/* SPDX-License-Identifier: MIT */
#include "daemon/store/store_job.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/name.h"

void store_open_run(struct job *j)
{
	struct store_open_job *o = (struct store_open_job *)j;

	o->base.result = store_folder_open(o->base.store, &o->name,
					   o->have_same ? &o->same : NULL,
					   &o->view, &o->base.err);
}

void store_begin_run(struct job *j)
{
	struct store_begin_job *b = (struct store_begin_job *)j;
	struct store *s = b->base.store;
	struct err *err = &b->base.err;
	int r = 0;

	if (b->uidvalidity != 0)
		r = store_begin(s, b->uidvalidity, err);
	if (r == 0)
		r = store_decided(s, err);
	if (r == 0 && b->mailboxid)
		r = store_identify(s, b->mailboxid, err);
	if (r == 0 && b->learned)
		r = store_horizon(s, &b->horizon, err);
	b->base.result = r;
}

void store_held_run(struct job *j)
{
	struct store_held_job *h = (struct store_held_job *)j;

	h->base.result = store_held(h->base.store, &h->held, &h->base.err);
}

void store_reset_run(struct job *j)
{
	struct store_fact_job *f = (struct store_fact_job *)j;

	f->base.result =
	    store_reset(f->base.store, f->uidvalidity, &f->base.err);
}

void store_misfit_run(struct job *j)
{
	struct store_fact_job *f = (struct store_fact_job *)j;

	f->base.result =
	    store_misfit(f->base.store, f->uidvalidity, &f->base.err);
}

void store_keyword_run(struct job *j)
{
	struct store_keyword_job *k = (struct store_keyword_job *)j;

	store_keyword_add(k->base.store, k->name);
}

static int carry_out(struct store_effect_job *e)
{
	struct store *s = e->base.store;
	struct err *err = &e->base.err;

	switch (e->type) {
	case EFFECT_FLAGS_HERE:
		return store_flags_here(s, e->action, e->n, &e->not_done, err);
	case EFFECT_ADOPT:
		return store_adopt(s, e->action, e->n, &e->not_done, err);
	case EFFECT_PROVE:
		return store_prove(s, e->action, e->n, err);
	case EFFECT_MOVE_HERE:
		return store_move_here(s, e->action, e->n, &e->not_done, err);
	case EFFECT_STORE:
	case EFFECT_RECORD:
		return store_record(s, e->action, e->n, err);
	case EFFECT_FORGET:
		return store_forget(s, e->action, e->n, err);
	case EFFECT_FATE:
		return store_fate(s, e->action, e->n,
				  (enum fate)e->action->fate, err);
	case EFFECT_DIE_HERE:
		return store_die(s, e->action, e->n, FATE_DYING_HERE, err);
	case EFFECT_DIE_THERE:
		return store_die(s, e->action, e->n, FATE_DYING_THERE, err);
	case EFFECT_POSITION:
		return store_position(s, &e->position, &e->horizon, err);
	case EFFECT_FETCH:
	case EFFECT_UPLOAD:
	case EFFECT_MOVE_THERE:
	case EFFECT_CONFIRM:
	case EFFECT_DELETE_THERE:
	case EFFECT_COMMIT:
		break;
	}
	return 0;
}

void store_effect_run(struct job *j)
{
	struct store_effect_job *e = (struct store_effect_job *)j;

	e->base.store->present = e->present;
	e->base.result = carry_out(e);
	e->base.store->present = NULL;
}

void store_refused_run(struct job *j)
{
	struct store_refused_job *r = (struct store_refused_job *)j;

	r->base.result = store_refused(r->base.store, r->uid, r->why,
				       r->too_large, &r->base.err);
}

void store_asides_drop_run(struct job *j)
{
	struct store_uids_job *u = (struct store_uids_job *)j;

	u->base.result =
	    store_asides_drop(u->base.store, u->uid, u->n, &u->base.err);
}

void store_void_run(struct job *j)
{
	struct store_uids_job *u = (struct store_uids_job *)j;
	struct action *row = xcalloc(u->n + 1, sizeof(*row));

	for (size_t i = 0; i < u->n; i++)
		row[i].uid = u->uid[i];
	u->base.result = store_forget(u->base.store, row, u->n, &u->base.err);
	free(row);
}

static int take_lost(void *ctx, const struct state_record *r)
{
	struct store_uids_job *u = ctx;
	u->lost[u->nlost++] = (struct ledger_lost){
	    .folder = u->base.store->folder.row.id,
	    .uid = r->uid,
	    .key = r->key,
	    .internaldate = r->internaldate,
	    .emailid =
		r->emailid ? name_key(r->emailid, strlen(r->emailid)) : 0,
	};
	return 0;
}

void store_lost_run(struct job *j)
{
	struct store_uids_job *u = (struct store_uids_job *)j;
	struct store *s = u->base.store;
	struct state_uids gone = {s->folder.row.id, u->uid, u->n};

	u->lost = xcalloc(u->n + 1, sizeof(*u->lost));
	u->base.result =
	    state_find_uids(s->state, &gone, take_lost, u, &u->base.err);
}

void store_verdicts_run(struct job *j)
{
	struct store_verdicts_job *v = (struct store_verdicts_job *)j;

	v->base.result =
	    store_verdicts(v->base.store, v->verdict, v->n, &v->base.err);
}

void store_examine_run(struct job *j)
{
	struct store_examine_job *x = (struct store_examine_job *)j;
	struct store *s = x->base.store;

	if (x->n > 0 && s->folder.have_dir)
		x->base.result =
		    examine_files(&s->folder.dir, NULL, x->file, x->n,
				  clock_wall_ns(), &x->base.err);
}

static int take_content(void *ctx, const struct state_record *r)
{
	struct store_contents_job *c = ctx;

	if (r->fate != FATE_ALIVE || c->n == c->cap)
		return 0;
	struct store_known *k = &c->known[c->n];
	*k = (struct store_known){
	    .uid = r->uid, .key = r->key, .known = r->have_digest};
	memcpy(k->digest, r->digest, sizeof(k->digest));
	c->file[c->n++] = (struct facts){
	    .key = r->key, .fd = -1, .content = true, .name = true};
	return 0;
}

void store_contents_run(struct job *j)
{
	struct store_contents_job *c = (struct store_contents_job *)j;
	struct store *s = c->base.store;

	if (!s->folder.have_dir)
		return;
	c->base.result = state_each_message(s->state, s->folder.row.id,
					    take_content, c, &c->base.err);
	if (c->base.result == 0)
		c->base.result =
		    examine_files(&s->folder.dir, NULL, c->file, c->n,
				  clock_wall_ns(), &c->base.err);
}
