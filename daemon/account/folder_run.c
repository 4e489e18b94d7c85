/* SPDX-License-Identifier: MIT */
/* Effects: IMAP commands and disk jobs of a folder's plan, and their outcomes.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/folder_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

/* RFC 7162 4: lines of more than about 8,000 octets are refused by some. */
#define SET_BYTES 7000

static void run_done(struct run *r, bool ok);

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
	free(r->own);
	free(r);
}

static const struct action *run_actions(const struct run *r)
{
	return r->own ? r->own : r->effect.first;
}

/* Disk side. */

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
	case EFFECT_STORE:
	case EFFECT_RECORD:
		r->result = store_record(s, a, n, &r->err);
		break;
	case EFFECT_FORGET:
		r->result = store_forget(s, a, n, &r->err);
		break;
	case EFFECT_TOMBSTONE:
		r->result = store_tombstone(s, a, n, &r->err);
		break;
	case EFFECT_POSITION:
		r->result =
		    store_position(s, f->look.uidvalidity, f->look.uidnext,
				   f->look.modseq, &r->err);
		break;
	case EFFECT_FETCH:
	case EFFECT_CONFIRM:
		break;
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
		break;
	case EFFECT_STORE:
		f->result.flags_there += n;
		/* HIGHESTMODSEQ rose by our own doing: learn it, and whether
		 * the server did what it said. */
		f->again = true;
		break;
	case EFFECT_TOMBSTONE:
		f->result.trashed += n;
		f->result.tombstones = true;
		break;
	default:
		break;
	}
}

static void disk_done(struct job *j)
{
	struct run *r = (struct run *)j;
	struct folder *f = r->folder;

	f->jobs--;
	if (r->result == 0)
		count_done(f, r);
	if (r->result < 0 || r->not_done > 0)
		folder_fail(f, &r->err);
	run_done(r, r->result == 0 && r->not_done == 0 && !r->failed);
	folder_pump(f);
}

static void post(struct run *r)
{
	r->job = (struct job){.run = disk_run, .done = disk_done};
	r->folder->jobs++;
	disk_post(r->folder->env.disk, &r->job);
}

/* Commands. */

static int remember(struct run *r, int submitted, imap4_id id)
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
	f->command[f->ncommands++] = (struct command){id, r};
	r->commands++;
	return 0;
}

/* Calls fn for the effect's UIDs, in sets that fit a line. */
static void each_set(struct run *r, int (*fn)(struct run *r, const char *set))
{
	const struct action *a = run_actions(r);
	struct imap4_set set = {0};
	char text[SET_BYTES];
	size_t from = 0;

	for (size_t i = 0; i < r->effect.n; i++) {
		if (imap4_set_add(&set, a[i].uid, a[i].uid) < 0)
			abort();
	}
	while (from < set.n) {
		imap4_set_format(&set, &from, text, sizeof(text));
		if (fn(r, text) < 0)
			break;
	}
	imap4_set_release(&set);
}

static int submit_fetch(struct run *r, const char *set)
{
	imap4_id id = 0;
	int e = imap4_submit_uid_fetch(folder_engine(r->folder), set,
				       "UID FLAGS INTERNALDATE BODY.PEEK[]", 0,
				       false, &id);

	return remember(r, e, id);
}

static int submit_confirm(struct run *r, const char *set)
{
	imap4_id id = 0;
	int e = imap4_submit_uid_fetch(folder_engine(r->folder), set, "UID", 0,
				       false, &id);

	return remember(r, e, id);
}

static int submit_store(struct run *r, const char *set)
{
	struct folder *f = r->folder;
	const struct action *a = r->effect.first;
	struct buf names;
	imap4_id id = 0;
	/* A second change of the same messages would be refused for the first
	 * one's sake. */
	uint64_t since = a->flags ? 0 : f->look.modseq;

	buf_init(&names, 64 * 1024);
	int e = vocabulary_names(&f->view.table, a->add | a->del, &names);
	if (e == 0)
		e = imap4_submit_uid_store(folder_engine(f), set,
					   a->add ? '+' : '-', names.data,
					   since, &id);
	buf_release(&names);
	return remember(r, e, id);
}

static void start_commands(struct run *r, int (*fn)(struct run *, const char *))
{
	if (folder_engine(r->folder))
		each_set(r, fn);
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
	case EFFECT_CONFIRM:
	case EFFECT_POSITION:
		sink_flush(f->sink, true);
		r->drain = true;
		break;
	case EFFECT_ADOPT:
	case EFFECT_FLAGS_HERE:
	case EFFECT_RECORD:
	case EFFECT_FORGET:
	case EFFECT_TOMBSTONE:
		post(r);
		break;
	}
}

/* A position must not say more than what is known to be done: what the guard
 * holds, what was left out, what moved meanwhile has to be seen again. */
static bool position_holds(const struct folder *f)
{
	return !f->again && f->plan.held == 0 && f->plan.kept == 0 &&
	       f->look.uidvalidity != 0 &&
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
			sink_flush(f->sink, true);
			r->drain = true;
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

static void run_done(struct run *r, bool ok)
{
	struct folder *f = r->folder;

	exec_done(&f->exec, &r->effect, ok);
	run_free(r);
}

void folder_run_cut(struct folder *f)
{
	struct run *next;

	f->ncommands = 0;
	for (struct run *r = f->runs; r; r = next) {
		next = r->next;
		if (r->commands > 0)
			run_done(r, false);
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

void folder_commands_done(struct run *r)
{
	if (r->effect.type != EFFECT_STORE || r->effect.n == 0) {
		run_done(r, !r->failed);
		return;
	}
	/* W3: what was stored is recorded, also where a part was refused. */
	if (r->failed)
		run_done(r, false);
	else
		post(r);
}

void folder_run_abandon(struct folder *f)
{
	if (f->body_open)
		sink_cancel(f->sink);
	f->body_open = false;
	sink_flush(f->sink, true);
}
