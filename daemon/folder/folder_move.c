/* SPDX-License-Identifier: MIT */
/* Lets messages follow their files into another folder: by UID MOVE, or by COPY
 * where the server has no MOVE; the originals are deleted in the end then. One
 * command each time. */
#include <stdlib.h>
#include <string.h>

#include "daemon/folder/folder_priv.h"

static void record_run(struct job *j)
{
	struct run *r = (struct run *)j;

	r->result =
	    transfer_record(&r->transfer, r->folder->env.store, &r->err);
}

static void record_done(struct job *j)
{
	struct run *r = (struct run *)j;
	struct folder *f = r->folder;
	bool ok = r->result == 0 && !r->failed;

	run_job_done(r);
	if (r->result < 0)
		folder_fail(f, &r->err);
	if (r->result == 0 && r->transfer.end != TRANSFER_NOT) {
		f->result.moved_there += r->effect.n;
		f->result.reap |= r->transfer.end == TRANSFER_COPIED;
		f->again = true;
		folder_mark_dirty(f, r->transfer.to);
	}
	run_done(r, ok);
	folder_pump(f);
}

static void record(struct run *r, enum transfer_end end)
{
	r->sending = false;
	r->transfer.end = end;
	run_post(r, record_run, record_done);
}

static int submit(struct run *r, const char *set)
{
	struct imap4_engine *e = folder_engine(r->folder);
	const struct mailbox *to = r->transfer.box;
	struct imap4_str name = {to->wire, strlen(to->wire)};
	imap4_id id = 0;
	int rc = r->transfer.by_move ? imap4_engine_uid_move(e, set, name, &id)
				     : imap4_engine_uid_copy(e, set, name, &id);

	return run_remember(r, rc, id, 0);
}

static void begin_run(struct job *j)
{
	struct run *r = (struct run *)j;

	r->result = transfer_begin(&r->transfer, r->folder->env.store,
				   r->effect.first, r->effect.n, &r->err);
}

/* A file that is not there any more is no reason to move its message: where it
 * is by now, the next sync sees. */
static void leave_out_unready(struct run *r)
{
	const struct transfer *t = &r->transfer;
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
	struct run *r = (struct run *)j;
	struct folder *f = r->folder;
	struct imap4_engine *e = folder_engine(f);

	run_job_done(r);
	if (r->result < 0) {
		folder_fail(f, &r->err);
		run_done(r, false);
		folder_pump(f);
		return;
	}
	if (!f->stopped && !r->failed && e) {
		r->sending = true;
		leave_out_unready(r);
		r->transfer.by_move = session_has_in_rev2(e, "MOVE");
		run_each_set(r, submit);
	}
	if (r->commands == 0) {
		r->failed = true;
		record(r, TRANSFER_NOT);
	}
	folder_pump(f);
}

void run_move_start(struct run *r)
{
	struct folder *f = r->folder;
	const struct action *a = r->effect.first;

	r->transfer.to = a->other;
	r->transfer.box = mailboxes_find_row(f->env.boxes, a->other);
	if (r->transfer.box)
		run_post(r, begin_run, begin_done);
	else
		run_done(r, false);
}

void run_move_told(struct run *r, const struct imap4_event *ev)
{
	uid_pairs_take(&r->transfer.pairs, &ev->code);
}

void run_move_answered(struct run *r, const struct imap4_event *ev)
{
	struct err err;

	if (ev->status == IMAP4_STATUS_OK) {
		uid_pairs_take(&r->transfer.pairs, &ev->code);
		record(r,
		       r->transfer.by_move ? TRANSFER_MOVED : TRANSFER_COPIED);
		return;
	}
	r->failed = true;
	/* Nobody knows: it stays promised, and the next look resolves it. */
	if (ev->status == IMAP4_STATUS_LOST) {
		run_done(r, false);
		return;
	}
	session_command_err(ev, REACH_MESSAGE,
			    r->transfer.by_move ? "MOVE" : "COPY", &err);
	if (err.hint[0] == '\0')
		err_hint(&err, "the messages stay where they are on the "
			       "server, and their files where you moved them");
	folder_fail(r->folder, &err);
	record(r, TRANSFER_NOT);
}

void run_move_cut(struct run *r)
{
	run_done(r, false);
}
