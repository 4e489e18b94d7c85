/* SPDX-License-Identifier: MIT */
/* Asks the server once more for messages that it did not list, before their
 * files go. */
#include "daemon/folder/run.h"

static int submit(struct run *r, const char *set)
{
	imap4_id id = 0;
	int e = imap4_engine_uid_fetch(folder_engine(r->folder), set, "UID", 0,
				       false, &id);

	return run_remember(r, e, id, 0);
}

static void start(struct run *r)
{
	run_submit(r, submit);
}

/* One of them is there. */
static void told(struct run *r, const struct imap4_event *ev)
{
	if (ev->type != IMAP4_EV_FETCH || !(ev->fetch.have & IMAP4_F_UID))
		return;
	if (run_find(r->effect.first, r->effect.n, ev->fetch.uid)) {
		r->failed = true;
		r->folder->again = true;
	}
}

static void answered(struct run *r, size_t item, const struct imap4_event *ev)
{
	(void)item;
	if (ev->status != IMAP4_STATUS_OK) {
		r->failed = true;
		r->folder->again |= ev->status == IMAP4_STATUS_NO;
	}
	if (r->commands == 0)
		run_done(r, !r->failed);
}

const struct run_kind run_confirm = {
    .size = sizeof(struct run),
    .start = run_drain,
    .drained = start,
    .answered = answered,
    .told = told,
};
