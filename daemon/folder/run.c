/* SPDX-License-Identifier: MIT */
#include "daemon/folder/run.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/pass.h"

static const struct run_kind *const kinds[] = {
    [EFFECT_FETCH] = &run_fetch,         [EFFECT_ADOPT] = &run_record,
    [EFFECT_PROVE] = &run_record,        [EFFECT_MOVE_HERE] = &run_record,
    [EFFECT_UPLOAD] = &run_upload,       [EFFECT_MOVE_THERE] = &run_move,
    [EFFECT_FLAGS_HERE] = &run_record,   [EFFECT_STORE] = &run_store,
    [EFFECT_RECORD] = &run_record,       [EFFECT_FORGET] = &run_record,
    [EFFECT_FATE] = &run_record,         [EFFECT_CONFIRM] = &run_confirm,
    [EFFECT_DIE_HERE] = &run_record,     [EFFECT_DIE_THERE] = &run_record,
    [EFFECT_DELETE_THERE] = &run_delete, [EFFECT_POSITION] = &run_position,
    [EFFECT_COMMIT] = &run_commit,
};

/* Do its commands change the mailbox? */
static bool changes_there(enum effect_type type)
{
	return type == EFFECT_UPLOAD || type == EFFECT_MOVE_THERE ||
	       type == EFFECT_STORE || type == EFFECT_DELETE_THERE;
}

static struct run *run_new(struct folder *f, const struct effect *e)
{
	const struct run_kind *kind = kinds[e->type];
	struct run *r = xcalloc(1, kind->size);

	r->kind = kind;
	r->folder = f;
	r->effect = *e;
	r->next = f->runs.first;
	f->runs.first = r;
	return r;
}

static void run_free(struct run *r)
{
	struct run **p = &r->folder->runs.first;

	while (*p != r)
		p = &(*p)->next;
	*p = r->next;
	if (r->kind->release)
		r->kind->release(r);
	free(r->own);
	free(r);
}

void run_done(struct run *r, bool ok)
{
	exec_done(&r->folder->runs.exec, &r->effect, ok);
	run_free(r);
}

static int uid_cmp(const void *key, const void *item)
{
	uint32_t uid = *(const uint32_t *)key;
	const struct action *a = item;

	return uid < a->uid ? -1 : uid > a->uid;
}

