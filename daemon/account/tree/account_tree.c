/* SPDX-License-Identifier: MIT */
#include "daemon/account/tree/account_tree.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/arrangement.h"

/* A plan may need the effects of the one before; more than this is a server
 * that does not do what it says. */
#define ROUNDS 10

static bool is_nothing(const struct mailbox *box)
{
	return (box->attr & (IMAP4_LIST_NOSELECT | IMAP4_LIST_NONEXISTENT)) !=
	       0;
}

/* What account_wants() says, for folders that the server may not have. */
static bool wants(const void *ctx, const char *name, const struct mailbox *box)
{
	const struct account *a = ctx;

	if (!account_asked_for(a, name))
		return false;
	if (box && !is_nothing(box))
		return account_wants(a, box);
	return a->cycle.dirty || config_folder_included(a->env.account, name,
							box ? box->attr : 0);
}

void account_tree_end_round(struct account_tree *t)
{
	folders_plan_release(&t->plan);
	inventory_release(&t->inventory);
	account_tree_reset(t);
	t->at = t->n = 0;
	t->acted = t->relist = false;
}

static void release(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	account_tree_end_round(t);
	mailbox_identity_free(t->mailbox_identity);
	for (size_t i = 0; i < t->nverdicts; i++)
		free((void *)(uintptr_t)t->verdict[i].wire);
	free(t->verdict);
	for (size_t i = 0; i < t->nfailed; i++)
		free(t->failed[i]);
	free(t->failed);
	free(t->names.prefix);
	*t = (struct account_tree){0};
}

/* Actions that failed. */

static char *describe(const struct folders_action *f)
{
	return xasprintf("%d %s", (int)f->type, f->to ? f->to : "");
}

void account_tree_failed(struct account *a, const struct folders_action *f,
			 const struct err *err)
{
	struct account_tree *t = &a->cycle.tree;

	t->failed =
	    xreallocarray(t->failed, t->nfailed + 1, sizeof(*t->failed));
	t->failed[t->nfailed++] = describe(f);
	account_fail(a, f->to, err);
}

static bool is_there(enum folders_type type)
{
	return type == FOLDERS_CREATE_THERE || type == FOLDERS_RECREATE_THERE ||
	       type == FOLDERS_RENAME_THERE;
}

bool account_tree_has_failed(struct account *a, const struct folders_action *f)
{
	const struct account_tree *t = &a->cycle.tree;
	char *text = t->nfailed > 0 ? describe(f) : NULL;
	bool found = is_there(f->type) && account_avoids(a, f->to);

	for (size_t i = 0; i < t->nfailed && !found; i++)
		found = strcmp(t->failed[i], text) == 0;
	free(text);
	return found;
}

/* Rounds. */

bool account_may_look_again(const struct account *a)
{
	return a->cycle.tree.round < ROUNDS;
}

static int check_arrangement(struct account *a, struct err *err)
{
	struct names there = {0};

	for (size_t i = 0; i < a->boxes.n; i++)
		names_add(&there, a->boxes.box[i].display);
	struct arrangement here = {.root = a->store.root,
				   .tree = store_tree(a->env.account),
				   .maildir = a->env.account->maildir,
				   .account = a->env.account->name};
	int r = arrangement_check(&here, &there, err);
	names_release(&there);
	return r;
}

static int inventory_run(struct account *a, struct err *err)
{
	struct inventory *inventory = &a->cycle.tree.inventory;
	struct inventory_env env = {
	    .store = &a->store, .boxes = &a->boxes, .wants = wants, .ctx = a};

	if (inventory_take(inventory, &env, err) < 0)
		return -1;
	return inventory_has_synced(inventory) ? 0 : check_arrangement(a, err);
}

static enum cycle_found inventory_done(struct account *a, int result,
				       const struct err *err)
{
	struct account_tree *t = &a->cycle.tree;

	t->on_disk = false;
	t->step = TREE_ASK;
	if (result < 0)
		account_fail(a, NULL, err);
	if (t->inventory.walk.code != ERR_NONE) {
		a->safety.unread = true;
		account_fail(a, NULL, &t->inventory.walk);
	}
	return result < 0 ? CYCLE_FAILED : CYCLE_MORE;
}

enum cycle_found account_tree_post(
    struct account *a, int (*run)(struct account *a, struct err *err),
    enum cycle_found (*done)(struct account *a, int result,
			     const struct err *err))
{
	a->cycle.tree.on_disk = true;
	return cycle_post(a, run, done);
}

static enum cycle_found start(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	account_tree_end_round(t);
	t->round++;
	return account_tree_post(a, inventory_run, inventory_done);
}

static enum cycle_found round_done(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	bool relist = t->relist;
	struct err err;

	if (!t->acted || a->env.opts.folder.dry_run)
		return account_tree_end(a);
	if (!account_may_look_again(a)) {
		err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"the folders are still changing after %d rounds",
			ROUNDS);
		err_hint(&err, "the next sync goes on");
		account_fail(a, NULL, &err);
		return account_tree_end(a);
	}
	account_tree_end_round(t);
	return relist ? CYCLE_RELIST : start(a);
}

static void mailbox_identity_done(void *ctx, bool same, const struct err *err)
{
	struct account *a = ctx;
	struct account_tree *t = &a->cycle.tree;

	mailbox_identity_free(t->mailbox_identity);
	t->mailbox_identity = NULL;
	t->same = same;
	t->identity_err = err ? *err : (struct err){0};
	t->step = TREE_IDENTITY;
	cycle_take(a, CYCLE_MORE);
}

