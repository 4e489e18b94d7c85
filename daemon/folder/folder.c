/* SPDX-License-Identifier: MIT */
#include "daemon/folder/folder.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/pass.h"
#include "daemon/folder/run.h"

void folder_post(struct folder *f, struct store_job *j,
		 void (*run)(struct job *j), void (*done)(struct job *j))
{
	j->job = (struct job){.run = run, .done = done};
	j->store = f->env.store;
	j->owner = f;
	f->jobs++;
	disk_post(f->env.disk, &j->job);
}

struct folder *folder_of(const struct job *j)
{
	return ((const struct store_job *)j)->owner;
}

bool folder_job_done(struct job *j)
{
	const struct store_job *s = (struct store_job *)j;
	struct folder *f = s->owner;

	f->jobs--;
	if (s->result >= 0)
		return true;
	folder_fail(f, &s->err);
	return false;
}

void folder_job_over(struct folder *f, bool ok)
{
	if (!ok)
		f->stopped = true;
	if (f->phase == FOLDER_ENDING)
		folder_check_end(f);
	else
		run_pump(f);
}

void folder_fail(struct folder *f, const struct err *err)
{
	if (err_is_graver(err, &f->result.err))
		f->result.err = *err;
	if (err->scope >= ERR_SCOPE_ACCOUNT)
		f->stopped = true;
}

static void release_pass(struct folder *f)
{
	run_release(f);
	if (f->planned)
		plan_release(&f->plan);
	f->planned = false;
	pairing_free(f->pairing);
	f->pairing = NULL;
	free(f->moved_here);
	f->moved_here = NULL;
	f->nmoved_here = 0;
	remote_list_release(&f->remote_list);
	free(f->aside);
	f->aside = NULL;
	store_view_release(&f->view);
}

void folder_check_end(struct folder *f)
{
	if (f->jobs > 0 || (f->runs.sink && !sink_idle(f->runs.sink)))
		return;
	release_pass(f);
	f->env.handler->done(f->env.ctx);
}

/* What came whole is made durable, whatever ended the pass. */
void folder_end(struct folder *f)
{
	f->phase = FOLDER_ENDING;
	run_abandon(f);
	folder_check_end(f);
}

static bool has_learned(const struct folder *f)
{
	return f->remote_list.horizon.limit != f->view.row.horizon.limit;
}

static bool is_unknown(const struct folder *f)
{
	const char *id = f->remote_list.mailboxid;

	return f->view.row.uidvalidity == 0 || !f->view.row.pairing.decided ||
	       has_learned(f) ||
	       (id &&
		(!f->view.mailboxid || strcmp(id, f->view.mailboxid) != 0));
}

static void begun(struct job *j)
{
	struct folder *f = folder_of(j);
	bool ok = folder_job_done(j);

	free(j);
	folder_job_over(f, ok);
}

/* What is on record before anything is done: in the first sync the UIDVALIDITY
 * that the rows to come belong to; that the server does not show all that it
 * has. */
static void begin(struct folder *f)
{
	struct store_begin_job *b = xcalloc(1, sizeof(*b));

	if (f->view.row.uidvalidity == 0)
		b->uidvalidity = f->remote_list.uidvalidity;
	b->mailboxid = f->remote_list.mailboxid;
	b->learned = has_learned(f);
	b->horizon = f->view.row.horizon;
	b->horizon.limit = f->remote_list.horizon.limit;
	folder_post(f, &b->base, store_begin_run, begun);
}

static void carry_out(struct folder *f)
{
	if (f->env.task.doomed && !f->view.on_disk && pass_revives(&f->plan)) {
		f->result.alive = true;
		folder_end(f);
		return;
	}
	if (f->env.opts.dry_run) {
		folder_show(f);
		return;
	}
	f->phase = FOLDER_RUNNING;
	run_begin(f);
	if (is_unknown(f))
		begin(f);
	else
		run_pump(f);
}

