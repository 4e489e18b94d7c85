/* SPDX-License-Identifier: MIT */
/* Effects of a folder's plan: started in the executor's order, each with its
 * commands and disk jobs, and ended when none of those is under way. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/folder/folder_priv.h"

/* RFC 7162 4: lines of more than about 8,000 octets are refused by some. */
#define SET_BYTES 7000

static struct run *run_new(struct folder *f, const struct effect *e)
{
	struct run *r = xcalloc(1, sizeof(*r));

	r->folder = f;
	r->effect = *e;
	r->next = f->runs;
	f->runs = r;
	return r;
}

static void run_free(struct run *r)
{
	struct run **p = &r->folder->runs;

	while (*p != r)
		p = &(*p)->next;
	*p = r->next;
	upload_release(&r->upload);
	transfer_release(&r->transfer);
	uid_pairs_release(&r->discard.pairs);
	free(r->own);
	free(r);
}

void run_done(struct run *r, bool ok)
{
	struct folder *f = r->folder;

	exec_done(&f->exec, &r->effect, ok);
	run_free(r);
}

const struct action *run_actions(const struct run *r)
{
	return r->own ? r->own : r->effect.first;
}

void run_leave_out(struct run *r, const struct imap4_set *set)
{
	const struct action *from = run_actions(r);
	struct action *kept = xcalloc(r->effect.n + 1, sizeof(*kept));
	size_t n = 0;

	for (size_t i = 0; i < r->effect.n; i++) {
		if (!imap4_set_contains(set, from[i].uid))
			kept[n++] = from[i];
	}
	free(r->own);
	r->own = kept;
	r->effect.n = n;
}

/* Jobs. */

void run_post(struct run *r, void (*run)(struct job *j),
	      void (*done)(struct job *j))
{
	r->job = (struct job){.run = run, .done = done};
	r->on_disk = true;
	r->folder->jobs++;
	disk_post(r->folder->env.disk, &r->job);
}

void run_job_done(struct run *r)
{
	r->on_disk = false;
	r->folder->jobs--;
}

/* Effects that are one job. */

static int record_position(const struct folder *f, struct err *err)
{
	const struct remote_list *l = &f->remote_list;
	struct horizon horizon = l->horizon;
	struct position at = {.uidvalidity = l->uidvalidity,
			      .uidnext = l->uidnext,
			      .modseq = l->modseq};

	/* An earlier pass may have dealt with it. */
	if (horizon.slid < f->slid &&
	    horizon.limit == f->view.row.horizon.limit)
		horizon.slid = f->slid;
	return store_position(f->env.store, &at, &horizon, err);
}

static void disk_run(struct job *j)
{
	struct run *r = (struct run *)j;
	struct folder *f = r->folder;
	struct store *s = f->env.store;
	const struct action *a = run_actions(r);
	size_t n = r->effect.n;

	switch (r->effect.type) {
	case EFFECT_FLAGS_HERE:
		r->result = store_flags_here(s, a, n, &r->not_done, &r->err);
		break;
	case EFFECT_ADOPT:
		r->result = store_adopt(s, a, n, &r->not_done, &r->err);
		break;
	case EFFECT_PROVE:
		r->result = store_prove(s, a, n, &r->err);
		break;
	case EFFECT_MOVE_HERE:
		r->result = store_move_here(s, a, n, &r->not_done, &r->err);
		break;
	case EFFECT_STORE:
	case EFFECT_RECORD:
		r->result = store_record(s, a, n, &r->err);
		break;
	case EFFECT_FORGET:
		r->result = store_forget(s, a, n, &r->err);
		break;
	case EFFECT_FATE:
		r->result = store_fate(s, a, n, (enum fate)a->fate, &r->err);
		break;
	case EFFECT_DIE_HERE:
		r->result = store_die(s, a, n, FATE_DYING_HERE, &r->err);
		break;
	case EFFECT_DIE_THERE:
		r->result = store_die(s, a, n, FATE_DYING_THERE, &r->err);
		break;
	case EFFECT_POSITION:
		r->result = record_position(f, &r->err);
		break;
	case EFFECT_FETCH:
	case EFFECT_UPLOAD:
	case EFFECT_MOVE_THERE:
	case EFFECT_CONFIRM:
	case EFFECT_DELETE_THERE:
		break;
	}
}

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
static void dirty_sources(struct folder *f, const struct run *r)
{
	for (size_t i = 0; i < f->view.nintents; i++) {
		const struct store_intent *t = &f->view.intent[i];
		for (size_t k = 0; t->what.copied && k < r->effect.n; k++) {
			if (r->effect.first[k].key == t->key)
				folder_mark_dirty(f, t->source);
		}
	}
}

