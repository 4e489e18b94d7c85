/* SPDX-License-Identifier: MIT */
/* Effects that are one job of the disk thread, the position among them. */
#include <stdlib.h>

#include "daemon/folder/run.h"

/* Is another pass to look at one of them? */
static void count_left(struct folder *f, const struct run *r)
{
	for (size_t i = 0; i < r->effect.n; i++)
		f->again |= r->effect.first[i].flags != 0;
}

/* Another fate is another case for the planner. */
static void count_fate(struct folder *f, const struct run *r)
{
	uint64_t fate = r->effect.first->fate;

	f->again |= fate != FATE_LEFT_HERE && fate != FATE_LEFT_THERE;
	f->result.reap |= fate == FATE_DYING_THERE;
}

/* What followed its file after all: the original is to be deleted. */
static void stir_sources(struct folder *f, const struct run *r)
{
	for (size_t i = 0; i < f->view.nintents; i++) {
		const struct store_intent *t = &f->view.intent[i];
		for (size_t k = 0; t->what.copied && k < r->effect.n; k++) {
			if (r->effect.first[k].key == t->key)
				ledger_stir(f->env.moves, t->source);
		}
	}
}

static void count_done(struct folder *f, const struct run *r, size_t n)
{
	switch (r->effect.type) {
	case EFFECT_FLAGS_HERE:
		f->result.flags_here += n;
		break;
	case EFFECT_ADOPT:
		/* Its flags were not merged yet. */
		f->again = true;
		stir_sources(f, r);
		break;
	case EFFECT_MOVE_HERE:
		f->result.moved_here += n;
		f->again = true;
		break;
	case EFFECT_STORE:
		f->result.flags_there += n;
		/* HIGHESTMODSEQ rose by our own doing: learn it, and whether
		 * the server did what it said. */
		f->again = true;
		break;
	case EFFECT_PROVE:
	case EFFECT_FORGET:
		count_left(f, r);
		break;
	case EFFECT_FATE:
		count_fate(f, r);
		break;
	case EFFECT_DIE_HERE:
		f->result.dying_here += n;
		f->result.bury = true;
		break;
	case EFFECT_DIE_THERE:
		f->result.dying_there += n;
		f->result.reap = true;
		break;
	default:
		break;
	}
}

static void recorded(struct job *j)
{
	const struct store_effect_job *e = (struct store_effect_job *)j;
	size_t not_done = e->not_done;
	struct run *r = run_job_ended(j);

	if (!r)
		return;
	struct folder *f = r->folder;
	count_done(f, r, r->effect.n - not_done);
	if (not_done > 0)
		folder_fail(f, &e->base.err);
	run_done(r, not_done == 0 && !r->failed);
	run_pump(f);
}

void run_record_start(struct run *r)
{
	struct store_effect_job *e = &((struct run_recording *)r)->job;

	e->type = r->effect.type;
	e->action = run_actions(r);
	e->n = r->effect.n;
	e->present = &r->folder->view.local;
	run_post(r, &e->base, store_effect_run, recorded);
}

const struct run_kind run_record = {
    .size = sizeof(struct run_recording),
    .start = run_record_start,
};

/* W5. */
static void start_position(struct run *r)
{
	const struct folder *f = r->folder;
	const struct remote_list *l = &f->remote_list;
	struct store_effect_job *e = &((struct run_recording *)r)->job;

	e->position = (struct position){.uidvalidity = l->uidvalidity,
					.uidnext = l->uidnext,
					.modseq = l->modseq};
	e->horizon = l->horizon;
	/* An earlier pass may have dealt with it. */
	if (e->horizon.slid < f->past.slid &&
	    e->horizon.limit == f->view.row.horizon.limit)
		e->horizon.slid = f->past.slid;
	run_record_start(r);
}

const struct run_kind run_position = {
    .size = sizeof(struct run_recording),
    .start = run_drain,
    .drained = start_position,
};

static void committed(struct run *r)
{
	run_done(r, true);
}

const struct run_kind run_commit = {
    .size = sizeof(struct run),
    .start = run_drain,
    .drained = committed,
};