static void decide(struct folder *f)
{
	folder_aside_mark(f);
	if (folder_is_held(f))
		return;
	folder_resolve_intents(f);
	folder_make_plan(f);
	carry_out(f);
}

static void paired(void *ctx, struct move_here *moved, size_t n,
		   const struct err *err)
{
	struct folder *f = ctx;

	f->moved_here = moved;
	f->nmoved_here = n;
	if (err)
		folder_fail(f, err);
	if (f->stopped || err) {
		folder_end(f);
	} else if (pairing_missed(f->pairing)) {
		f->again = true;
		folder_pass_done(f);
	} else {
		decide(f);
	}
}

static void flush(void *ctx)
{
	folder_flush(ctx);
}

/* Files that no row knows may be what is new there. */
void folder_pair(struct folder *f)
{
	struct pairing_env env = {
	    .engine = folder_engine(f),
	    .flush = flush,
	    .disk = f->env.disk,
	    .store = f->env.store,
	    .view = &f->view,
	    .remote = &f->remote_list.view,
	    .local = &f->view.local,
	    .moves = f->env.moves,
	    .fetched = f->env.account->direction != CONFIG_PUSH,
	    .dry_run = f->env.opts.dry_run,
	    .done = paired,
	    .ctx = f,
	};

	folder_mark_waiting(f);
	f->pairing = pairing_new(&env);
	if (f->pairing)
		f->phase = FOLDER_PAIRING;
	else
		decide(f);
}

static void keyword_done(struct job *j)
{
	free(((struct store_keyword_job *)j)->name);
	free(j);
}

static void keyword_learned(void *ctx, const char *name)
{
	struct folder *f = ctx;
	struct store_keyword_job *k = xcalloc(1, sizeof(*k));

	k->base.job =
	    (struct job){.run = store_keyword_run, .done = keyword_done};
	k->base.store = f->env.store;
	k->name = xstrdup(name);
	disk_post(f->env.disk, &k->base.job);
}

static void opened(struct folder *f)
{
	f->flag_map = (struct flag_map){
	    .table = &f->view.table,
	    .learned = f->env.opts.dry_run ? NULL : keyword_learned,
	    .ctx = f,
	};
	f->aside = xcalloc(f->view.naside + 1, sizeof(*f->aside));
	for (size_t i = 0; i < f->view.naside; i++)
		f->aside[i] = f->view.aside[i].uid;
	folder_fail(f, &f->view.trouble);
	if (f->env.opts.dry_run && !f->env.task.remote_only)
		folder_show_found(f);
	f->result.bury |= f->view.dying_here;
	f->result.reap |= f->view.dying_there;
	if (f->stopped || !folder_engine(f))
		folder_end(f);
	else
		folder_list(f);
}

static void open_done(struct job *j)
{
	struct store_open_job *o = (struct store_open_job *)j;
	struct folder *f = folder_of(j);

	if (folder_job_done(j) && o->base.result == 0) {
		f->view = o->view;
		opened(f);
	} else {
		folder_end(f);
	}
	free(o);
}

static void open_folder(struct folder *f)
{
	struct store_open_job *o = xcalloc(1, sizeof(*o));
	const struct scan_stamp *same = f->env.task.same;

	f->phase = FOLDER_OPENING;
	f->past.passes++;
	f->again = false;
	f->result.missing = true; /* until it comes to its end */
	o->name = (struct store_name){
	    .wire = f->box->wire,
	    .name = f->box->name,
	    .delim = f->box->delim,
	    .doomed = f->env.task.doomed,
	    .uidvalidity =
		f->box->have & IMAP4_ST_UIDVALIDITY ? f->box->uidvalidity : 0,
	};
	/* What is compared is read; and of a dry run's plans it is the only
	 * look. */
	if (f->past.passes == 1 && !f->env.opts.dry_run && same) {
		o->have_same = true;
		o->same = *same;
	}
	folder_post(f, &o->base, store_open_run, open_done);
}

void folder_reopen(struct folder *f)
{
	release_pass(f);
	open_folder(f);
}

