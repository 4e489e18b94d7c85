/* SPDX-License-Identifier: MIT */
#include "daemon/account/folder.h"

#include <stdlib.h>

#include "daemon/account/folder_priv.h"
#include "daemon/account/planline.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

/* Looks at a folder that never comes to rest end some time; the next sync goes
 * on. */
#define PASSES 6

struct open_job {
	struct job job;
	struct folder *folder;
	struct store_name name;
	struct store_view view;
	int result;
	struct err err;
};

static void open_folder(struct folder *f);

void folder_fail(struct folder *f, const struct err *err)
{
	if (err->code > f->result.err.code)
		f->result.err = *err;
	if (err->scope >= ERR_SCOPE_ACCOUNT)
		f->stopped = true;
}

static void release_pass(struct folder *f)
{
	folder_run_release(f);
	if (f->planned)
		plan_release(&f->plan);
	f->planned = false;
	pairing_free(f->pairing);
	f->pairing = NULL;
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
static void end(struct folder *f)
{
	f->phase = FOLDER_ENDING;
	if (f->sink)
		folder_run_abandon(f);
	folder_check_end(f);
}

/* The counts of what is left alone are those of the last pass. */
static void take_counts(struct folder *f)
{
	f->result.held = f->plan.held;
	f->result.kept = f->plan.kept;
	f->result.skipped = f->plan.skipped;
	f->result.pending_uploads = f->plan.pending_uploads;
	f->result.pending_deletions = f->plan.pending_deletions;
	f->result.pending_flags = f->plan.pending_flags;
}

static void make_plan(struct folder *f, const struct remote_view *remote,
		      uint64_t there_mask)
{
	const struct config_account *a = f->env.account;
	struct policy policy = {
	    .pull = a->direction != CONFIG_PUSH,
	    /* A dry run examines: then every mailbox is read-only. */
	    .push = a->direction != CONFIG_PULL &&
		    (f->env.opts.dry_run || !f->look.read_only),
	    .delete_here = (a->delete_ & CONFIG_SIDE_LOCAL) != 0,
	    .delete_limit_percent = a->delete_limit_percent,
	    .here_mask = f->view.here_mask,
	    .there_mask = there_mask,
	};

	if (plan_folder(&f->plan, &f->view.base, remote, &f->view.local,
			&policy) < 0)
		abort();
	f->planned = true;
	take_counts(f);
}

static void show_plan(struct folder *f)
{
	struct buf line;

	buf_init(&line, 64 * 1024);
	if (!f->view.on_disk)
		f->env.handler->planned(f->env.ctx, "create folder here");
	for (size_t i = 0; i < f->plan.n; i++) {
		if (planline(&f->plan.action[i], &f->view.table, &line))
			f->env.handler->planned(f->env.ctx, line.data);
	}
	if (f->plan.held > 0 &&
	    buf_addf((buf_reset(&line), &line), "hold %zu deletions (guard)",
		     f->plan.held) == 0)
		f->env.handler->planned(f->env.ctx, line.data);
	buf_release(&line);
	end(f);
}

struct begin_job {
	struct job job;
	struct folder *folder;
	int result;
	struct err err;
};

static void begin_run(struct job *j)
{
	struct begin_job *b = (struct begin_job *)j;
	struct folder *f = b->folder;

	b->result = store_begin(f->env.store, f->look.uidvalidity, &b->err);
}

static void begin_done(struct job *j)
{
	struct begin_job *b = (struct begin_job *)j;
	struct folder *f = b->folder;

	f->jobs--;
	if (b->result < 0) {
		folder_fail(f, &b->err);
		f->stopped = true;
	}
	free(b);
	if (f->phase == FOLDER_ENDING)
		folder_check_end(f);
	else
		folder_pump(f);
}

/* The first sync: which UIDVALIDITY the rows to come belong to is on record
 * before the first of them. */
static void begin(struct folder *f)
{
	struct begin_job *b = xcalloc(1, sizeof(*b));

	b->job = (struct job){.run = begin_run, .done = begin_done};
	b->folder = f;
	f->jobs++;
	disk_post(f->env.disk, &b->job);
}

static void carry_out(struct folder *f)
{
	if (f->env.opts.dry_run) {
		show_plan(f);
		return;
	}
	f->phase = FOLDER_RUNNING;
	f->committed = 0;
	exec_init(&f->exec, &f->plan, f->fetch_batch);
	folder_run_begin(f);
	if (f->view.row.uidvalidity == 0)
		begin(f);
	else
		folder_pump(f);
}

static void decide(struct folder *f)
{
	struct look *l = &f->look;

	/* RFC 9051 7.1: without PERMANENTFLAGS every flag is permanent. */
	bool told = l->permanent_known && !l->opts.examine;
	make_plan(f, &l->view, told ? l->permanent : ~UINT64_C(0));
	carry_out(f);
}

static void paired(void *ctx, const struct err *err)
{
	struct folder *f = ctx;

	if (err)
		folder_fail(f, err);
	if (f->stopped || err)
		end(f);
	else
		decide(f);
}

/* Files that no row knows may be what is new there. */
static void pair(struct folder *f)
{
	struct pairing_env env = {
	    .conn = folder_conn(f),
	    .disk = f->env.disk,
	    .store = f->env.store,
	    .base = &f->view.base,
	    .remote = &f->look.view,
	    .local = &f->view.local,
	    .done = paired,
	    .ctx = f,
	};

	f->pairing = pairing_new(&env);
	if (f->pairing)
		f->phase = FOLDER_PAIRING;
	else
		decide(f);
}

struct reset_job {
	struct job job;
	struct folder *folder;
	int result;
	struct err err;
};

static void reset_run(struct job *j)
{
	struct reset_job *r = (struct reset_job *)j;

	r->result =
	    store_reset(r->folder->env.store, &r->folder->view.base, &r->err);
}

static void reset_done(struct job *j)
{
	struct reset_job *r = (struct reset_job *)j;
	struct folder *f = r->folder;

	f->jobs--;
	if (r->result < 0)
		folder_fail(f, &r->err);
	if (r->result < 0 || f->stopped) {
		end(f);
	} else {
		release_pass(f);
		open_folder(f);
	}
	free(r);
}

/* Its UIDs mean other messages now (RFC 9051 2.3.1.1): what we know of them is
 * void. The files stay, and are paired with the messages by content. */
static void forget_all(struct folder *f)
{
	struct reset_job *r = xcalloc(1, sizeof(*r));

	log_at(LOG_WARNING, f->env.account->name, f->box->display,
	       "it was rebuilt on the server (UIDVALIDITY %lu -> %lu): pairing "
	       "%zu messages by content, nothing is deleted",
	       (unsigned long)f->view.row.uidvalidity,
	       (unsigned long)f->look.uidvalidity, f->view.base.n);
	f->phase = FOLDER_OPENING;
	r->job = (struct job){.run = reset_run, .done = reset_done};
	r->folder = f;
	f->jobs++;
	disk_post(f->env.disk, &r->job);
}

static void look_done(struct folder *f)
{
	struct look *l = &f->look;

	if (l->err.code != ERR_NONE) {
		f->result.lost |= l->lost;
		folder_fail(f, &l->err);
		end(f);
		return;
	}
	if (l->rebuilt && !f->env.opts.dry_run) {
		forget_all(f);
		return;
	}
	if (l->partial)
		f->again = true;
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
		    .full = f->env.opts.full || f->pass > 2,
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
	    .vocabulary = &f->vocabulary,
	};
	look_start(&f->look);
	if (f->look.err.code != ERR_NONE)
		look_done(f);
	else
		folder_flush(f);
}

