/* SPDX-License-Identifier: MIT */
/* Nothing is left to be done with folders: which mailboxes are to be synced,
 * which to be removed in the end, and what waits for somebody. */
#include <stdlib.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/names.h"
#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"

static bool is_left_alone(enum folders_type type)
{
	return type != FOLDERS_RECORD && type != FOLDERS_NONE;
}

static void add_removal(struct account *a, const struct folders_action *f)
{
	struct account_remove *r = &a->cycle.remove;

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
	struct account_tree *t = &a->cycle.tree;
	bool dry = a->env.opts.folder.dry_run;
	struct names here = names_here(&t->inventory);
	struct names rows = wires_of_rows(&t->inventory);

	for (size_t i = 0; i < a->boxes.n; i++) {
		struct mailbox *box = &a->boxes.box[i];
		box->doomed = false;
		box->synced = account_wants(a, box) &&
			      names_has(&here, box->display) &&
			      (dry || names_has(&rows, box->wire));
	}
	names_release(&here);
	names_release(&rows);
	for (size_t i = 0; i < t->plan.n; i++) {
		const struct folders_action *f = &t->plan.action[i];
		if (!f->there || !is_left_alone(f->type))
			continue;
		struct mailbox *box =
		    &a->boxes.box[f->there - t->inventory.there];
		box->synced = dry && (f->type == FOLDERS_CREATE_HERE ||
				      f->type == FOLDERS_RECREATE_HERE);
		box->doomed = f->type == FOLDERS_REMOVE_THERE;
	}
}

static void check_operands(struct account *a)
{
	const char *const *only = a->cycle.dirty;
	struct names here = names_here(&a->cycle.tree.inventory);
	struct err err;

	for (; only && *only; only++) {
		const char *name = ascii_same(*only, "INBOX") ? "INBOX" : *only;
		if (names_has(&here, name) ||
		    mailboxes_find_display(&a->boxes, name))
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
	const struct folders_plan *plan = &a->cycle.tree.plan;

	for (size_t i = 0; i < plan->n; i++) {
		const struct folders_action *f = &plan->action[i];
		if (f->type == FOLDERS_REMOVE_HERE ||
		    f->type == FOLDERS_REMOVE_THERE)
			add_removal(a, f);
	}
}

/* What is held is on record for those who ask (imapsyncctl). */

static int record_hold(struct account *a, const struct folders_action *f,
		       struct err *err)
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
					     STATE_HELD_ALL, err);
	case FOLDERS_GONE_HERE:
	case FOLDERS_GONE_THERE:
		return state_folder_set_held(state, f->base->id, 0, 0, NULL,
					     err);
	default:
		return 0;
	}
}

static int holds_run(struct account *a, struct err *err)
{
	const struct folders_plan *plan = &a->cycle.tree.plan;
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++)
		r = record_hold(a, &plan->action[i], err);
	return r;
}

static enum cycle_found holds_done(struct account *a, int result,
				   const struct err *err)
{
	a->cycle.tree.on_disk = false;
	account_tree_end_round(&a->cycle.tree);
	if (result == 0)
		return CYCLE_DONE;
	account_fail(a, NULL, err);
	return CYCLE_FAILED;
}

static enum cycle_found dry_done(struct account *a, int result,
				 const struct err *err)
{
	if (account_dry_runs(a))
		account_dry_run_boxes(a);
	return holds_done(a, result, err);
}

enum cycle_found account_tree_end(struct account *a)
{
	check_operands(a);
	mark_synced(a);
	account_remove_release(a);
	account_tree_report(a);
	if (a->env.opts.folder.dry_run) {
		account_tree_show(a);
		return account_tree_post(a, account_dry_run_rows, dry_done);
	}
	add_removals(a);
	return account_tree_post(a, holds_run, holds_done);
}