/* What the guard holds is on record for those who ask; where it holds nothing
 * any more, what was answered is used up. */
static void held_done(struct job *j)
{
	struct store_held_job *h = (struct store_held_job *)j;
	struct folder *f = folder_of(j);

	(void)folder_job_done(j);
	free(h->uid);
	free(h);
	folder_end(f);
}

static bool guard_counts(const struct folder *f)
{
	const struct store_view *v = &f->view;
	const struct folder_result *r = &f->result;
	struct pass_held past = {v->row.held_here, v->row.held_there};
	struct pass_held now = {r->held_here, r->held_there};

	return !f->stopped && r->deferred == 0 &&
	       pass_guard_counts(&past, &now,
				 v->hold || v->approve || v->restore);
}

static void end_last_pass(struct folder *f)
{
	if (!guard_counts(f)) {
		folder_end(f);
		return;
	}
	struct store_held_job *h = xcalloc(1, sizeof(*h));
	h->uid = xreallocarray(NULL, f->plan.nheld + 1, sizeof(*h->uid));
	for (size_t i = 0; i < f->plan.nheld; i++)
		h->uid[i] = f->plan.held[i];
	h->held = (struct store_held){.here = f->result.held_here,
				      .there = f->result.held_there,
				      .uid = h->uid,
				      .n = f->plan.nheld};
	f->phase = FOLDER_ENDING;
	folder_post(f, &h->base, store_held_run, held_done);
}

static void say_unfinished(struct folder *f)
{
	struct err *err = &f->result.err;

	if (err->code != ERR_NONE)
		return;
	err_set(err, ERR_TEMP, ERR_SCOPE_FOLDER,
		"still changing after %u passes", f->past.passes);
	err_hint(err, "the next sync goes on");
}

void folder_pass_done(struct folder *f)
{
	bool again = !f->stopped && pass_again(f->again, f->past.passes,
					       f->past.short_listings);

	f->result.missing =
	    f->runs.exec.unsafe || f->remote_list.partial || f->stopped;
	if (again) {
		folder_reopen(f);
		return;
	}
	if (f->again && f->past.passes == PASS_MAX)
		say_unfinished(f);
	end_last_pass(f);
}

struct imap4_engine *folder_engine(struct folder *f)
{
	return f->env.session ? session_engine(f->env.session) : NULL;
}

void folder_flush(struct folder *f)
{
	if (f->env.session)
		session_flush(f->env.session);
}

struct folder *folder_new(const struct folder_env *env,
			  const struct mailbox *box)
{
	struct folder *f = xcalloc(1, sizeof(*f));

	f->env = *env;
	f->box = box;
	f->past.fetch_batch = EXEC_FETCH_BATCH;
	open_folder(f);
	return f;
}

void folder_event(struct folder *f, const struct imap4_event *ev)
{
	switch (f->phase) {
	case FOLDER_LISTING:
		if (remote_list_event(&f->remote_list, ev))
			folder_listed(f);
		break;
	case FOLDER_PAIRING:
		pairing_event(f->pairing, ev);
		break;
	case FOLDER_RUNNING:
		run_event(f, ev);
		break;
	case FOLDER_VERIFYING:
		folder_verify_event(f, ev);
		break;
	case FOLDER_OPENING:
	case FOLDER_ENDING:
		break;
	}
}

void folder_stop(struct folder *f)
{
	f->env.session = NULL;
	f->stopped = true;
	f->result.lost = true;
	if (f->phase == FOLDER_LISTING) {
		folder_end(f);
	} else if (f->phase == FOLDER_PAIRING) {
		pairing_stop(f->pairing);
	} else if (f->phase == FOLDER_VERIFYING) {
		folder_verify_stop(f);
	} else if (f->phase == FOLDER_RUNNING) {
		run_cut(f);
	}
}

const struct folder_result *folder_result(const struct folder *f)
{
	return &f->result;
}

void folder_free(struct folder *f)
{
	release_pass(f);
	free(f->result.follow);
	free(f->runs.command);
	free(f);
}
