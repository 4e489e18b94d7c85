/* SPDX-License-Identifier: MIT */
/* Deletes on the server what was deleted here: only by UID, never EXPUNGE or
 * CLOSE, which take what others have marked (RFC 4549 4.2.5). One command after
 * the other. */
#include <stdlib.h>
#include <string.h>

#include "daemon/folder/folder_priv.h"

static const char *const step_names[] = {
    [DISCARD_MOVE] = "MOVE",
    [DISCARD_COPY] = "COPY",
    [DISCARD_MARK] = "STORE",
    [DISCARD_EXPUNGE] = "EXPUNGE",
};

/* What was copied to another folder: that was a move. */
static bool is_original(const struct run *r)
{
	return r->effect.first->flags != 0;
}

/* NULL: deleted for good. So is an original. */
static const struct mailbox *trash_of(const struct run *r)
{
	return is_original(r) ? NULL : r->folder->env.trash;
}

static void record_run(struct job *j)
{
	struct run *r = (struct run *)j;
	struct folder *f = r->folder;
	const struct mailbox *trash = trash_of(r);

	r->result =
	    discard_record(&r->discard, f->env.store, run_actions(r),
			   r->effect.n, trash ? trash->wire : NULL, &r->err);
}

static void record_done(struct job *j)
{
	struct run *r = (struct run *)j;
	struct folder *f = r->folder;

	run_job_done(r);
	if (r->result < 0)
		folder_fail(f, &r->err);
	else if (!is_original(r))
		f->result.deleted_there += r->effect.n;
	/* See whether they are gone. */
	f->again = true;
	const struct mailbox *trash = trash_of(r);
	if (r->result == 0 && trash && trash->row != 0)
		folder_mark_dirty(f, trash->row);
	run_done(r, r->result == 0 && !r->failed);
	folder_pump(f);
}

static int submit(struct run *r, const char *set)
{
	struct folder *f = r->folder;
	struct imap4_engine *e = folder_engine(f);
	const struct mailbox *box = trash_of(r);
	struct imap4_str trash = {0};
	imap4_id id = 0;
	int rc = IMAP4_EINVAL;

	if (box)
		trash = (struct imap4_str){box->wire, strlen(box->wire)};
	switch (r->discard.step) {
	case DISCARD_MOVE:
		rc = imap4_engine_uid_move(e, set, trash, &id);
		break;
	case DISCARD_COPY:
		rc = imap4_engine_uid_copy(e, set, trash, &id);
		break;
	case DISCARD_MARK:
		/* What somebody marked a moment ago is left alone. */
		rc = imap4_engine_uid_store(e, set, '+', "\\Deleted",
					    f->remote_list.modseq, &id);
		break;
	case DISCARD_EXPUNGE:
		rc = imap4_engine_uid_expunge(e, set, &id);
		break;
	}
	return run_remember(r, rc, id, 0);
}

static void take_step(struct run *r, enum discard_step step)
{
	r->discard.step = step;
	if (folder_engine(r->folder))
		run_each_set(r, submit);
	if (r->commands == 0)
		run_done(r, false);
}

void run_delete_start(struct run *r)
{
	struct imap4_engine *e = folder_engine(r->folder);

	if (trash_of(r) && e && session_has_in_rev2(e, "MOVE"))
		take_step(r, DISCARD_MOVE);
	else
		take_step(r, trash_of(r) ? DISCARD_COPY : DISCARD_MARK);
}

void run_delete_told(struct run *r, const struct imap4_event *ev)
{
	uid_pairs_take(&r->discard.pairs, &ev->code);
}

static bool may_expunge(const struct run *r)
{
	struct folder *f = r->folder;
	struct imap4_engine *e = folder_engine(f);

	/* With a trash it is no longer deleted there, but moved. */
	return e &&
	       (f->env.account->expunge || f->env.trash || is_original(r)) &&
	       session_has_in_rev2(e, "UIDPLUS");
}

static void step_done(struct run *r, const struct imap4_event *ev)
{
	switch (r->discard.step) {
	case DISCARD_COPY:
		uid_pairs_take(&r->discard.pairs, &ev->code);
		take_step(r, DISCARD_MARK);
		return;
	case DISCARD_MARK:
		if (ev->code.code == IMAP4_CODE_MODIFIED)
			run_leave_out(r, &ev->code.src);
		if (r->effect.n > 0 && may_expunge(r)) {
			take_step(r, DISCARD_EXPUNGE);
			return;
		}
		break;
	case DISCARD_MOVE:
		uid_pairs_take(&r->discard.pairs, &ev->code);
		break;
	case DISCARD_EXPUNGE:
		break;
	}
	run_post(r, record_run, record_done);
}

void run_delete_answered(struct run *r, const struct imap4_event *ev)
{
	struct err err;

	if (ev->status == IMAP4_STATUS_OK ||
	    /* RFC 7162 3.1.3: a partly failed STORE may be NO. */
	    (r->discard.step == DISCARD_MARK &&
	     ev->code.code == IMAP4_CODE_MODIFIED)) {
		step_done(r, ev);
		return;
	}
	if (ev->status != IMAP4_STATUS_LOST) {
		session_command_err(ev, REACH_MESSAGE,
				    step_names[r->discard.step], &err);
		if (err.hint[0] == '\0')
			err_hint(&err, "the messages stay on the server; it is "
				       "tried again with every sync");
		folder_fail(r->folder, &err);
	}
	run_done(r, false);
}

void run_delete_cut(struct run *r)
{
	run_done(r, false);
}
