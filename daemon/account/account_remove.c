/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_remove.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/removal.h"
#include "daemon/store/place.h"
#include "daemon/store/trash.h"

static struct removal *current(struct account *a)
{
	return &a->cycle.remove.removal[a->cycle.remove.at];
}

static enum cycle_found done_with_it(struct account *a)
{
	struct account_remove *r = &a->cycle.remove;

	r->at++;
	r->command = 0;
	r->step = REMOVAL_CHECK;
	return CYCLE_MORE;
}

static enum cycle_found fail(struct account *a, const struct err *err)
{
	account_fail(a, current(a)->name, err);
	return err->scope >= ERR_SCOPE_ACCOUNT ? CYCLE_FAILED : done_with_it(a);
}

/* With its rows gone, all its messages are new. */
static int revive(struct account *a, int64_t row, struct err *err)
{
	struct store *s = &a->store;

	if (store_touch(s, err) < 0 || state_begin(s->state, err) < 0)
		return -1;
	return store_end(s, state_folder_reset(s->state, row, 0, err), err);
}

/* Here. */

static int remove_run(struct account *a, struct err *err)
{
	struct removal *r = current(a);
	int result = place_remove(&a->store, r->row, err);

	r->alive = result == 1;
	return r->alive ? revive(a, r->row, err) : result;
}

static enum cycle_found remove_done(struct account *a, int result,
				    const struct err *err)
{
	if (result < 0)
		return fail(a, err);
	a->cycle.remove.revived |= current(a)->alive;
	if (!current(a)->alive)
		log_at(LOG_INFO, a->env.account->name, current(a)->name,
		       "removed here: it is gone on the server");
	return done_with_it(a);
}

/* There: only when nothing of it is left to be done. What is dying of it here
 * has no file any more, only a row. */
static int get_row(struct account *a, const struct removal *r,
		   struct state_folder *row, struct err *err)
{
	struct state *s = a->store.state;
	int rc = state_folder_get(s, r->wire, row, err);

	if (rc != 0 || row->tombs == 0)
		return rc;
	state_folder_release(row);
	if (trash_bury_folder(&a->store, r->row, err) < 0)
		return -1;
	return state_folder_get(s, r->wire, row, err);
}

static int check_run(struct account *a, struct err *err)
{
	const struct removal *r = current(a);
	struct account_remove *out = &a->cycle.remove;
	struct state_folder row;

	out->ready = false;
	if (r->alive)
		return revive(a, r->row, err);
	int rc = get_row(a, r, &row, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	struct removal_rows rows = {row.messages, row.tombs, row.intents};
	out->ready = removal_is_ready(&rows);
	out->marked = row.there;
	state_folder_release(&row);
	return 0;
}

static enum cycle_found submit(struct account *a)
{
	struct account_remove *r = &a->cycle.remove;
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
		return fail(a, &err);
	}
	imap4_conn_flush(session_conn(a->session));
	return CYCLE_WAITING;
}

static enum cycle_found check_done(struct account *a, int result,
				   const struct err *err)
{
	struct account_remove *r = &a->cycle.remove;

	if (result < 0)
		return fail(a, err);
	r->revived |= current(a)->alive;
	/* Held, pending, or not all of it could be deleted: it has said so. */
	if (!r->ready)
		return done_with_it(a);
	r->step = REMOVAL_UNSELECT;
	return CYCLE_MORE;
}

static int forget_run(struct account *a, struct err *err)
{
	return place_forget(&a->store, current(a)->row, err) < 0 ? -1 : 0;
}

static enum cycle_found forget_done(struct account *a, int result,
				    const struct err *err)
{
	if (result < 0)
		return fail(a, err);
	log_at(LOG_INFO, a->env.account->name, current(a)->name,
	       "removed on the server: it is gone here");
	return done_with_it(a);
}

static bool may_delete(const struct account *a)
{
	const struct account_remove *r = &a->cycle.remove;
	struct removal_there there = {
	    .messages = r->messages,
	    .marked = r->marked,
	    .expunge = a->env.account->expunge,
	    .uidplus = reply_has_in_rev2(session_engine(a->session), "UIDPLUS"),
	};

	return removal_may_delete(&there);
}

static enum cycle_found answered(struct account *a,
				 const struct imap4_event *ev)
{
	struct account_remove *r = &a->cycle.remove;
	bool ok = ev->status == IMAP4_STATUS_OK;
	struct err err;

	r->command = 0;
	if (r->step == REMOVAL_STATUS && ok && !may_delete(a))
		return done_with_it(a);
	if (!ok && r->step != REMOVAL_UNSUBSCRIBE) {
		reply_command_err(
		    ev, REACH_FOLDER,
		    r->step == REMOVAL_DELETE ? "DELETE" : "STATUS", &err);
		account_fail(a, current(a)->name, &err);
		return done_with_it(a);
	}
	r->step++;
	/* It is gone there, whatever holds now. */
	if (r->step == REMOVAL_FORGET)
		return cycle_post(a, forget_run, forget_done);
	return CYCLE_MORE;
}

static enum cycle_found event(struct account *a, const struct imap4_event *ev)
{
	struct account_remove *r = &a->cycle.remove;

	if (ev->type == IMAP4_EV_MAILBOX_STATUS) {
		if (ev->mailbox_status.have & IMAP4_ST_MESSAGES)
			r->messages = ev->mailbox_status.messages;
	} else if (ev->type == IMAP4_EV_DONE && r->command &&
		   ev->id == r->command && ev->status != IMAP4_STATUS_LOST) {
		return answered(a, ev);
	}
	return CYCLE_WAITING;
}

static enum cycle_found next_removal(struct account *a)
{
	struct account_remove *r = &a->cycle.remove;

	/* W4: one that may not go now waits; one that stays does not. */
	while (
	    r->at < r->n && !current(a)->alive &&
	    !account_may_delete(a, current(a)->row,
				current(a)->there ? SAFETY_THERE : SAFETY_HERE))
		r->at++;
	if (r->at < r->n)
		return current(a)->there
			   ? cycle_post(a, check_run, check_done)
			   : cycle_post(a, remove_run, remove_done);
	/* The next look at the folders makes it again. */
	return r->revived && account_may_look_again(a) ? CYCLE_RELIST
						       : CYCLE_DONE;
}

static enum cycle_found next(struct account *a)
{
	struct account_remove *r = &a->cycle.remove;

	if (r->step == REMOVAL_CHECK)
		return next_removal(a);
	if (r->step == REMOVAL_UNSELECT &&
	    imap4_engine_state(session_engine(a->session)) !=
		IMAP4_STATE_SELECTED)
		r->step = REMOVAL_STATUS;
	return submit(a);
}

static bool cut(struct account *a)
{
	return a->cycle.remove.command != 0;
}

void account_remove_release(struct account *a)
{
	struct account_remove *r = &a->cycle.remove;

	for (size_t i = 0; i < r->n; i++) {
		free(r->removal[i].wire);
		free(r->removal[i].name);
	}
	free(r->removal);
	*r = (struct account_remove){0};
}

const struct stage account_remove_stage = {
    .start = next,
    .next = next,
    .event = event,
    .cut = cut,
    .release = account_remove_release,
};
