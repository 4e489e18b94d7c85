/* SPDX-License-Identifier: MIT */
/* Messages that somebody wants back from the server's trash: moved back there,
 * before anything else, so that this very sync brings them here. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"

#define SET_BYTES 7000
/* UIDs that surely fit. */
#define TOGETHER 500

static void next_request(struct account *a);

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

static int take_request(void *ctx, const struct state_removed *r)
{
	struct requests *w = ctx;

	if (!r->mailbox)
		return 0;
	w->request = xreallocarray(w->request, w->n + 1, sizeof(*w->request));
	w->request[w->n++] = (struct request){
	    .id = r->id,
	    .mailbox = xstrdup(r->mailbox),
	    .folder = xstrdup(r->folder),
	    .uidvalidity = r->mailbox_uidvalidity,
	    .uid = r->mailbox_uid,
	};
	return 0;
}

void restore_requests_release(struct requests *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->request[i].mailbox);
		free(w->request[i].folder);
	}
	free(w->request);
	*w = (struct requests){0};
}

static void read_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result = state_removed_wanted(a->store.state, take_request,
					     &a->requests, &a->job_err);
}

static void read_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (account_is_over(a))
		account_finish_disk(a);
	else
		next_request(a);
}

void account_restore(struct account *a)
{
	a->phase = ACCOUNT_RESTORING;
	account_post(a, read_run, read_done);
}

/* Those that go the same way as the first that is left go together. */
static void gather(struct requests *w)
{
	const struct request *first = &w->request[w->at];
	size_t n = 0;

	for (size_t i = w->at; i < w->n && n < TOGETHER; i++) {
		struct request *x = &w->request[i];
		x->going = !x->done && x->uidvalidity == first->uidvalidity &&
			   strcmp(x->mailbox, first->mailbox) == 0 &&
			   strcmp(x->folder, first->folder) == 0;
		n += x->going;
	}
}

static void record_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct requests *w = &a->requests;

	a->job_result = 0;
	for (size_t i = w->at; i < w->n && a->job_result == 0; i++) {
		if (!w->request[i].going)
			continue;
		a->job_result =
		    w->granted
			? state_removed_drop(a->store.state, w->request[i].id,
					     &a->job_err)
			: state_removed_want(a->store.state, w->request[i].id,
					     false, &a->job_err);
	}
}

static void record_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct requests *w = &a->requests;

	free(j);
	for (size_t i = w->at; i < w->n; i++) {
		w->request[i].done |= w->request[i].going;
		w->request[i].going = false;
	}
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (account_is_over(a))
		account_finish_disk(a);
	else
		next_request(a);
}

static void record(struct account *a, bool granted)
{
	a->requests.granted = granted;
	a->requests.command = 0;
	account_post(a, record_run, record_done);
}

static void refuse(struct account *a, const char *why)
{
	struct err err;

	err_set(&err, ERR_HELD, ERR_SCOPE_ACCOUNT,
		"a message cannot be brought back from '%s': %s",
		a->requests.request[a->requests.at].mailbox, why);
	err_hint(&err, "look for it there by hand");
	account_fail(a, NULL, &err);
	record(a, false);
}

static void select_mailbox(struct account *a)
{
	struct requests *w = &a->requests;
	struct imap4_engine *e = session_engine(a->session);

	w->selecting = true;
	w->uidvalidity = 0;
	if (imap4_engine_select(e, str(w->request[w->at].mailbox), NULL,
				&w->command) < 0) {
		refuse(a, "it cannot be selected");
		return;
	}
	imap4_conn_flush(session_conn(a->session));
}

static void move_back(struct account *a)
{
	struct requests *w = &a->requests;
	struct imap4_engine *e = session_engine(a->session);
	const struct request *first = &w->request[w->at];
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
		refuse(a, "its folder's name cannot be sent");
	else
		imap4_conn_flush(session_conn(a->session));
}

static void next_request(struct account *a)
{
	struct requests *w = &a->requests;
	bool any = w->n > 0;

	while (w->at < w->n && w->request[w->at].done)
		w->at++;
	if (w->at < w->n) {
		gather(w);
		select_mailbox(a);
		return;
	}
	restore_requests_release(w);
	a->restored = true;
	/* What LIST said of these folders is old. */
	if (any)
		account_list(a);
	else
		account_folders(a);
}

static void command_done(struct account *a, const struct imap4_event *ev)
{
	struct requests *w = &a->requests;
	char text[200];

	if (ev->status == IMAP4_STATUS_LOST)
		return; /* closed() follows */
	if (a->busy.now) {
		account_finish_disk(a);
		return;
	}
	if (ev->status != IMAP4_STATUS_OK) {
		(void)snprintf(text, sizeof(text), "%.*s", (int)ev->text.len,
			       ev->text.p ? ev->text.p : "");
		refuse(a, text);
	} else if (!w->selecting) {
		record(a, true);
	} else if (w->uidvalidity != w->request[w->at].uidvalidity) {
		refuse(a, "it was rebuilt on the server");
	} else {
		move_back(a);
	}
}

void account_restore_event(struct account *a, const struct imap4_event *ev)
{
	struct requests *w = &a->requests;

	if (ev->type == IMAP4_EV_STATUS &&
	    ev->code.code == IMAP4_CODE_UIDVALIDITY)
		w->uidvalidity = (uint32_t)ev->code.number;
	else if (ev->type == IMAP4_EV_DONE && w->command &&
		 ev->id == w->command)
		command_done(a, ev);
}
