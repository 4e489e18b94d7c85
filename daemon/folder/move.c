/* SPDX-License-Identifier: MIT */
/* Lets messages follow their files into another folder: by UID MOVE, or by COPY
 * where the server has no MOVE; the originals are deleted in the end then. One
 * command each time. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/folder/copyuid.h"
#include "daemon/folder/run.h"
#include "daemon/store/batch/transfer.h"

struct moving {
	struct run run;
	struct transfer_job job;
};

static struct transfer *of(struct run *r)
{
	return &((struct moving *)r)->job.transfer;
}

static void post(struct run *r, void (*run)(struct job *j),
		 void (*done)(struct job *j))
{
	struct transfer_job *t = &((struct moving *)r)->job;

	t->action = r->effect.first;
	t->n = r->effect.n;
	run_post(r, &t->base, run, done);
}

static void record_done(struct job *j)
{
	struct run *r = run_job_ended(j);

	if (!r)
		return;
	struct folder *f = r->folder;
	if (of(r)->end != TRANSFER_NOT) {
		f->result.moved_there += r->effect.n;
		f->result.reap |= of(r)->end == TRANSFER_COPIED;
		f->again = true;
		ledger_stir(f->env.moves, of(r)->to);
	}
	run_done(r, !r->failed);
	run_pump(f);
}

static void record(struct run *r, enum transfer_end end)
{
	of(r)->end = end;
	post(r, transfer_record_run, record_done);
}

static int submit(struct run *r, const char *set)
{
	struct imap4_engine *e = folder_engine(r->folder);
	const char *to = of(r)->box.wire;
	struct imap4_str name = {to, strlen(to)};
	imap4_id id = 0;
	int rc = of(r)->by_move ? imap4_engine_uid_move(e, set, name, &id)
				: imap4_engine_uid_copy(e, set, name, &id);

	return run_remember(r, rc, id, 0);
}

/* A file that is not there any more is no reason to move its message: where it
 * is by now, the next sync sees. */
static void leave_out_unready(struct run *r)
{
	const struct transfer *t = of(r);
	struct imap4_set gone = {0};

	for (size_t i = 0; i < t->n; i++) {
		uint32_t uid = t->item[i].uid;
		if (!t->item[i].ready && imap4_set_add(&gone, uid, uid) < 0)
			abort();
	}
	if (gone.n > 0) {
		run_leave_out(r, &gone);
		r->failed = true;
	}
	imap4_set_release(&gone);
}

static void begin_done(struct job *j)
{
	struct run *r = run_job_ended(j);

	if (!r)
		return;
	struct folder *f = r->folder;
	struct imap4_engine *e = folder_engine(f);
	if (!f->stopped && !r->failed && e) {
		leave_out_unready(r);
		of(r)->by_move = reply_has_in_rev2(e, "MOVE");
		run_each_set(r, submit);
	}
	if (r->commands == 0) {
		r->failed = true;
		record(r, TRANSFER_NOT);
	}
	run_pump(f);
}

static struct transfer_target target_of(const struct mailbox *box)
{
	return (struct transfer_target){
	    .wire = xstrdup(box->wire),
	    .name = xstrdup(box->name),
	    .display = xstrdup(box->display),
	    .delim = box->delim,
	    .uidvalidity =
		box->have & IMAP4_ST_UIDVALIDITY ? box->uidvalidity : 0,
	    .uidnext = box->have & IMAP4_ST_UIDNEXT ? box->uidnext : 0,
	};
}

static void start(struct run *r)
{
	struct folder *f = r->folder;
	int64_t to = r->effect.first->other;
	const struct mailbox *box = mailboxes_find_row(f->env.boxes, to);

	if (!box) {
		run_done(r, false);
		return;
	}
	of(r)->to = to;
	of(r)->box = target_of(box);
	post(r, transfer_begin_run, begin_done);
}

static void told(struct run *r, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_STATUS && r->commands > 0)
		copyuid_take(&of(r)->pairs, &ev->code);
}

static void answered(struct run *r, size_t item, const struct imap4_event *ev)
{
	struct err err;

	(void)item;
	if (ev->status == IMAP4_STATUS_OK) {
		copyuid_take(&of(r)->pairs, &ev->code);
		record(r, of(r)->by_move ? TRANSFER_MOVED : TRANSFER_COPIED);
		return;
	}
	r->failed = true;
	/* Nobody knows: it stays promised, and the next look resolves it. */
	if (ev->status == IMAP4_STATUS_LOST) {
		run_done(r, false);
		return;
	}
	reply_command_err(ev, REACH_MESSAGE, of(r)->by_move ? "MOVE" : "COPY",
			  &err);
	if (err.hint[0] == '\0')
		err_hint(&err, "the messages stay where they are on the "
			       "server, and their files where you moved them");
	folder_fail(r->folder, &err);
	record(r, TRANSFER_NOT);
}

static void release(struct run *r)
{
	transfer_release(of(r));
}

const struct run_kind run_move = {
    .size = sizeof(struct moving),
    .start = start,
    .answered = answered,
    .told = told,
    .release = release,
};
