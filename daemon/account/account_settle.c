/* SPDX-License-Identifier: MIT */
/* Nothing is left to be done with folders: which mailboxes are to be synced,
 * which to be removed in the end, and what waits for somebody. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/names.h"
#include "lib/util/ascii.h"

static bool is_left_alone(enum folders_type type)
{
	return type != FOLDERS_RECORD && type != FOLDERS_NONE;
}

static void add_removal(struct account *a, const struct folders_action *f)
{
	struct removals *r = &a->removals;

	r->removal = xreallocarray(r->removal, r->n + 1, sizeof(*r->removal));
	r->removal[r->n++] = (struct removal){
	    .row = f->base->id,
	    .wire = xstrdup(f->base->wire),
	    .name = xstrdup(f->base->name),
	    .there = f->type == FOLDERS_REMOVE_THERE,
	};
}

static struct names names_here(const struct inventory *c)
{
	struct names out = {0};

	for (size_t i = 0; i < c->view.nhere; i++) {
		if (c->here[i].name)
			names_add(&out, c->here[i].name);
	}
	names_sort(&out);
	return out;
}

static struct names wires_of_rows(const struct inventory *c)
{
	struct names out = {0};

	for (size_t i = 0; i < c->view.nbase; i++)
		names_add(&out, c->base[i].wire);
	names_sort(&out);
	return out;
}

/* Both sides have it under the same name, and nothing is open. A dry run adds
 * what it pretends to have made. */
static void mark_synced(struct account *a)
{
	struct placing *p = &a->placing;
	bool dry = a->env.opts.folder.dry_run;
	struct names here = names_here(&p->inventory);
	struct names rows = wires_of_rows(&p->inventory);

	for (size_t i = 0; i < a->boxes.n; i++) {
		struct mailbox *box = &a->boxes.box[i];
		box->doomed = false;
		box->synced = account_wants(a, box) &&
			      names_has(&here, box->display) &&
			      (dry || names_has(&rows, box->wire));
	}
	names_release(&here);
	names_release(&rows);
	for (size_t i = 0; i < p->plan.n; i++) {
		const struct folders_action *f = &p->plan.action[i];
		if (!f->there || !is_left_alone(f->type))
			continue;
		struct mailbox *box =
		    &a->boxes.box[f->there - p->inventory.there];
		box->synced = dry && (f->type == FOLDERS_CREATE_HERE ||
				      f->type == FOLDERS_RECREATE_HERE);
		box->doomed = f->type == FOLDERS_REMOVE_THERE;
	}
}

static void check_operands(struct account *a)
{
	const char *const *only = a->env.opts.only;
	struct names here = names_here(&a->placing.inventory);
	struct err err;

	for (; only && *only; only++) {
		const char *name = ascii_same(*only, "INBOX") ? "INBOX" : *only;
		bool found = names_has(&here, name);
		for (size_t i = 0; i < a->boxes.n && !found; i++)
			found = strcmp(a->boxes.box[i].display, name) == 0;
		if (found)
			continue;
		err_set(&err, ERR_USAGE, ERR_SCOPE_FOLDER,
			"there is no such folder");
		err_hint(&err, "those on the server: imapsyncd --check-config "
			       "--connect");
		account_fail(a, *only, &err);
	}
	names_release(&here);
}

static void add_removals(struct account *a)
{
	const struct folders_plan *plan = &a->placing.plan;

	for (size_t i = 0; i < plan->n; i++) {
		const struct folders_action *f = &plan->action[i];
		if (f->type == FOLDERS_REMOVE_HERE ||
		    f->type == FOLDERS_REMOVE_THERE)
			add_removal(a, f);
	}
}

/* What is held is on record for those who ask (imapsyncctl). */

static int record_hold(struct account *a, const struct folders_action *f)
{
	struct state *state = a->store.state;
	/* There is something to be answered, even where it is empty. */
	uint32_t n = f->messages > 0 ? f->messages : 1;

	if (!f->base)
		return 0;
	switch (f->type) {
	case FOLDERS_HOLD:
		return state_folder_set_held(state, f->base->id,
					     f->there ? 0 : n, f->there ? n : 0,
					     STATE_HELD_ALL, &a->job_err);
	case FOLDERS_GONE_HERE:
	case FOLDERS_GONE_THERE:
		return state_folder_set_held(state, f->base->id, 0, 0, NULL,
					     &a->job_err);
	default:
		return 0;
	}
}

static void holds_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	const struct folders_plan *plan = &a->placing.plan;

	a->job_result = 0;
	for (size_t i = 0; i < plan->n && a->job_result == 0; i++)
		a->job_result = record_hold(a, &plan->action[i]);
}

static void holds_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	free(j);
	a->placing.on_disk = false;
	placing_end_round(&a->placing);
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (a->job_result < 0 || account_is_over(a))
		account_finish_disk(a);
	else
		account_sync(a);
}

static void rehearse_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result = account_rehearses(a) ? account_rehearse_rows(a) : 0;
}

static void rehearse_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	if (account_rehearses(a))
		account_rehearse_boxes(a);
	holds_done(j);
}

void account_folders_settle(struct account *a)
{
	check_operands(a);
	mark_synced(a);
	removals_release(&a->removals);
	account_folders_report(a);
	a->placing.on_disk = true;
	if (a->env.opts.folder.dry_run) {
		account_folders_show(a);
		account_post(a, rehearse_run, rehearse_done);
	} else {
		add_removals(a);
		account_post(a, holds_run, holds_done);
	}
}