static void count_done(struct folder *f, const struct run *r)
{
	size_t n = r->effect.n - r->not_done;

	switch (r->effect.type) {
	case EFFECT_FLAGS_HERE:
		f->result.flags_here += n;
		break;
	case EFFECT_ADOPT:
		/* Its flags were not merged yet. */
		f->again = true;
		dirty_sources(f, r);
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

static void disk_done(struct job *j)
{
	struct run *r = (struct run *)j;
	struct folder *f = r->folder;

	run_job_done(r);
	if (r->result == 0)
		count_done(f, r);
	if (r->result < 0 || r->not_done > 0)
		folder_fail(f, &r->err);
	run_done(r, r->result == 0 && r->not_done == 0 && !r->failed);
	folder_pump(f);
}

static void post(struct run *r)
{
	run_post(r, disk_run, disk_done);
}

/* Commands. */

int run_remember(struct run *r, int submitted, imap4_id id, size_t item)
{
	struct folder *f = r->folder;

	if (submitted < 0) {
		r->failed = true;
		return -1;
	}
	if (f->ncommands == f->command_cap) {
		f->command_cap = f->command_cap ? f->command_cap * 2 : 16;
		f->command = xreallocarray(f->command, f->command_cap,
					   sizeof(*f->command));
	}
	f->command[f->ncommands++] = (struct command){id, r, item};
	r->commands++;
	return 0;
}

/* Those that a server handles at a time (RFC 9738), as sets. */
void run_each_set(struct run *r, int (*fn)(struct run *r, const char *set))
{
	const struct action *a = run_actions(r);
	size_t most = r->folder->remote_list.limit, n = r->effect.n;
	int end = 0;

	if (most == 0)
		most = n;
	for (size_t i = 0, part; i < n && end == 0; i += part) {
		struct imap4_set set = {0};
		char text[SET_BYTES];
		size_t from = 0;
		part = n - i < most ? n - i : most;
		for (size_t k = i; k < i + part; k++) {
			if (imap4_set_add(&set, a[k].uid, a[k].uid) < 0)
				abort();
		}
		while (from < set.n && end == 0) {
			imap4_set_format(&set, &from, text, sizeof(text));
			end = fn(r, text);
		}
		imap4_set_release(&set);
	}
}

static int submit_fetch(struct run *r, const char *set)
{
	struct imap4_engine *e = folder_engine(r->folder);
	char items[80];
	imap4_id id = 0;

	/* Of one that is asked for alone, the size tells whether it is empty,
	 * see take_body(). */
	(void)snprintf(items, sizeof(items),
		       "UID FLAGS INTERNALDATE%s%s BODY.PEEK[]",
		       remote_list_emailid_item(e),
		       r->effect.n == 1 ? " RFC822.SIZE" : "");
	int rc = imap4_engine_uid_fetch(e, set, items, 0, false, &id);
	return run_remember(r, rc, id, 0);
}

static int submit_confirm(struct run *r, const char *set)
{
	imap4_id id = 0;
	int e = imap4_engine_uid_fetch(folder_engine(r->folder), set, "UID", 0,
				       false, &id);

	return run_remember(r, e, id, 0);
}

static int submit_store(struct run *r, const char *set)
{
	struct folder *f = r->folder;
	const struct action *a = r->effect.first;
	struct buf names;
	imap4_id id = 0;
	/* A second change of the same messages would be refused for the first
	 * one's sake. */
	uint64_t since = a->flags ? 0 : f->remote_list.modseq;

	buf_init(&names, 64 * 1024);
	int e = flag_map_names(&f->view.table, a->add | a->del, &names);
	if (e == 0)
		e = imap4_engine_uid_store(folder_engine(f), set,
					   a->add ? '+' : '-', names.data,
					   since, &id);
	buf_release(&names);
	return run_remember(r, e, id, 0);
}

static void start_commands(struct run *r, int (*fn)(struct run *, const char *))
{
	if (folder_engine(r->folder))
		run_each_set(r, fn);
	else
		r->failed = true;
	if (r->commands == 0)
		run_done(r, false);
}

/* What must not run before everything that came is on disk. */
static void start_drained(struct run *r)
{
	r->drain = false;
	if (r->effect.type == EFFECT_CONFIRM)
		start_commands(r, submit_confirm);
	else
		post(r);
}

static void drain(struct run *r)
{
	sink_flush(r->folder->sink, true);
	r->drain = true;
}

static void start(struct folder *f, const struct effect *e)
{
	struct run *r = run_new(f, e);

	switch (e->type) {
	case EFFECT_FETCH:
		start_commands(r, submit_fetch);
		break;
	case EFFECT_STORE:
		start_commands(r, submit_store);
		break;
	case EFFECT_UPLOAD:
		run_upload_start(r);
		break;
	case EFFECT_MOVE_THERE:
		run_move_start(r);
		break;
	case EFFECT_DELETE_THERE:
		run_delete_start(r);
		break;
	case EFFECT_CONFIRM:
	case EFFECT_POSITION:
		drain(r);
		break;
	case EFFECT_ADOPT:
	case EFFECT_PROVE:
	case EFFECT_MOVE_HERE:
	case EFFECT_FLAGS_HERE:
	case EFFECT_RECORD:
	case EFFECT_FORGET:
	case EFFECT_FATE:
	case EFFECT_DIE_HERE:
	case EFFECT_DIE_THERE:
		post(r);
		break;
	}
}

/* A position must not say more than what is known to be done: what the guard
 * holds, what was left for later, what moved meanwhile has to be seen again. */
static bool position_holds(const struct folder *f)
{
	return !f->again && !f->remote_list.partial && f->plan.held_here == 0 &&
	       f->plan.held_there == 0 && f->plan.deferred == 0 &&
	       f->remote_list.uidvalidity != 0 &&
	       /* What is not pulled now has to be found when it is. */
	       f->env.account->direction != CONFIG_PUSH;
}

void folder_pump(struct folder *f)
{
	struct effect e;

	if (f->phase != FOLDER_RUNNING)
		return;
	while (!f->stopped && exec_next(&f->exec, &e)) {
		if (e.type == EFFECT_POSITION && !position_holds(f)) {
			struct run *r = run_new(f, &e);
			drain(r);
			r->failed = true;
			continue;
		}
		start(f, &e);
		if (f->phase != FOLDER_RUNNING)
			return;
	}
	folder_flush(f);
	if (f->runs)
		return;
	if (f->stopped || exec_finished(&f->exec))
		folder_pass_done(f);
}

static void cut(struct run *r)
{
	r->commands = 0;
	r->failed = true;
	if (r->on_disk)
		return; /* its done() sees that it failed */
	switch (r->effect.type) {
	case EFFECT_UPLOAD:
		run_upload_cut(r);
		break;
	case EFFECT_MOVE_THERE:
		run_move_cut(r);
		break;
	case EFFECT_DELETE_THERE:
		run_delete_cut(r);
		break;
	default:
		run_done(r, false);
		break;
	}
}

void folder_run_cut(struct folder *f)
{
	struct run *next;

	f->ncommands = 0;
	for (struct run *r = f->runs; r; r = next) {
		next = r->next;
		if (r->commands > 0 || r->sending)
			cut(r);
	}
}

static void start_waiting(struct folder *f)
{
	struct run *r = f->runs, *next;

	for (; r; r = next) {
		next = r->next;
		if (!r->drain)
			continue;
		if (r->failed || f->stopped)
			run_done(r, false);
		else
			start_drained(r);
	}
}

void folder_drained(struct folder *f)
{
	if (!sink_idle(f->sink))
		return;
	if (f->phase == FOLDER_ENDING) {
		folder_check_end(f);
		return;
	}
	start_waiting(f);
	folder_pump(f);
}

/* All commands of a STORE, FETCH or CONFIRM are answered. */
static void commands_done(struct run *r)
{
	/* W3: what was stored is recorded, also where a part was refused. */
	if (r->effect.type == EFFECT_STORE && r->effect.n > 0 && !r->failed)
		post(r);
	else
		run_done(r, !r->failed);
}

void folder_run_answered(struct run *r, size_t item,
			 const struct imap4_event *ev)
{
	r->commands--;
	if (ev->status == IMAP4_STATUS_LOST) {
		r->folder->stopped = true;
		r->folder->result.lost = true;
	}
	switch (r->effect.type) {
	case EFFECT_UPLOAD:
		run_upload_answered(r, item, ev);
		return;
	case EFFECT_MOVE_THERE:
		run_move_answered(r, ev);
		return;
	case EFFECT_DELETE_THERE:
		run_delete_answered(r, ev);
		return;
	default:
		folder_body_answered(r, ev);
		break;
	}
	if (r->commands == 0)
		commands_done(r);
}

void folder_run_abandon(struct folder *f)
{
	if (f->body.open && !f->too_large)
		sink_cancel(f->sink);
	f->body = (struct body){0};
	sink_flush(f->sink, true);
}
