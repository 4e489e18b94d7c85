/* SPDX-License-Identifier: MIT */
/* What the server says while a folder's plan is carried out: bodies on their
 * way to the sink, answers, and news of other clients' doings. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/folder/folder_priv.h"

/* After a fetch that left messages out: ask for fewer at a time, so that the
 * one that the server cannot give does not take others with it. */
#define BATCH_SHRINK 16

static int uid_cmp(const void *key, const void *item)
{
	uint32_t uid = *(const uint32_t *)key;
	const struct action *a = item;

	return uid < a->uid ? -1 : uid > a->uid;
}

static const struct action *find_action(const struct action *a, size_t n,
					uint32_t uid)
{
	return n ? bsearch(&uid, a, n, sizeof(*a), uid_cmp) : NULL;
}

static void report(struct folder *f)
{
	f->env.handler->progress(f->env.ctx, f->committed, f->nfetch,
				 sink_bytes(f->sink));
}

/* Index among the messages to fetch, or -1: not asked for, or here already. */
static long wanted(const struct folder *f, uint32_t uid)
{
	const struct action *a = find_action(f->plan.action, f->nfetch, uid);

	if (!a)
		return -1;
	size_t i = (size_t)(a - f->plan.action);
	return f->got[i] ? -1 : (long)i;
}

static void take_body(struct folder *f, const struct imap4_fetch *m)
{
	long i = (m->have & IMAP4_F_UID) ? wanted(f, m->uid) : -1;

	/* Gmail and Exchange send nothing for a broken message: an empty file
	 * would be taken for it. Dovecot has messages that are empty. */
	bool broken =
	    f->body.empty && !((m->have & IMAP4_F_SIZE) && m->size == 0);
	if (i < 0 || broken || !(m->have & IMAP4_F_FLAGS)) {
		sink_cancel(f->sink);
		return;
	}
	struct store_arrival a = {
	    .uid = m->uid,
	    .flags =
		flag_map_flags(&f->flag_map, m->flags, m->words, m->nwords),
	    .internaldate = m->have & IMAP4_F_INTERNALDATE
				? m->internaldate
				: clock_wall_ns() / 1000000000,
	};
	remote_list_emailid(m, a.emailid, sizeof(a.emailid));
	sink_close(f->sink, &a);
	f->got[i] = true;
}

/* RFC822.SIZE is only what the server says: this is what it sends. */
static bool is_too_large(const struct folder *f, uint64_t size)
{
	uint64_t most = f->env.account->max_size;

	return most > 0 && size > most;
}

/* It was read and thrown away, once: until max_size is raised. */
static void leave_out(struct folder *f, const struct imap4_fetch *m)
{
	long i = (m->have & IMAP4_F_UID) ? wanted(f, m->uid) : -1;
	struct err err;

	if (i < 0)
		return;
	f->got[i] = true;
	err_set(&err, ERR_HELD, ERR_SCOPE_MESSAGE,
		"message UID %lu has %llu octets: more than max_size",
		(unsigned long)m->uid, (unsigned long long)f->too_large);
	folder_aside_put(f, m->uid, &err, f->too_large);
}

/* Somebody else's doing, or the answer to the second look. */
static void take_new_messages(struct folder *f, const struct imap4_fetch *m)
{
	if (!(m->have & IMAP4_F_UID))
		return;
	for (struct run *r = f->runs; r; r = r->next) {
		if (r->effect.type == EFFECT_CONFIRM &&
		    find_action(r->effect.first, r->effect.n, m->uid)) {
			r->failed = true;
			f->again = true;
		}
	}
	if (m->have & IMAP4_F_FLAGS)
		f->again = true;
}

static void fetch_ended(struct run *r, const struct imap4_event *ev)
{
	struct folder *f = r->folder;
	size_t first = (size_t)(r->effect.first - f->plan.action);
	size_t missing = 0;

	for (size_t i = 0; i < r->effect.n; i++)
		missing += !f->got[first + i];
	if (missing == 0 || ev->status == IMAP4_STATUS_LOST) {
		r->failed |= missing > 0;
		return;
	}
	r->failed = true;
	struct err err;
	if (ev->status == IMAP4_STATUS_OK)
		err_set(&err, ERR_HELD, ERR_SCOPE_MESSAGE,
			"message UID %lu is listed, but the server does not "
			"send it",
			(unsigned long)r->effect.first->uid);
	else
		session_command_err(ev, REACH_MESSAGE, "FETCH", &err);
	if (err.scope >= ERR_SCOPE_ACCOUNT) {
		folder_fail(f, &err);
		return;
	}
	if (r->effect.n > 1) {
		f->fetch_batch = f->exec.fetch_batch / BATCH_SHRINK;
		if (f->fetch_batch == 0)
			f->fetch_batch = 1;
		f->again = true;
		return;
	}
	f->result.refused++;
	if (err.hint[0] == '\0')
		err_hint(&err, "all others are here; it is asked for again "
			       "later");
	folder_fail(f, &err);
	folder_aside_put(f, r->effect.first->uid, &err, 0);
}

