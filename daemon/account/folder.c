/* SPDX-License-Identifier: MIT */
#include "daemon/account/folder.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/folder_priv.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

/* Looks at a folder that never comes to rest end some time; the next sync goes
 * on. */
#define PASSES 6

struct open_job {
	struct folder_job base;
	struct store_name name;
	const struct scan_stamp *same;
	struct store_view view;
};

static void open_folder(struct folder *f);

void folder_post(struct folder *f, struct folder_job *j,
		 void (*run)(struct job *j), void (*done)(struct job *j))
{
	j->job = (struct job){.run = run, .done = done};
	j->folder = f;
	f->jobs++;
	disk_post(f->env.disk, &j->job);
}

bool folder_job_done(struct folder_job *j)
{
	j->folder->jobs--;
	if (j->result >= 0)
		return true;
	folder_fail(j->folder, &j->err);
	return false;
}

void folder_job_over(struct job *j)
{
	struct folder_job *b = (struct folder_job *)j;
	struct folder *f = b->folder;

	if (!folder_job_done(b))
		f->stopped = true;
	free(b);
	if (f->phase == FOLDER_ENDING)
		folder_check_end(f);
	else
		folder_pump(f);
}

void folder_fail(struct folder *f, const struct err *err)
{
	if (err_is_graver(err, &f->result.err))
		f->result.err = *err;
	if (err->scope >= ERR_SCOPE_ACCOUNT)
		f->stopped = true;
}

void folder_stirs(struct folder *f, int64_t id)
{
	struct folder_result *r = &f->result;

	for (size_t i = 0; i < r->nstirred; i++) {
		if (r->stirred[i] == id)
			return;
	}
	r->stirred =
	    xreallocarray(r->stirred, r->nstirred + 1, sizeof(*r->stirred));
	r->stirred[r->nstirred++] = id;
}

static void release_pass(struct folder *f)
{
	folder_run_release(f);
	if (f->planned)
		plan_release(&f->plan);
	f->planned = false;
	pairing_free(f->pairing);
	f->pairing = NULL;
	free(f->moved_here);
	f->moved_here = NULL;
	f->nmoved_here = 0;
	look_release(&f->look);
	store_view_release(&f->view);
}

void folder_check_end(struct folder *f)
{
	if (f->jobs > 0 || (f->sink && !sink_idle(f->sink)))
		return;
	release_pass(f);
	f->env.handler->done(f->env.ctx);
}

/* What came whole is made durable, whatever ended the pass. */
void folder_end(struct folder *f)
{
	f->phase = FOLDER_ENDING;
	if (f->sink)
		folder_run_abandon(f);
	folder_check_end(f);
}

static void begin_run(struct job *j)
{
	struct folder_job *b = (struct folder_job *)j;
	struct folder *f = b->folder;

	if (f->view.row.uidvalidity == 0)
		b->result =
		    store_begin(f->env.store, f->look.uidvalidity, &b->err);
	if (b->result == 0 && f->look.mailboxid)
		b->result =
		    store_identify(f->env.store, f->look.mailboxid, &b->err);
}

static bool is_unknown(const struct folder *f)
{
	const char *id = f->look.mailboxid;

	return f->view.row.uidvalidity == 0 ||
	       (id &&
		(!f->view.mailboxid || strcmp(id, f->view.mailboxid) != 0));
}

/* The first sync: which UIDVALIDITY the rows to come belong to is on record
 * before the first of them. */
static void begin(struct folder *f)
{
	folder_post(f, xcalloc(1, sizeof(struct folder_job)), begin_run,
		    folder_job_over);
}

/* A folder that was removed here goes there too if nothing happens but that. */
static bool revives(const struct folder *f)
{
	const struct plan *p = &f->plan;

	if (!f->env.task.doomed || f->view.on_disk)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		switch (p->action[i].type) {
		case ACTION_MOVE_THERE:
		case ACTION_DIE_THERE:
		case ACTION_DELETE_THERE:
		case ACTION_FATE:
		case ACTION_PROVE:
			break;
		case ACTION_FORGET:
			if (p->action[i].flags)
				return true;
			break;
		default:
			return true;
		}
	}
	return p->skipped > 0;
}

static void carry_out(struct folder *f)
{
	if (revives(f)) {
		f->result.alive = true;
		folder_end(f);
		return;
	}
	if (f->env.opts.dry_run) {
		folder_show(f);
		return;
	}
	f->phase = FOLDER_RUNNING;
	f->committed = 0;
	exec_init(&f->exec, &f->plan, f->fetch_batch);
	folder_run_begin(f);
	if (is_unknown(f))
		begin(f);
	else
		folder_pump(f);
}

