/* SPDX-License-Identifier: MIT */
#include "daemon/folder/folder.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/folder/folder_priv.h"

/* Looks at a folder that never comes to rest end some time; the next sync goes
 * on. */
#define PASSES 6

struct open_job {
	struct folder_job base;
	struct store_name name;
	const struct scan_stamp *same;
	struct store_view view;
};

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

void folder_mark_dirty(struct folder *f, int64_t id)
{
	struct folder_result *r = &f->result;

	for (size_t i = 0; i < r->nstirred; i++) {
		if (r->dirty[i] == id)
			return;
	}
	r->dirty = xreallocarray(r->dirty, r->nstirred + 1, sizeof(*r->dirty));
	r->dirty[r->nstirred++] = id;
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
	remote_list_release(&f->remote_list);
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

static bool has_learned(const struct folder *f)
{
	return f->remote_list.horizon.limit != f->view.row.horizon.limit;
}

static void begin_run(struct job *j)
{
	struct folder_job *b = (struct folder_job *)j;
	struct folder *f = b->folder;
	struct horizon horizon = f->view.row.horizon;

	if (f->view.row.uidvalidity == 0)
		b->result = store_begin(f->env.store,
					f->remote_list.uidvalidity, &b->err);
	if (b->result == 0)
		b->result = store_decided(f->env.store, &b->err);
	if (b->result == 0 && f->remote_list.mailboxid)
		b->result = store_identify(f->env.store,
					   f->remote_list.mailboxid, &b->err);
	horizon.limit = f->remote_list.horizon.limit;
	if (b->result == 0 && has_learned(f))
		b->result = store_horizon(f->env.store, &horizon, &b->err);
}

static bool is_unknown(const struct folder *f)
{
	const char *id = f->remote_list.mailboxid;

	return f->view.row.uidvalidity == 0 || !f->view.row.pairing.decided ||
	       has_learned(f) ||
	       (id &&
		(!f->view.mailboxid || strcmp(id, f->view.mailboxid) != 0));
}

/* What is on record before anything is done: in the first sync the UIDVALIDITY
 * that the rows to come belong to; that the server does not show all that it
 * has. */
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
	exec_init(&f->exec, &f->plan, f->fetch_batch, f->remote_list.limit);
	/* What was set aside may be what costs connections. */
	if (f->env.task.careful || folder_aside_due(f))
		exec_careful(&f->exec);
	folder_run_begin(f);
	if (is_unknown(f))
		begin(f);
	else
		folder_pump(f);
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

/* Files that no row knows may be what is new there. */
void folder_pair(struct folder *f)
{
	struct pairing_env env = {
	    .conn = folder_conn(f),
	    .disk = f->env.disk,
	    .store = f->env.store,
	    .view = &f->view,
	    .remote = &f->remote_list.view,
	    .local = &f->view.local,
	    .lost = f->env.lost,
	    .fetched = f->env.account->direction != CONFIG_PUSH,
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

static void opened(struct folder *f)
{
	f->flag_map = (struct flag_map){
	    .table = &f->view.table,
	    .disk = f->env.opts.dry_run ? NULL : f->env.disk,
	    .store = f->env.store,
	};
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
	/* What is compared is read; and of a dry run's plans it is the only
	 * look. */
	if (f->pass == 1 && !f->env.opts.dry_run)
		o->same = f->env.task.same;
	folder_post(f, &o->base, open_run, open_done);
}

void folder_reopen(struct folder *f)
{
	release_pass(f);
	open_folder(f);
}

/* What the guard holds is on record for those who ask; where it holds nothing
 * any more, what was answered is used up. */
struct held_job {
	struct folder_job base;
	struct store *store;
	struct store_held held;
	uint32_t *uid;
};

static void held_run(struct job *j)
{
	struct held_job *h = (struct held_job *)j;

	h->base.result = store_held(h->store, &h->held, &h->base.err);
}

static void held_done(struct job *j)
{
	struct held_job *h = (struct held_job *)j;
	struct folder *f = h->base.folder;

	(void)folder_job_done(&h->base);
	free(h->uid);
	free(h);
	folder_end(f);
}

static bool guard_changed(const struct folder *f)
{
	const struct store_view *v = &f->view;
	const struct folder_result *r = &f->result;

	if (f->stopped || r->deferred > 0)
		return false;
	return r->held_here + r->held_there > 0 || v->row.held_here > 0 ||
	       v->row.held_there > 0 || v->hold || v->approve || v->restore;
}

static void end_last_pass(struct folder *f)
{
	if (!guard_changed(f)) {
		folder_end(f);
		return;
	}
	struct held_job *h = xcalloc(1, sizeof(*h));
	h->store = f->env.store;
	h->uid = xreallocarray(NULL, f->plan.nheld + 1, sizeof(*h->uid));
	for (size_t i = 0; i < f->plan.nheld; i++)
		h->uid[i] = f->plan.held[i];
	h->held = (struct store_held){.here = f->result.held_here,
				      .there = f->result.held_there,
				      .uid = h->uid,
				      .n = f->plan.nheld};
	f->phase = FOLDER_ENDING;
	folder_post(f, &h->base, held_run, held_done);
}

void folder_pass_done(struct folder *f)
{
	f->result.missing =
	    f->exec.unsafe || f->remote_list.partial || f->stopped;
	bool again = f->again && !f->stopped && f->pass < PASSES &&
		     f->short_listings < SHORT_LISTINGS;

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
	folder_reopen(f);
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
	f->result.missing = true; /* until a pass comes to its end */
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
	if (f->phase == FOLDER_LISTING) {
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
	free(f->result.dirty);
	free(f->result.follow);
	free(f->command);
	free(f);
}
