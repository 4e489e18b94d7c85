/* SPDX-License-Identifier: MIT */
/* Folders that are gone on one side and go on the other: at the very end, when
 * all copies of the account are made (W4). Their messages were dealt with by
 * then as any others that are gone. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/place.h"
#include "daemon/store/trash.h"

static void next_removal(struct account *a);

static struct imap4_str str(const char *s)
{
	return (struct imap4_str){s, strlen(s)};
}

void removals_release(struct removals *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->removal[i].wire);
		free(r->removal[i].name);
	}
	free(r->removal);
	*r = (struct removals){0};
}

static struct removal *current(struct account *a)
{
	return &a->removals.removal[a->removals.at];
}

static void done_with_it(struct account *a)
{
	a->removals.at++;
	next_removal(a);
}

static void fail(struct account *a, const struct err *err)
{
	a->removals.command = 0;
	account_fail(a, current(a)->name, err);
	done_with_it(a);
}

static void job_done(struct account *a, void (*go_on)(struct account *a))
{
	if (a->job_result < 0)
		account_fail(a, current(a)->name, &a->job_err);
	if (account_is_over(a) ||
	    (a->job_result < 0 && a->job_err.scope >= ERR_SCOPE_ACCOUNT))
		account_finish_disk(a);
	else if (a->job_result < 0)
		done_with_it(a);
	else
		go_on(a);
}

/* With its rows gone, all its messages are new. */
static int revive(struct account *a, int64_t row)
{
	struct store *s = &a->store;

	if (store_touch(s, &a->job_err) < 0 ||
	    state_begin(s->state, &a->job_err) < 0)
		return -1;
	return store_end(s, state_folder_reset(s->state, row, 0, &a->job_err),
			 &a->job_err);
}

/* Here. */

static void remove_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct removal *r = current(a);

	a->job_result = place_remove(&a->store, r->row, &a->job_err);
	r->alive = a->job_result == 1;
	if (r->alive)
		a->job_result = revive(a, r->row);
}

static void removed_here(struct account *a)
{
	a->removals.revived |= current(a)->alive;
	if (!current(a)->alive)
		log_at(LOG_INFO, a->env.account->name, current(a)->name,
		       "removed here: it is gone on the server");
	done_with_it(a);
}

static void remove_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	job_done(a, removed_here);
}

/* There: only when nothing of it is left to be done. What is dying of it here
 * has no file any more, only a row. */
static int get_row(struct account *a, const struct removal *r,
		   struct state_folder *row)
{
	struct state *s = a->store.state;
	int rc = state_folder_get(s, r->wire, row, &a->job_err);

	if (rc != 0 || row->tombs == 0)
		return rc;
	state_folder_release(row);
	if (trash_bury_folder(&a->store, r->row, &a->job_err) < 0)
		return -1;
	return state_folder_get(s, r->wire, row, &a->job_err);
}

static void check_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	const struct removal *r = current(a);

	a->removals.ready = false;
	if (r->alive) {
		a->job_result = revive(a, r->row);
		return;
	}
	struct state_folder row;
	int rc = get_row(a, r, &row);

	a->removals.ready =
	    rc == 0 && row.messages == 0 && row.tombs == 0 && row.intents == 0;
	a->removals.marked = rc == 0 ? row.there : 0;
	a->job_result = rc < 0 ? -1 : 0;
	if (rc == 0)
		state_folder_release(&row);
}

static void submit(struct account *a)
{
	struct removals *r = &a->removals;
	struct imap4_engine *e = session_engine(a->session);
	struct imap4_str wire = str(current(a)->wire);
	struct imap4_select_opts opts = {.size = sizeof(opts), .examine = true};
	struct err err;
	int rc = -1;

	r->command = 0;
	switch (r->step) {
	case REMOVAL_UNSELECT:
		/* RFC 9051 6.3.11, 6.3.5: neither STATUS nor DELETE of what is
		 * selected. */
		rc = imap4_engine_has(e, "UNSELECT")
			 ? imap4_engine_unselect(e, &r->command)
			 : imap4_engine_select(e, str("INBOX"), &opts,
					       &r->command);
		break;
	case REMOVAL_STATUS:
		r->messages = UINT64_MAX;
		rc = imap4_engine_status(e, wire, IMAP4_ST_MESSAGES,
					 &r->command);
		break;
	case REMOVAL_DELETE:
		rc = imap4_engine_delete(e, wire, &r->command);
		break;
	case REMOVAL_UNSUBSCRIBE:
		rc = imap4_engine_unsubscribe(e, wire, &r->command);
		break;
	case REMOVAL_CHECK:
	case REMOVAL_FORGET:
		break;
	}
	if (rc < 0) {
		err_set(&err, ERR_INTERNAL, ERR_SCOPE_FOLDER,
			"it cannot be removed on the server");
		fail(a, &err);
		return;
	}
	imap4_conn_flush(session_conn(a->session));
}

