/* SPDX-License-Identifier: MIT */
/* Deletes on the server what was deleted here: only by UID, never EXPUNGE or
 * CLOSE, which take what others have marked (RFC 4549 4.2.5). One command after
 * the other. */
#include <stdlib.h>
#include <string.h>

#include "daemon/folder/copyuid.h"
#include "daemon/folder/run.h"
#include "daemon/store/batch/discard.h"

enum step {
	STEP_MOVE, /* UID MOVE to the trash: all in one */
	STEP_COPY, /* UID COPY to the trash, then mark */
	STEP_MARK, /* UID STORE +FLAGS.SILENT (\Deleted) */
	STEP_EXPUNGE,
};

struct deleting {
	struct run run;
	struct discard_job job;
	enum step step;
};

static struct deleting *of(struct run *r)
{
	return (struct deleting *)r;
}

static const char *const step_names[] = {
    [STEP_MOVE] = "MOVE",
    [STEP_COPY] = "COPY",
    [STEP_MARK] = "STORE",
    [STEP_EXPUNGE] = "EXPUNGE",
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

static void record_done(struct job *j)
{
	const struct store_job *s = (struct store_job *)j;
	struct run *r = run_job_done(j);
	struct folder *f = r->folder;
	bool ok = s->result == 0;
	const struct mailbox *trash = trash_of(r);

	if (!ok)
		folder_fail(f, &s->err);
	else if (!is_original(r))
		f->result.deleted_there += r->effect.n;
	/* See whether they are gone. */
	f->again = true;
	if (ok && trash && trash->row != 0)
		ledger_stir(f->env.moves, trash->row);
	run_done(r, ok && !r->failed);
	run_pump(f);
}

static void record(struct run *r)
{
	struct discard_job *d = &of(r)->job;
	const struct mailbox *trash = trash_of(r);

	d->action = run_actions(r);
	d->n = r->effect.n;
	d->mailbox = trash ? trash->wire : NULL;
	run_post(r, &d->base, discard_run, record_done);
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
	switch (of(r)->step) {
	case STEP_MOVE:
		rc = imap4_engine_uid_move(e, set, trash, &id);
		break;
	case STEP_COPY:
		rc = imap4_engine_uid_copy(e, set, trash, &id);
		break;
	case STEP_MARK:
		/* What somebody marked a moment ago is left alone. */
		rc = imap4_engine_uid_store(e, set, '+', "\\Deleted",
					    f->remote_list.modseq, &id);
		break;
	case STEP_EXPUNGE:
		rc = imap4_engine_uid_expunge(e, set, &id);
		break;
	}
	return run_remember(r, rc, id, 0);
}

static void take_step(struct run *r, enum step step)
{
	of(r)->step = step;
	run_submit(r, submit);
}

static void start(struct run *r)
{
	struct imap4_engine *e = folder_engine(r->folder);

	if (trash_of(r) && e && reply_has_in_rev2(e, "MOVE"))
		take_step(r, STEP_MOVE);
	else
		take_step(r, trash_of(r) ? STEP_COPY : STEP_MARK);
}

static void told(struct run *r, const struct imap4_event *ev)
{
	if (ev->type == IMAP4_EV_STATUS && r->commands > 0)
		copyuid_take(&of(r)->job.pairs, &ev->code);
}

static bool may_expunge(const struct run *r)
{
	struct folder *f = r->folder;
	struct imap4_engine *e = folder_engine(f);

	/* With a trash it is no longer deleted there, but moved. */
	return e &&
	       (f->env.account->expunge || f->env.trash || is_original(r)) &&
	       reply_has_in_rev2(e, "UIDPLUS");
}

static void step_done(struct run *r, const struct imap4_event *ev)
{
	switch (of(r)->step) {
	case STEP_COPY:
		copyuid_take(&of(r)->job.pairs, &ev->code);
		take_step(r, STEP_MARK);
		return;
	case STEP_MARK:
		if (ev->code.code == IMAP4_CODE_MODIFIED)
			run_leave_out(r, &ev->code.src);
		if (r->effect.n > 0 && may_expunge(r)) {
			take_step(r, STEP_EXPUNGE);
			return;
		}
		break;
	case STEP_MOVE:
		copyuid_take(&of(r)->job.pairs, &ev->code);
		break;
	case STEP_EXPUNGE:
		break;
	}
	record(r);
}

static void answered(struct run *r, size_t item, const struct imap4_event *ev)
{
	struct err err;

	(void)item;
	if (ev->status == IMAP4_STATUS_OK ||
	    /* RFC 7162 3.1.3: a partly failed STORE may be NO. */
	    (of(r)->step == STEP_MARK &&
	     ev->code.code == IMAP4_CODE_MODIFIED)) {
		step_done(r, ev);
		return;
	}
	if (ev->status != IMAP4_STATUS_LOST) {
		reply_command_err(ev, REACH_MESSAGE, step_names[of(r)->step],
				  &err);
		if (err.hint[0] == '\0')
			err_hint(&err, "the messages stay on the server; it is "
				       "tried again with every sync");
		folder_fail(r->folder, &err);
	}
	run_done(r, false);
}

static void release(struct run *r)
{
	uid_pairs_release(&of(r)->job.pairs);
}

const struct run_kind run_delete = {
    .size = sizeof(struct deleting),
    .start = start,
    .answered = answered,
    .told = told,
    .release = release,
};
