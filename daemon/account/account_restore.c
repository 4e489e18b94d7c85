/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_restore.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

#define SET_BYTES 7000
/* UIDs that surely fit. */
#define TOGETHER 500

static int take_request(void *ctx, const struct state_removed *r)
{
	struct account_restore *w = ctx;

	if (!r->mailbox)
		return 0;
	w->request = xreallocarray(w->request, w->n + 1, sizeof(*w->request));
	w->request[w->n++] = (struct restore_request){
	    .id = r->id,
	    .mailbox = xstrdup(r->mailbox),
	    .folder = xstrdup(r->folder),
	    .uidvalidity = r->mailbox_uidvalidity,
	    .uid = r->mailbox_uid,
	};
	return 0;
}

/* Not what is done: nothing is asked for twice in a sync. */
static void release(struct account *a)
{
	struct account_restore *w = &a->cycle.restore;
	bool done = w->done;

	for (size_t i = 0; i < w->n; i++) {
		free(w->request[i].mailbox);
		free(w->request[i].folder);
	}
	free(w->request);
	*w = (struct account_restore){.done = done};
}

static int read_run(struct account *a, struct err *err)
{
	return state_removed_wanted(a->store.state, take_request,
				    &a->cycle.restore, err);
}

static enum cycle_found read_done(struct account *a, int result,
				  const struct err *err)
{
	if (result < 0)
		account_fail(a, NULL, err);
	return CYCLE_MORE;
}

static enum cycle_found start(struct account *a)
{
	return cycle_post(a, read_run, read_done);
}

/* Those that go the same way as the first that is left go together. */
static void gather(struct account_restore *w)
{
	const struct restore_request *first = &w->request[w->at];
	size_t n = 0;

	for (size_t i = w->at; i < w->n && n < TOGETHER; i++) {
		struct restore_request *x = &w->request[i];
		x->going = !x->done && x->uidvalidity == first->uidvalidity &&
			   strcmp(x->mailbox, first->mailbox) == 0 &&
			   strcmp(x->folder, first->folder) == 0;
		n += x->going;
	}
}

static int record_run(struct account *a, struct err *err)
{
	struct account_restore *w = &a->cycle.restore;
	struct state *state = a->store.state;
	int r = 0;

	for (size_t i = w->at; i < w->n && r == 0; i++) {
		int64_t id = w->request[i].id;
		if (!w->request[i].going)
			continue;
		r = w->granted ? state_removed_drop(state, id, err)
			       : state_removed_want(state, id, false, err);
	}
	return r;
}

static enum cycle_found record_done(struct account *a, int result,
				    const struct err *err)
{
	struct account_restore *w = &a->cycle.restore;

	for (size_t i = w->at; i < w->n; i++) {
		w->request[i].done |= w->request[i].going;
		w->request[i].going = false;
	}
	if (result < 0)
		account_fail(a, NULL, err);
	return CYCLE_MORE;
}

static enum cycle_found record(struct account *a, bool granted)
{
	a->cycle.restore.granted = granted;
	a->cycle.restore.command = 0;
	return cycle_post(a, record_run, record_done);
}

static enum cycle_found refuse(struct account *a, const char *why)
{
	const struct account_restore *w = &a->cycle.restore;
	struct err err;

	err_set(&err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"a message cannot be brought back from '%s': %s",
		w->request[w->at].mailbox, why);
	err_hint(&err, "look for it there by hand");
	account_fail(a, NULL, &err);
	return record(a, false);
}

static enum cycle_found select_mailbox(struct account *a)
{
	struct account_restore *w = &a->cycle.restore;
	struct imap4_engine *e = session_engine(a->session);

	w->selecting = true;
	w->uidvalidity = 0;
	if (imap4_engine_select(e, str(w->request[w->at].mailbox), NULL,
				&w->command) < 0)
		return refuse(a, "it cannot be selected");
	imap4_conn_flush(session_conn(a->session));
	return CYCLE_WAITING;
}

static enum cycle_found move_back(struct account *a)
{
	struct account_restore *w = &a->cycle.restore;
	struct imap4_engine *e = session_engine(a->session);
	const struct restore_request *first = &w->request[w->at];
	struct imap4_set set = {0};
	char text[SET_BYTES];
	size_t from = 0;

	w->selecting = false;
	for (size_t i = w->at; i < w->n; i++) {
		if (w->request[i].going &&
		    imap4_set_add(&set, w->request[i].uid, w->request[i].uid) <
			0)
			abort();
	}
	imap4_set_format(&set, &from, text, sizeof(text));
	imap4_set_release(&set);
	/* Without MOVE the copy in the trash stays: better twice than not. */
	int rc = imap4_engine_has(e, "MOVE")
		     ? imap4_engine_uid_move(e, text, str(first->folder),
					     &w->command)
		     : imap4_engine_uid_copy(e, text, str(first->folder),
					     &w->command);
	if (rc < 0)
		return refuse(a, "its folder's name cannot be sent");
	imap4_conn_flush(session_conn(a->session));
	return CYCLE_WAITING;
}

static enum cycle_found next_request(struct account *a)
{
	struct account_restore *w = &a->cycle.restore;
	bool any = w->n > 0;

	while (w->at < w->n && w->request[w->at].done)
		w->at++;
	if (w->at < w->n) {
		gather(w);
		return select_mailbox(a);
	}
	release(a);
	w->done = true;
	/* What LIST said of these folders is old. */
	return any ? CYCLE_RELIST : CYCLE_DONE;
}

static enum cycle_found take_answer(struct account *a)
{
	struct account_restore *w = &a->cycle.restore;

	w->answered = false;
	if (!w->ok)
		return refuse(a, w->text);
	if (!w->selecting)
		return record(a, true);
	if (w->uidvalidity != w->request[w->at].uidvalidity)
		return refuse(a, "it was rebuilt on the server");
	return move_back(a);
}

static enum cycle_found next(struct account *a)
{
	return a->cycle.restore.answered ? take_answer(a) : next_request(a);
}

static enum cycle_found event(struct account *a, const struct imap4_event *ev)
{
	struct account_restore *w = &a->cycle.restore;

	if (ev->type == IMAP4_EV_STATUS &&
	    ev->code.code == IMAP4_CODE_UIDVALIDITY)
		w->uidvalidity = (uint32_t)ev->code.number;
	if (ev->type != IMAP4_EV_DONE || !w->command || ev->id != w->command ||
	    ev->status == IMAP4_STATUS_LOST)
		return CYCLE_WAITING;
	w->answered = true;
	w->ok = ev->status == IMAP4_STATUS_OK;
	(void)snprintf(w->text, sizeof(w->text), "%.*s", (int)ev->text.len,
		       ev->text.p ? ev->text.p : "");
	return CYCLE_MORE;
}

static bool cut(struct account *a)
{
	return a->cycle.restore.command != 0;
}

const struct stage account_restore_stage = {
    .start = start,
    .next = next,
    .event = event,
    .cut = cut,
    .release = release,
};