static bool unchanged_there(struct folder *f)
{
	struct imap4_engine *e = folder_engine(f);
	size_t known = 0;

	if (f->env.opts.full || f->pass > 1)
		return false;
	for (size_t i = 0; i < f->view.base.n; i++)
		known += f->view.base.row[i].fate == FATE_ALIVE;
	return look_unchanged(f->box, &f->view.row, known,
			      imap4_engine_enabled(e, "QRESYNC"));
}

/* With STATUS saying that nothing changed there, local changes alone decide
 * whether the mailbox has to be selected at all. */
static bool nothing_to_do(struct folder *f)
{
	struct remote_view none = {.complete = false};

	if (!unchanged_there(f))
		return false;
	make_plan(f, &none, ~UINT64_C(0));
	bool idle = f->plan.n == 0 && f->view.on_disk;
	if (idle && !f->view.tombstones && f->plan.pending_uploads == 0 &&
	    f->plan.pending_deletions == 0 && f->plan.pending_flags == 0) {
		f->result.calm = true;
		f->result.path = xstrdup(f->view.row.path);
		f->result.stamp = f->view.stamp;
	}
	plan_release(&f->plan);
	f->planned = false;
	return idle;
}

static void opened(struct folder *f)
{
	f->vocabulary = (struct vocabulary){
	    .table = &f->view.table,
	    .disk = f->env.opts.dry_run ? NULL : f->env.disk,
	    .store = f->env.store,
	};
	f->result.tombstones |= f->view.tombstones;
	if (f->stopped || !folder_engine(f) || nothing_to_do(f))
		end(f);
	else
		start_look(f);
}

static void open_run(struct job *j)
{
	struct open_job *o = (struct open_job *)j;

	o->result = store_folder_open(o->folder->env.store, &o->name, &o->view,
				      &o->err);
}

static void open_done(struct job *j)
{
	struct open_job *o = (struct open_job *)j;
	struct folder *f = o->folder;

	f->jobs--;
	if (o->result == 0) {
		f->view = o->view;
		opened(f);
	} else {
		if (o->result < 0)
			folder_fail(f, &o->err);
		end(f);
	}
	free(o);
}

static void open_folder(struct folder *f)
{
	struct open_job *o = xcalloc(1, sizeof(*o));

	f->phase = FOLDER_OPENING;
	f->pass++;
	f->again = false;
	o->job = (struct job){.run = open_run, .done = open_done};
	o->folder = f;
	o->name = (struct store_name){
	    .wire = f->box->wire,
	    .name = f->box->name,
	    .delim = f->box->delim,
	    .uidvalidity =
		f->box->have & IMAP4_ST_UIDVALIDITY ? f->box->uidvalidity : 0,
	};
	f->jobs++;
	disk_post(f->env.disk, &o->job);
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
		end(f);
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
		end(f);
	} else if (f->phase == FOLDER_PAIRING) {
		pairing_stop(f->pairing);
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
	free(f->result.path);
	free(f->command);
	free(f);
}