const struct action *run_find(const struct action *a, size_t n, uint32_t uid)
{
	return n ? bsearch(&uid, a, n, sizeof(*a), uid_cmp) : NULL;
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

void run_post(struct run *r, struct store_job *j, void (*run)(struct job *j),
	      void (*done)(struct job *j))
{
	j->job = (struct job){.run = run, .done = done};
	j->store = r->folder->env.store;
	j->owner = r;
	j->result = 0;
	r->on_disk = true;
	r->folder->jobs++;
	disk_post(r->folder->env.disk, &j->job);
}

struct run *run_job_done(struct job *j)
{
	struct run *r = ((struct store_job *)j)->owner;

	r->on_disk = false;
	r->folder->jobs--;
	return r;
}

struct run *run_job_ended(struct job *j)
{
	const struct store_job *s = (struct store_job *)j;
	struct run *r = run_job_done(j);
	struct folder *f = r->folder;

	if (s->result >= 0)
		return r;
	folder_fail(f, &s->err);
	run_done(r, false);
	run_pump(f);
	return NULL;
}

/* Commands. */

int run_remember(struct run *r, int submitted, imap4_id id, size_t item)
{
	struct runs *all = &r->folder->runs;

	if (submitted < 0) {
		r->failed = true;
		return -1;
	}
	all->command = xgrow(all->command, all->ncommands, &all->cap,
			     sizeof(*all->command));
	all->command[all->ncommands++] = (struct command){id, r, item};
	r->commands++;
	if (changes_there(r->effect.type))
		r->folder->result.there_known = false;
	return 0;
}

static int each_text(struct run *r, const struct imap4_set *set,
		     int (*fn)(struct run *r, const char *set))
{
	char text[RUN_SET_BYTES];
	size_t from = 0;
	int end = 0;

	while (from < set->n && end == 0) {
		imap4_set_format(set, &from, text, sizeof(text));
		end = fn(r, text);
	}
	return end;
}

/* RFC 9738: more messages than its limit a server would not handle. */
void run_each_set(struct run *r, int (*fn)(struct run *r, const char *set))
{
	const struct action *a = run_actions(r);
	size_t most = r->folder->remote_list.limit, n = r->effect.n;
	int end = 0;

	if (most == 0)
		most = n;
	for (size_t i = 0, part; i < n && end == 0; i += part) {
		struct imap4_set set = {0};
		part = n - i < most ? n - i : most;
		for (size_t k = i; k < i + part; k++) {
			if (imap4_set_add(&set, a[k].uid, a[k].uid) < 0)
				abort();
		}
		end = each_text(r, &set, fn);
		imap4_set_release(&set);
	}
}

void run_submit(struct run *r, int (*fn)(struct run *r, const char *set))
{
	if (folder_engine(r->folder))
		run_each_set(r, fn);
	else
		r->failed = true;
	if (r->commands == 0)
		run_done(r, false);
}

/* The sink. */

void run_drain(struct run *r)
{
	sink_flush(r->folder->runs.sink, true);
	r->drain = true;
}

static void start_waiting(struct folder *f)
{
	struct run *r = f->runs.first, *next;

	for (; r; r = next) {
		next = r->next;
		if (!r->drain)
			continue;
		r->drain = false;
		if (r->failed || f->stopped)
			run_done(r, false);
		else
			r->kind->drained(r);
	}
}

static void drained(struct folder *f)
{
	if (!sink_idle(f->runs.sink))
		return;
	if (f->phase == FOLDER_ENDING) {
		folder_check_end(f);
		return;
	}
	start_waiting(f);
	run_pump(f);
}

static void read_on(struct folder *f)
{
	if (!f->runs.paused || sink_full(f->runs.sink))
		return;
	f->runs.paused = false;
	if (f->env.session)
		session_resume(f->env.session);
}

static void read_no_more(struct folder *f)
{
	if (f->runs.paused || !sink_full(f->runs.sink) || !f->env.session)
		return;
	f->runs.paused = true;
	session_pause(f->env.session);
}

static void on_sink(void *ctx, size_t committed, const struct err *err)
{
	struct folder *f = ctx;

	intake_committed(f, committed);
	if (err) {
		folder_fail(f, err);
		/* Nothing more can be stored here: what still comes is read
		 * and dropped. */
		exec_abort(&f->runs.exec);
		f->stopped = true;
	}
	read_on(f);
	drained(f);
}

/* The pass. */

static bool moves_position(const struct folder *f)
{
	struct pass_facts facts = {
	    .plan = &f->plan,
	    .again = f->again,
	    .partial = f->remote_list.partial,
	    .pulls = f->env.account->direction != CONFIG_PUSH,
	    .uidvalidity = f->remote_list.uidvalidity,
	};

	return pass_moves_position(&facts);
}

static bool next(struct folder *f, struct effect *out)
{
	if (!moves_position(f))
		exec_hold_position(&f->runs.exec);
	return !f->stopped && exec_next(&f->runs.exec, out);
}

void run_pump(struct folder *f)
{
	struct effect e;

	if (f->phase != FOLDER_RUNNING)
		return;
	while (next(f, &e)) {
		struct run *r = run_new(f, &e);
		r->kind->start(r);
		if (f->phase != FOLDER_RUNNING)
			return;
	}
	folder_flush(f);
	if (f->runs.first)
		return;
	if (f->stopped || exec_finished(&f->runs.exec))
		folder_pass_done(f);
}

static void cut(struct run *r)
{
	r->commands = 0;
	r->failed = true;
	if (r->on_disk)
		return; /* its done() sees that it failed */
	if (r->kind->cut)
		r->kind->cut(r);
	else
		run_done(r, false);
}

void run_cut(struct folder *f)
{
	struct run *r = f->runs.first, *next;

	f->runs.ncommands = 0;
	for (; r; r = next) {
		next = r->next;
		if (r->commands > 0)
			cut(r);
	}
	run_pump(f);
}

void run_abandon(struct folder *f)
{
	if (!f->runs.sink)
		return;
	intake_abandon(f);
	sink_flush(f->runs.sink, true);
}

static const struct sink_handler sink_handler = {.progress = on_sink};

void run_begin(struct folder *f)
{
	exec_init(&f->runs.exec, &f->plan, f->past.fetch_batch,
		  f->remote_list.limit);
	/* What was set aside may be what costs connections. */
	if (f->env.task.careful || folder_aside_due(f))
		exec_careful(&f->runs.exec);
	f->runs.sink = sink_new(f->env.disk, f->env.store, &f->view.local,
				&sink_handler, f);
	intake_begin(f);
}

void run_release(struct folder *f)
{
	sink_free(f->runs.sink);
	f->runs.sink = NULL;
	intake_release(f);
}

/* Events. */

static const struct command *find_command(const struct folder *f, imap4_id id)
{
	for (size_t i = 0; i < f->runs.ncommands; i++) {
		if (f->runs.command[i].id == id)
			return &f->runs.command[i];
	}
	return NULL;
}

static void take_done(struct folder *f, const struct imap4_event *ev)
{
	struct runs *all = &f->runs;
	const struct command *c = find_command(f, ev->id);

	if (!c)
		return;
	struct command done = *c;
	all->command[c - all->command] = all->command[--all->ncommands];
	done.run->commands--;
	if (ev->status == IMAP4_STATUS_LOST) {
		f->stopped = true;
		f->result.lost = true;
	}
	done.run->kind->answered(done.run, done.item, ev);
	run_pump(f);
}

static void take_asked(struct folder *f, const struct imap4_event *ev)
{
	const struct command *c = find_command(f, ev->id);

	if (c && c->run->kind->asked)
		c->run->kind->asked(c->run, c->item, ev);
}

static void tell(struct folder *f, const struct imap4_event *ev)
{
	for (struct run *r = f->runs.first; r; r = r->next) {
		if (r->kind->told)
			r->kind->told(r, ev);
	}
}

void run_event(struct folder *f, const struct imap4_event *ev)
{
	intake_event(f, ev);
	switch (ev->type) {
	case IMAP4_EV_FETCH:
		if (ev->fetch.have & IMAP4_F_BODY)
			break;
		tell(f, ev);
		/* Somebody else's doing. */
		if ((ev->fetch.have & IMAP4_F_UID) &&
		    (ev->fetch.have & IMAP4_F_FLAGS))
			f->again = true;
		break;
	case IMAP4_EV_BODY_DATA:
		read_no_more(f);
		break;
	case IMAP4_EV_APPEND_DATA:
		take_asked(f, ev);
		break;
	case IMAP4_EV_STATUS:
		tell(f, ev);
		break;
	case IMAP4_EV_EXISTS:
		f->again |= ev->number != f->remote_list.exists;
		break;
	case IMAP4_EV_EXPUNGE:
	case IMAP4_EV_VANISHED:
		f->again = true;
		break;
	case IMAP4_EV_DONE:
		take_done(f, ev);
		break;
	default:
		break;
	}
}
