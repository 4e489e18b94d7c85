/* SPDX-License-Identifier: MIT */
/* Gets messages: commands for their bodies, and the bodies on their way to the
 * sink. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/xalloc.h"
#include "daemon/folder/run.h"

/* After a fetch that left messages out: ask for fewer at a time, so that the
 * one that the server cannot give does not take others with it. */
#define BATCH_SHRINK 16

/* The bodies. */

static void report(struct folder *f)
{
	f->env.handler->progress(f->env.ctx, f->intake.committed, f->intake.n,
				 sink_bytes(f->runs.sink));
}

/* Index among the messages to fetch, or -1: not asked for, or here already. */
static long wanted(const struct folder *f, const struct imap4_fetch *m)
{
	if (!(m->have & IMAP4_F_UID))
		return -1;
	const struct action *a = run_find(f->plan.action, f->intake.n, m->uid);
	if (!a)
		return -1;
	size_t i = (size_t)(a - f->plan.action);
	return f->intake.got[i] ? -1 : (long)i;
}

static void take_body(struct folder *f, const struct imap4_fetch *m)
{
	long i = wanted(f, m);

	/* Gmail and Exchange send nothing for a broken message: an empty file
	 * would be taken for it. Dovecot has messages that are empty. */
	bool broken =
	    f->intake.body.empty && !((m->have & IMAP4_F_SIZE) && m->size == 0);
	if (i < 0 || broken || !(m->have & IMAP4_F_FLAGS)) {
		sink_cancel(f->runs.sink);
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
	sink_close(f->runs.sink, &a);
	f->intake.got[i] = true;
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
	long i = wanted(f, m);
	struct err err;

	if (i < 0)
		return;
	f->intake.got[i] = true;
	err_set(&err, ERR_HELD, ERR_SCOPE_MESSAGE,
		"message UID %lu has %llu octets: more than max_size",
		(unsigned long)m->uid, (unsigned long long)f->intake.too_large);
	folder_aside_put(f, m->uid, &err, f->intake.too_large);
}

void intake_event(struct folder *f, const struct imap4_event *ev)
{
	struct intake *in = &f->intake;
	struct sink *sink = f->runs.sink;

	switch (
	    body_event(&in->body, ev, f->runs.exec.fetching > 0 ? "" : NULL)) {
	case BODY_OPENS:
		in->too_large =
		    is_too_large(f, ev->body.size) ? ev->body.size : 0;
		if (!in->too_large)
			sink_open(sink);
		break;
	case BODY_GROWS:
		if (!in->too_large)
			sink_data(sink, ev->body.data.p, ev->body.data.len);
		break;
	case BODY_DROPPED:
		if (!in->too_large)
			sink_cancel(sink);
		break;
	case BODY_WHOLE:
		if (in->too_large)
			leave_out(f, &ev->fetch);
		else
			take_body(f, &ev->fetch);
		break;
	case BODY_NOTHING:
		break;
	}
}

void intake_begin(struct folder *f)
{
	size_t n = plan_count(&f->plan, ACTION_FETCH);

	f->intake = (struct intake){
	    .n = n, .got = xcalloc(n + 1, sizeof(*f->intake.got))};
	if (n > 0)
		report(f);
}

void intake_committed(struct folder *f, size_t n)
{
	f->intake.committed += n;
	f->result.fetched += n;
	if (n > 0)
		report(f);
}

void intake_abandon(struct folder *f)
{
	if (f->intake.body.open && !f->intake.too_large)
		sink_cancel(f->runs.sink);
	f->intake.body = (struct body){0};
}

void intake_release(struct folder *f)
{
	free(f->intake.got);
	f->intake = (struct intake){0};
}

/* The effect. */

static int submit(struct run *r, const char *set)
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

static void start(struct run *r)
{
	run_submit(r, submit);
}

/* Has the action with that index come? */
static bool has_come(const struct run *r, size_t i)
{
	const struct folder *f = r->folder;

	return f->intake.got[(size_t)(r->effect.first - f->plan.action) + i];
}

static void shrink_batch(struct folder *f)
{
	f->past.fetch_batch = f->runs.exec.fetch_batch / BATCH_SHRINK;
	if (f->past.fetch_batch == 0)
		f->past.fetch_batch = 1;
	f->again = true;
}

static void say_missing(const struct run *r, const struct imap4_event *ev,
			struct err *err)
{
	if (ev->status == IMAP4_STATUS_OK)
		err_set(err, ERR_HELD, ERR_SCOPE_MESSAGE,
			"message UID %lu is listed, but the server does not "
			"send it",
			(unsigned long)r->effect.first->uid);
	else
		reply_command_err(ev, REACH_MESSAGE, "FETCH", err);
}

/* Not all of them came. */
static void left_out(struct run *r, const struct imap4_event *ev)
{
	struct folder *f = r->folder;
	struct err err;

	say_missing(r, ev, &err);
	if (err.scope >= ERR_SCOPE_ACCOUNT) {
		folder_fail(f, &err);
	} else if (r->effect.n > 1) {
		shrink_batch(f);
	} else {
		f->result.refused++;
		if (err.hint[0] == '\0')
			err_hint(&err, "all others are here; it is asked for "
				       "again later");
		folder_fail(f, &err);
		folder_aside_put(f, r->effect.first->uid, &err, 0);
	}
}

static void answered(struct run *r, size_t item, const struct imap4_event *ev)
{
	size_t missing = 0;

	(void)item;
	for (size_t i = 0; i < r->effect.n; i++)
		missing += !has_come(r, i);
	r->failed |= missing > 0;
	if (missing > 0 && ev->status != IMAP4_STATUS_LOST)
		left_out(r, ev);
	if (r->commands == 0)
		run_done(r, !r->failed);
}

static bool was_refused(const struct folder *f, uint32_t uid)
{
	for (size_t i = 0; i < f->view.naside; i++) {
		if (f->view.aside[i].uid == uid)
			return true;
	}
	return false;
}

/* What came of a command came before what breaks the connection. */
static void in_flight(const struct run *r, struct flight *out)
{
	const struct folder *f = r->folder;

	for (size_t i = 0; i < r->effect.n; i++) {
		uint32_t uid = r->effect.first[i].uid;
		if (!has_come(r, i))
			flight_add(out, &(struct flight_item){
					    .kind = FLIGHT_BODY,
					    .folder = f->box->display,
					    .id = uid,
					    .known = was_refused(f, uid)});
	}
}

const struct run_kind run_fetch = {
    .size = sizeof(struct run),
    .start = start,
    .answered = answered,
    .in_flight = in_flight,
};