static void checked(struct account *a)
{
	struct removals *r = &a->removals;
	bool selected = imap4_engine_state(session_engine(a->session)) ==
			IMAP4_STATE_SELECTED;

	r->revived |= current(a)->alive;
	/* Held, pending, or not all of it could be deleted: it has said so. */
	if (!r->ready) {
		done_with_it(a);
		return;
	}
	r->step = selected ? REMOVAL_UNSELECT : REMOVAL_STATUS;
	submit(a);
}

static void check_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	job_done(a, checked);
}

static void forget_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	int r = place_forget(&a->store, current(a)->row, &a->job_err);

	a->job_result = r < 0 ? -1 : 0;
}

static void forget_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	if (a->job_result == 0)
		log_at(LOG_INFO, a->env.account->name, current(a)->name,
		       "removed on the server: it is gone here");
	job_done(a, done_with_it);
}

/* How many messages may go with it: those that could only be marked \Deleted,
 * for want of UIDPLUS. */
static uint64_t may_take(const struct account *a)
{
	struct imap4_engine *e = session_engine(a->session);
	bool expunges = session_has_in_rev2(e, "UIDPLUS");

	return a->env.account->expunge && !expunges ? a->removals.marked : 0;
}

static void answered(struct account *a, const struct imap4_event *ev)
{
	struct removals *r = &a->removals;
	bool ok = ev->status == IMAP4_STATUS_OK;
	struct err err;

	if (r->step == REMOVAL_STATUS && ok && r->messages > may_take(a)) {
		r->command = 0;
		done_with_it(a);
		return;
	}
	if (!ok && r->step != REMOVAL_UNSUBSCRIBE) {
		session_command_err(
		    ev, REACH_FOLDER,
		    r->step == REMOVAL_DELETE ? "DELETE" : "STATUS", &err);
		fail(a, &err);
		return;
	}
	r->step++;
	if (r->step == REMOVAL_FORGET) {
		r->command = 0;
		account_post(a, forget_run, forget_done);
	} else {
		submit(a);
	}
}

void account_remove_event(struct account *a, const struct imap4_event *ev)
{
	struct removals *r = &a->removals;

	if (ev->type == IMAP4_EV_MAILBOX_STATUS) {
		if (ev->mailbox_status.have & IMAP4_ST_MESSAGES)
			r->messages = ev->mailbox_status.messages;
	} else if (ev->type == IMAP4_EV_DONE && r->command &&
		   ev->id == r->command && ev->status != IMAP4_STATUS_LOST) {
		answered(a, ev);
	}
}

static void next_removal(struct account *a)
{
	struct removals *r = &a->removals;

	r->command = 0;
	r->step = REMOVAL_CHECK;
	if (account_is_over(a)) {
		account_finish_disk(a);
		return;
	}
	/* W4: one that may not go now waits; one that stays does not. */
	while (
	    r->at < r->n && !current(a)->alive &&
	    !account_may_delete(a, current(a)->row,
				current(a)->there ? SAFETY_THERE : SAFETY_HERE))
		r->at++;
	if (r->at < r->n) {
		if (current(a)->there)
			account_post(a, check_run, check_done);
		else
			account_post(a, remove_run, remove_done);
		return;
	}
	/* The next look at the folders makes it again. */
	if (r->revived && account_may_look_again(a))
		account_list(a);
	else
		account_finish_disk(a);
}

void account_remove(struct account *a)
{
	a->phase = ACCOUNT_REMOVING;
	next_removal(a);
}