static enum cycle_found take_identity(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	const struct folders_action *f = &t->plan.action[t->at];

	if (t->identity_err.code != ERR_NONE) {
		account_tree_failed(a, f, &t->identity_err);
	} else {
		t->verdict = xreallocarray(t->verdict, t->nverdicts + 1,
					   sizeof(*t->verdict));
		t->verdict[t->nverdicts++] = (struct folders_verdict){
		    f->base->id, xstrdup(f->there->wire), t->same};
	}
	t->at++;
	/* The questions come first: with the answers it is another plan. */
	t->step =
	    t->at < t->plan.n && t->plan.action[t->at].type == FOLDERS_VERIFY
		? TREE_ACT
		: TREE_PLAN;
	return CYCLE_MORE;
}

static void ask_mailbox_identity(struct account *a,
				 const struct folders_action *f)
{
	struct account_tree *t = &a->cycle.tree;
	struct mailbox_identity_env env = {
	    .conn = session_conn(a->session),
	    .disk = a->env.disk,
	    .store = &a->store,
	    .row = f->base->id,
	    .path = f->here ? f->here->path : f->base->path,
	    .wire = f->there->wire,
	    .anew = f->there->uidvalidity != f->base->uidvalidity,
	    .done = mailbox_identity_done,
	    .ctx = a,
	};

	t->mailbox_identity = mailbox_identity_new(&env);
}

static enum cycle_found act(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	enum cycle_found found;

	for (; t->at < t->plan.n; t->at++) {
		const struct folders_action *f = &t->plan.action[t->at];
		if (account_tree_has_failed(a, f))
			continue;
		if (f->type == FOLDERS_VERIFY) {
			ask_mailbox_identity(a, f);
			return CYCLE_WAITING;
		}
		if (!a->env.opts.folder.dry_run && account_tree_act(a, &found))
			return found;
	}
	return round_done(a);
}

/* The plan. */

static struct folders_policy make_policy(const struct account *a)
{
	const struct config_account *c = a->env.account;
	struct folders_policy policy = {
	    .pull = c->direction != CONFIG_PUSH,
	    .push = c->direction != CONFIG_PULL,
	    .create_here = (c->create & CONFIG_SIDE_LOCAL) != 0,
	    .create_there = (c->create & CONFIG_SIDE_REMOTE) != 0,
	    .remove_here = (c->remove & CONFIG_SIDE_LOCAL) != 0,
	    .remove_there = (c->remove & CONFIG_SIDE_REMOTE) != 0,
	    .delete_here = (c->delete_ & CONFIG_SIDE_LOCAL) != 0,
	    .delete_there = (c->delete_ & CONFIG_SIDE_REMOTE) != 0,
	    .guard = c->delete_limit_percent >= 0,
	    .delim = a->cycle.tree.names.delim,
	    .prefix =
		a->cycle.tree.names.prefix ? a->cycle.tree.names.prefix : "",
	};

	for (size_t i = 0; i < a->boxes.n && policy.delim == 0; i++)
		policy.delim = a->boxes.box[i].delim;
	return policy;
}

static enum cycle_found make_plan(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;
	struct folders_policy policy = make_policy(a);

	folders_plan_release(&t->plan);
	t->at = 0;
	inventory_name_nowhere(&t->inventory, policy.prefix);
	t->inventory.view.verdict = t->verdict;
	t->inventory.view.nverdict = t->nverdicts;
	if (plan_folders(&t->plan, &t->inventory.view, &policy) < 0)
		abort();
	if (account_tree_ask_namespace(a))
		return CYCLE_WAITING;
	t->step = TREE_ACT;
	return CYCLE_MORE;
}

static enum cycle_found next(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	switch (t->step) {
	case TREE_ASK:
		t->step = TREE_PLAN;
		return imap4_engine_has(session_engine(a->session),
					"OBJECTID") &&
			       account_tree_ask_ids(a)
			   ? CYCLE_WAITING
			   : make_plan(a);
	case TREE_PLAN:
		return make_plan(a);
	case TREE_ACT:
		return act(a);
	case TREE_SEND:
		t->step = TREE_ACT;
		return account_tree_send(a);
	case TREE_IDENTITY:
		return take_identity(a);
	}
	abort();
}

static enum cycle_found event(struct account *a, const struct imap4_event *ev)
{
	struct account_tree *t = &a->cycle.tree;
	enum cycle_found found = CYCLE_WAITING;

	if (t->mailbox_identity)
		mailbox_identity_event(t->mailbox_identity, ev);
	else if (!account_tree_ask_event(a, ev, &found))
		found = account_tree_answer(a, ev);
	return found;
}

static bool cut(struct account *a)
{
	struct account_tree *t = &a->cycle.tree;

	if (t->mailbox_identity) {
		mailbox_identity_stop(t->mailbox_identity);
		return false;
	}
	return !t->on_disk;
}

static void ids_in_flight(const struct account *a, struct flight *out)
{
	const struct tree_commands *c = &a->cycle.tree.commands;

	/* Answers come in the order of the questions. */
	for (size_t i = c->n - c->left; i < c->n; i++)
		account_flight_add(out, FLIGHT_FOLDER,
				   a->boxes.box[c->command[i].action].display);
}

static void in_flight(const struct account *a, struct flight *out)
{
	const struct account_tree *t = &a->cycle.tree;
	const struct tree_commands *c = &t->commands;

	if (c->ids) {
		ids_in_flight(a, out);
		return;
	}
	if (t->mailbox_identity) {
		account_flight_add(out, FLIGHT_FOLDER,
				   t->plan.action[t->at].there->name);
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct tree_command *x = &c->command[i];
		if (x->id != 0 && x->action != SIZE_MAX)
			account_flight_add(out, FLIGHT_MAKE,
					   t->plan.action[x->action].to);
	}
}

const struct stage account_tree_stage = {
    .start = start,
    .next = next,
    .event = event,
    .cut = cut,
    .in_flight = in_flight,
    .release = release,
};
