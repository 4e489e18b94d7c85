/* SPDX-License-Identifier: MIT */
/* Folders before their messages: census, plan, what it wants done, and again
 * until there is nothing more to be done. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/store/arrangement.h"

/* A plan may need the effects of the one before; more than this is a server
 * that does not do what it says. */
#define ROUNDS 10

static void take_inventory(struct account *a);

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
	return a->env.opts.only || config_folder_included(a->env.account, name,
							  box ? box->attr : 0);
}

void placing_end_round(struct placing *p)
{
	folders_plan_release(&p->plan);
	inventory_release(&p->inventory);
	account_places_reset(p);
	p->at = p->n = 0;
	p->acted = p->relist = p->asking_ids = false;
}

void placing_release(struct placing *p)
{
	placing_end_round(p);
	mailbox_identity_free(p->mailbox_identity);
	for (size_t i = 0; i < p->nverdicts; i++)
		free((void *)(uintptr_t)p->verdict[i].wire);
	free(p->verdict);
	for (size_t i = 0; i < p->nfailed; i++)
		free(p->failed[i]);
	free(p->failed);
	free(p->prefix);
	*p = (struct placing){0};
}

/* Actions that failed. */

static char *describe(const struct folders_action *f)
{
	return xasprintf("%d %s", (int)f->type, f->to ? f->to : "");
}

void account_places_failed(struct account *a, const struct folders_action *f,
			   const struct err *err)
{
	struct placing *p = &a->placing;

	p->failed =
	    xreallocarray(p->failed, p->nfailed + 1, sizeof(*p->failed));
	p->failed[p->nfailed++] = describe(f);
	account_fail(a, f->to, err);
}

static bool is_there(enum folders_type type)
{
	return type == FOLDERS_CREATE_THERE || type == FOLDERS_RECREATE_THERE ||
	       type == FOLDERS_RENAME_THERE;
}

bool account_places_has_failed(struct account *a,
			       const struct folders_action *f)
{
	const struct placing *p = &a->placing;
	char *text = p->nfailed > 0 ? describe(f) : NULL;
	bool found = is_there(f->type) && account_avoids(a, f->to);

	for (size_t i = 0; i < p->nfailed && !found; i++)
		found = strcmp(p->failed[i], text) == 0;
	free(text);
	return found;
}

/* Rounds. */

bool account_may_look_again(const struct account *a)
{
	return a->placing.round < ROUNDS;
}

static void round_done(struct account *a)
{
	struct placing *p = &a->placing;
	bool relist = p->relist;
	struct err err;

	if (!p->acted || a->env.opts.folder.dry_run) {
		account_folders_settle(a);
		return;
	}
	if (!account_may_look_again(a)) {
		err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"the folders do not come to rest: %d rounds", ROUNDS);
		err_hint(&err, "the next sync goes on");
		account_fail(a, NULL, &err);
		account_folders_settle(a);
		return;
	}
	placing_end_round(p);
	if (relist)
		account_list(a);
	else
		take_inventory(a);
}

static void mailbox_identity_done(void *ctx, bool same, const struct err *err)
{
	struct account *a = ctx;
	struct placing *p = &a->placing;
	const struct folders_action *f = &p->plan.action[p->at];

	mailbox_identity_free(p->mailbox_identity);
	p->mailbox_identity = NULL;
	if (account_is_over(a)) {
		account_finish_disk(a);
		return;
	}
	if (err) {
		account_places_failed(a, f, err);
	} else {
		p->verdict = xreallocarray(p->verdict, p->nverdicts + 1,
					   sizeof(*p->verdict));
		p->verdict[p->nverdicts++] = (struct folders_verdict){
		    f->base->id, xstrdup(f->there->wire), same};
	}
	p->at++;
	/* The questions come first: with the answers it is another plan. */
	if (p->at < p->plan.n && p->plan.action[p->at].type == FOLDERS_VERIFY)
		account_folders_next(a);
	else
		account_folders_plan(a);
}