static void decide(struct folder *f)
{
	folder_aside_mark(f);
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

/* Files that no row knows may be what is new there. */
static void pair(struct folder *f)
{
	struct pairing_env env = {
	    .conn = folder_conn(f),
	    .disk = f->env.disk,
	    .store = f->env.store,
	    .view = &f->view,
	    .remote = &f->look.view,
	    .local = &f->view.local,
	    .lost = f->env.lost,
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

static void reset_run(struct job *j)
{
	struct folder_job *r = (struct folder_job *)j;
	struct folder *f = r->folder;

	r->result = store_reset(f->env.store, f->look.uidvalidity, &r->err);
}

static void reset_done(struct job *j)
{
	struct folder_job *r = (struct folder_job *)j;
	struct folder *f = r->folder;
	bool ok = folder_job_done(r);

	free(r);
	if (!ok || f->stopped) {
		folder_end(f);
		return;
	}
	release_pass(f);
	open_folder(f);
}

/* Its UIDs mean other messages now (RFC 9051 2.3.1.1): what we know of them is
 * void. The files stay, and are paired with the messages by content. */
static void forget_all(struct folder *f)
{
	log_at(LOG_WARNING, f->env.account->name, f->box->display,
	       "it was rebuilt on the server (UIDVALIDITY %lu -> %lu): pairing "
	       "%zu messages by content, nothing is deleted",
	       (unsigned long)f->view.row.uidvalidity,
	       (unsigned long)f->look.uidvalidity, f->view.base.n);
	f->phase = FOLDER_OPENING;
	folder_post(f, xcalloc(1, sizeof(struct folder_job)), reset_run,
		    reset_done);
}

/* What folders have lost is looked for in the others before it is taken for
 * deleted. */
struct lost_job {
	struct folder_job base;
	struct lost lost;
};

static int take_lost(void *ctx, const struct state_record *r)
{
	struct lost_job *l = ctx;
	struct lost_message m = {
	    .folder = l->base.folder->view.row.id,
	    .uid = r->uid,
	    .key = r->key,
	    .internaldate = r->internaldate,
	    .emailid =
		r->emailid ? lost_emailid(r->emailid, strlen(r->emailid)) : 0,
	};

	lost_add(&l->lost, &m);
	return 0;
}

static void lost_run(struct job *j)
{
	struct lost_job *l = (struct lost_job *)j;
	struct folder *f = l->base.folder;

	struct state_uids gone = {f->view.row.id, f->plan.gone, f->plan.ngone};

	l->base.result = state_find_uids(f->env.store->state, &gone, take_lost,
					 l, &l->base.err);
}

static void lost_done(struct job *j)
{
	struct lost_job *l = (struct lost_job *)j;
	struct folder *f = l->base.folder;

	(void)folder_job_done(&l->base);
	for (size_t i = 0; i < l->lost.n; i++)
		lost_add(f->env.lost, &l->lost.message[i]);
	lost_release(&l->lost);
	free(l);
	folder_end(f);
}

static void note_lost(struct folder *f)
{
	struct lost_job *l = xcalloc(1, sizeof(*l));

	folder_make_plan(f);
	f->phase = FOLDER_ENDING;
	folder_post(f, &l->base, lost_run, lost_done);
}

static void look_done(struct folder *f)
{
	struct look *l = &f->look;

	if (l->err.code != ERR_NONE) {
		f->result.lost |= l->lost;
		folder_fail(f, &l->err);
		folder_end(f);
		return;
	}
	if (l->rebuilt && !f->env.opts.dry_run) {
		forget_all(f);
		return;
	}
	if (l->partial)
		f->again = true;
	/* RFC 9051 7.1: without PERMANENTFLAGS every flag is permanent. */
	f->there_mask = l->permanent_known && !l->opts.examine ? l->permanent
							       : ~UINT64_C(0);
	f->uid_next = l->uidnext;
	folder_settle_claims(f);
	if (f->env.task.look_only)
		note_lost(f);
	else if (f->env.opts.verify)
		folder_verify(f);
	else
		pair(f);
}

static void start_look(struct folder *f)
{
	const struct config_account *a = f->env.account;

	f->phase = FOLDER_LOOKING;
	f->look = (struct look){
	    .opts =
		{
		    .examine =
			f->env.opts.dry_run || a->direction == CONFIG_PULL,
		    .full =
			f->env.opts.full || f->pass > 2 || folder_aside_due(f),
		    .sizes =
			f->env.opts.dry_run || a->max_size || a->max_age_ms,
		    .max_size = a->max_size,
		    .oldest =
			a->max_age_ms ? clock_wall() - a->max_age_ms / 1000 : 0,
		},
	    .engine = folder_engine(f),
	    .box = f->box,
	    .row = &f->view.row,
	    .base = &f->view.base,
	    .aside = f->view.aside,
	    .naside = f->view.naside,
	    .vocabulary = &f->vocabulary,
	};
	look_start(&f->look);
	if (f->look.err.code != ERR_NONE)
		look_done(f);
	else
		folder_flush(f);
}

static void opened(struct folder *f)
{
	f->vocabulary = (struct vocabulary){
	    .table = &f->view.table,
	    .disk = f->env.opts.dry_run ? NULL : f->env.disk,
	    .store = f->env.store,
	};
	folder_fail(f, &f->view.trouble);
	f->result.bury |= f->view.dying_here;
	f->result.reap |= f->view.dying_there;
	if (f->stopped || !folder_engine(f))
		folder_end(f);
	else
		start_look(f);
}

static void open_run(struct job *j)
{
	struct open_job *o = (struct open_job *)j;

	o->base.result = store_folder_open(o->base.folder->env.store, &o->name,
					   o->same, &o->view, &o->base.err);
}

static void open_done(struct job *j)
{
	struct open_job *o = (struct open_job *)j;
	struct folder *f = o->base.folder;

	if (folder_job_done(&o->base) && o->base.result == 0) {
		f->view = o->view;
		opened(f);
	} else {
		folder_end(f);
	}
	free(o);
}

static void open_folder(struct folder *f)
{
	struct open_job *o = xcalloc(1, sizeof(*o));

	f->phase = FOLDER_OPENING;
	f->pass++;
	f->again = false;
	o->name = (struct store_name){
	    .wire = f->box->wire,
	    .name = f->box->name,
	    .delim = f->box->delim,
	    .doomed = f->env.task.doomed,
	    .uidvalidity =
		f->box->have & IMAP4_ST_UIDVALIDITY ? f->box->uidvalidity : 0,
	};
	if (f->pass == 1)
		/* What is compared is read. */
		o->same = f->env.opts.verify ? NULL : f->env.task.same;
	folder_post(f, &o->base, open_run, open_done);
}

/* What the guard holds is on record for those who ask; where it holds nothing
 * any more, what was answered is used up. */
static void held_run(struct job *j)
{
	struct folder_job *h = (struct folder_job *)j;
	struct folder *f = h->folder;

	h->result = store_held(f->env.store, f->result.held_here,
			       f->result.held_there, &h->err);
}

static void held_done(struct job *j)
{
	struct folder_job *h = (struct folder_job *)j;
	struct folder *f = h->folder;

	(void)folder_job_done(h);
	free(h);
	folder_end(f);
}

static bool guard_changed(const struct folder *f)
{
	const struct store_view *v = &f->view;
	const struct folder_result *r = &f->result;

	if (f->stopped || r->deferred > 0)
		return false;
	return v->row.held_here != r->held_here ||
	       v->row.held_there != r->held_there ||
	       ((v->hold || v->approved > 0 || v->restore) &&
		r->held_here + r->held_there == 0);
}

static void end_last_pass(struct folder *f)
{
	if (!guard_changed(f)) {
		folder_end(f);
		return;
	}
	f->phase = FOLDER_ENDING;
	folder_post(f, xcalloc(1, sizeof(struct folder_job)), held_run,
		    held_done);
}

void folder_pass_done(struct folder *f)
{
	bool again = f->again && !f->stopped && f->pass < PASSES;

	if (f->again && !again && f->result.err.code == ERR_NONE &&
	    f->pass == PASSES) {
		err_set(&f->result.err, ERR_TEMP, ERR_SCOPE_FOLDER,
			"it does not come to rest: %u passes", f->pass);
		err_hint(&f->result.err, "the next sync goes on");
	}
	if (!again) {
		end_last_pass(f);
		return;
	}
	release_pass(f);
	open_folder(f);
}

struct imap4_engine *folder_engine(struct folder *f)
{
	return f->env.session ? session_engine(f->env.session) : NULL;
}

struct imap4_conn *folder_conn(struct folder *f)
{
	return f->env.session ? session_conn(f->env.session) : NULL;
}

void folder_flush(struct folder *f)
{
	if (folder_conn(f))
		imap4_conn_flush(folder_conn(f));
}

struct folder *folder_new(const struct folder_env *env,
			  const struct mailbox *box)
{
	struct folder *f = xcalloc(1, sizeof(*f));

	f->env = *env;
	f->box = box;
	f->fetch_batch = EXEC_FETCH_BATCH;
	open_folder(f);
	return f;
}

void folder_event(struct folder *f, const struct imap4_event *ev)
{
	switch (f->phase) {
	case FOLDER_LOOKING:
		if (look_event(&f->look, ev))
			look_done(f);
		break;
	case FOLDER_PAIRING:
		pairing_event(f->pairing, ev);
		break;
	case FOLDER_RUNNING:
		folder_run_event(f, ev);
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
	if (f->phase == FOLDER_LOOKING) {
		folder_end(f);
	} else if (f->phase == FOLDER_PAIRING) {
		pairing_stop(f->pairing);
	} else if (f->phase == FOLDER_VERIFYING) {
		folder_verify_stop(f);
	} else if (f->phase == FOLDER_RUNNING) {
		folder_run_cut(f);
		folder_pump(f);
	}
}

const struct folder_result *folder_result(const struct folder *f)
{
	return &f->result;
}

void folder_free(struct folder *f)
{
	release_pass(f);
	free(f->result.stirred);
	free(f->command);
	free(f);
}