static void store_ended(struct run *r, const struct imap4_event *ev)
{
	if (ev->code.code == IMAP4_CODE_MODIFIED) {
		/* UNCHANGEDSINCE: these had changed meanwhile and were left
		 * alone; the next pass looks at them again (RFC 7162 3.1.3). */
		run_leave_out(r, &ev->code.src);
		r->folder->again = true;
		return;
	}
	if (ev->status == IMAP4_STATUS_OK)
		return;
	r->failed = true;
	if (ev->status == IMAP4_STATUS_LOST)
		return;
	struct err err;
	session_command_err(ev, REACH_MESSAGE, "STORE", &err);
	folder_fail(r->folder, &err);
}

static void confirm_ended(struct run *r, const struct imap4_event *ev)
{
	if (ev->status == IMAP4_STATUS_OK)
		return;
	r->failed = true;
	r->folder->again |= ev->status == IMAP4_STATUS_NO;
}

void folder_body_answered(struct run *r, const struct imap4_event *ev)
{
	switch (r->effect.type) {
	case EFFECT_FETCH:
		fetch_ended(r, ev);
		break;
	case EFFECT_STORE:
		store_ended(r, ev);
		break;
	default:
		confirm_ended(r, ev);
		break;
	}
}

static struct command *find_command(struct folder *f, imap4_id id)
{
	for (size_t i = 0; i < f->ncommands; i++) {
		if (f->command[i].id == id)
			return &f->command[i];
	}
	return NULL;
}

/* COPYUID comes untagged before a MOVE ends (RFC 6851 4.3). */
static void take_status(struct folder *f, const struct imap4_event *ev)
{
	if (ev->code.code != IMAP4_CODE_COPYUID)
		return;
	for (struct run *r = f->runs; r; r = r->next) {
		if (r->commands == 0)
			continue;
		if (r->effect.type == EFFECT_MOVE_THERE)
			run_move_told(r, ev);
		else if (r->effect.type == EFFECT_DELETE_THERE)
			run_delete_told(r, ev);
	}
}

static void take_done(struct folder *f, const struct imap4_event *ev)
{
	struct command *c = find_command(f, ev->id);

	if (!c)
		return;
	struct command done = *c;
	*c = f->command[--f->ncommands];
	folder_run_answered(done.run, done.item, ev);
	folder_pump(f);
}

static void check_full(struct folder *f)
{
	if (f->paused || !sink_full(f->sink) || !folder_conn(f))
		return;
	f->paused = true;
	imap4_conn_pause(folder_conn(f));
}

static void pass_body(struct folder *f, const struct imap4_event *ev)
{
	switch (body_event(&f->body, ev, f->exec.fetching > 0 ? "" : NULL)) {
	case BODY_OPENS:
		f->too_large =
		    is_too_large(f, ev->body.size) ? ev->body.size : 0;
		if (!f->too_large)
			sink_open(f->sink);
		break;
	case BODY_GROWS:
		if (f->too_large)
			break;
		sink_data(f->sink, ev->body.data.p, ev->body.data.len);
		check_full(f);
		break;
	case BODY_DROPPED:
		if (!f->too_large)
			sink_cancel(f->sink);
		break;
	case BODY_WHOLE:
		if (f->too_large)
			leave_out(f, &ev->fetch);
		else
			take_body(f, &ev->fetch);
		break;
	case BODY_NOTHING:
		break;
	}
}

void folder_run_event(struct folder *f, const struct imap4_event *ev)
{
	pass_body(f, ev);
	switch (ev->type) {
	case IMAP4_EV_FETCH:
		if (!(ev->fetch.have & IMAP4_F_BODY))
			take_new_messages(f, &ev->fetch);
		break;
	case IMAP4_EV_APPEND_DATA: {
		const struct command *c = find_command(f, ev->id);
		if (c)
			run_upload_asked(c->run, ev);
		break;
	}
	case IMAP4_EV_STATUS:
		take_status(f, ev);
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

static void on_sink(void *ctx, size_t committed, const struct err *err)
{
	struct folder *f = ctx;

	f->committed += committed;
	f->result.fetched += committed;
	if (committed > 0)
		report(f);
	if (err) {
		folder_fail(f, err);
		/* Nothing more can be stored here: what still comes is read
		 * and dropped. */
		f->exec.failed = f->exec.unsafe = true;
		f->stopped = true;
	}
	if (f->paused && !sink_full(f->sink)) {
		f->paused = false;
		if (folder_conn(f))
			imap4_conn_resume(folder_conn(f));
	}
	folder_drained(f);
}

static const struct sink_handler sink_handler = {.progress = on_sink};

void folder_run_begin(struct folder *f)
{
	f->nfetch = plan_count(&f->plan, ACTION_FETCH);
	f->got = xcalloc(f->nfetch + 1, sizeof(*f->got));
	f->env.store->present = &f->view.local;
	f->sink = sink_new(f->env.disk, f->env.store, &sink_handler, f);
	if (f->nfetch > 0)
		report(f);
}

void folder_run_release(struct folder *f)
{
	sink_free(f->sink);
	f->sink = NULL;
	f->env.store->present = NULL;
	free(f->got);
	f->got = NULL;
	f->nfetch = 0;
	f->body = (struct body){0};
}