static void ask_mailbox_identity(struct account *a,
				 const struct folders_action *f)
{
	struct placing *p = &a->placing;
	struct mailbox_identity_env env = {
	    .conn = session_conn(a->session),
	    .disk = a->env.disk,
	    .store = &a->store,
	    .row = f->base->id,
	    .path = f->here ? f->here->path : f->base->path,
	    .wire = f->there->wire,
	    .done = mailbox_identity_done,
	    .ctx = a,
	};

	p->mailbox_identity = mailbox_identity_new(&env);
}

void account_folders_next(struct account *a)
{
	struct placing *p = &a->placing;

	if (account_is_over(a)) {
		account_finish_disk(a);
		return;
	}
	for (; p->at < p->plan.n; p->at++) {
		const struct folders_action *f = &p->plan.action[p->at];
		if (account_places_has_failed(a, f))
			continue;
		if (f->type == FOLDERS_VERIFY) {
			ask_mailbox_identity(a, f);
			return;
		}
		if (!a->env.opts.folder.dry_run && account_places_begin(a))
			return;
	}
	round_done(a);
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
	    .delim = a->placing.delim,
	    .prefix = a->placing.prefix ? a->placing.prefix : "",
	};

	for (size_t i = 0; i < a->boxes.n && policy.delim == 0; i++)
		policy.delim = a->boxes.box[i].delim;
	return policy;
}

void account_folders_plan(struct account *a)
{
	struct placing *p = &a->placing;
	struct folders_policy policy = make_policy(a);

	folders_plan_release(&p->plan);
	p->at = 0;
	inventory_name_nowhere(&p->inventory, policy.prefix);
	p->inventory.view.verdict = p->verdict;
	p->inventory.view.nverdict = p->nverdicts;
	if (plan_folders(&p->plan, &p->inventory.view, &policy) < 0)
		abort();
	if (!account_ask_namespace(a))
		account_folders_next(a);
}

static int check_arrangement(struct account *a)
{
	struct names there = {0};

	for (size_t i = 0; i < a->boxes.n; i++)
		names_add(&there, a->boxes.box[i].display);
	int r = arrangement_check(&a->store, &there, &a->job_err);
	names_release(&there);
	return r;
}

static void inventory_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct inventory_env env = {
	    .store = &a->store, .boxes = &a->boxes, .wants = wants, .ctx = a};

	a->job_result =
	    inventory_take(&a->placing.inventory, &env, &a->job_err);
	if (a->job_result == 0 && !inventory_has_synced(&a->placing.inventory))
		a->job_result = check_arrangement(a);
}

static void inventory_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct placing *p = &a->placing;

	free(j);
	p->on_disk = false;
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (p->inventory.walk.code != ERR_NONE) {
		a->partial = true;
		account_fail(a, NULL, &p->inventory.walk);
	}
	if (a->job_result < 0 || account_is_over(a))
		account_finish_disk(a);
	else if (!imap4_engine_has(session_engine(a->session), "OBJECTID") ||
		 !account_ask_ids(a))
		account_folders_plan(a);
}

static void take_inventory(struct account *a)
{
	struct placing *p = &a->placing;

	a->phase = ACCOUNT_PLACING;
	placing_end_round(p);
	p->round++;
	p->on_disk = true;
	account_post(a, inventory_run, inventory_done);
}

void account_folders(struct account *a)
{
	take_inventory(a);
}

void account_folders_event(struct account *a, const struct imap4_event *ev)
{
	struct placing *p = &a->placing;

	if (p->mailbox_identity)
		mailbox_identity_event(p->mailbox_identity, ev);
	else if (!account_ask_event(a, ev))
		account_places_event(a, ev);
}

bool account_folders_cut(struct account *a)
{
	struct placing *p = &a->placing;

	if (p->mailbox_identity) {
		mailbox_identity_stop(p->mailbox_identity);
		return false;
	}
	return !p->on_disk;
}
