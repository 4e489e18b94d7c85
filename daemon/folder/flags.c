/* SPDX-License-Identifier: MIT */
/* Stores flags on the server, then records what was stored (W3). */
#include "daemon/folder/run.h"

static int submit(struct run *r, const char *set)
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

static void start(struct run *r)
{
	run_submit(r, submit);
}

static void take_answer(struct run *r, const struct imap4_event *ev)
{
	struct err err;

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
	reply_command_err(ev, REACH_MESSAGE, "STORE", &err);
	folder_fail(r->folder, &err);
}

static void answered(struct run *r, size_t item, const struct imap4_event *ev)
{
	(void)item;
	take_answer(r, ev);
	if (r->commands > 0)
		return;
	if (r->effect.n > 0 && !r->failed)
		run_record_start(r);
	else
		run_done(r, !r->failed);
}

const struct run_kind run_store = {
    .size = sizeof(struct run_recording),
    .start = start,
    .answered = answered,
};
