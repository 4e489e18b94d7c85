/* SPDX-License-Identifier: MIT */
/* Folders before their messages: census, plan, what it wants done, and again
 * until there is nothing more to be done. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "lib/util/ascii.h"

/* A plan may need the effects of the one before; more than this is a server
 * that does not do what it says. */
#define ROUNDS 10

static void take_census(struct account *a);
static void make_plan(struct account *a);

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

static void release_round(struct placing *p)
{
	folders_plan_release(&p->plan);
	census_release(&p->census);
	free(p->command);
	p->command = NULL;
	p->ncommands = p->left = 0;
	p->at = p->n = 0;
	p->acted = p->relist = false;
}

void placing_release(struct placing *p)
{
	release_round(p);
	likeness_free(p->likeness);
	for (size_t i = 0; i < p->nverdicts; i++)
		free((void *)(uintptr_t)p->verdict[i].wire);
	free(p->verdict);
	for (size_t i = 0; i < p->nfailed; i++)
		free(p->failed[i]);
	free(p->failed);
	free(p->prefix);
	lines_release(&p->lines);
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

bool account_places_has_failed(const struct placing *p,
			       const struct folders_action *f)
{
	char *text = p->nfailed > 0 ? describe(f) : NULL;
	bool found = false;

	for (size_t i = 0; i < p->nfailed && !found; i++)
		found = strcmp(p->failed[i], text) == 0;
	free(text);
	return found;
}

/* The end: which mailboxes are to be synced, and which to be removed. */

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

/* Names in order, to be looked up. */
struct names {
	const char **name;
	size_t n;
};

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct names *names)
{
	if (names->n > 1)
		qsort(names->name, names->n, sizeof(char *), name_cmp);
}

static bool has(const struct names *names, const char *name)
{
	return names->n > 0 &&
	       bsearch(&name, names->name, names->n, sizeof(char *), name_cmp);
}

static struct names names_here(const struct census *c)
{
	struct names out = {xcalloc(c->view.nhere + 1, sizeof(char *)), 0};

	for (size_t i = 0; i < c->view.nhere; i++) {
		if (c->here[i].name)
			out.name[out.n++] = c->here[i].name;
	}
	sort(&out);
	return out;
}

static struct names wires_of_rows(const struct census *c)
{
	struct names out = {xcalloc(c->view.nbase + 1, sizeof(char *)), 0};

	for (size_t i = 0; i < c->view.nbase; i++)
		out.name[out.n++] = c->base[i].wire;
	sort(&out);
	return out;
}

/* Both sides have it under the same name, and nothing is open. A dry run
 * pretends to have made and recorded it. */
static void mark_synced(struct account *a)
{
	struct placing *p = &a->placing;
	bool dry = a->env.opts.folder.dry_run;
	struct names here = names_here(&p->census);
	struct names rows = wires_of_rows(&p->census);

	for (size_t i = 0; i < a->boxes.n; i++) {
		struct mailbox *box = &a->boxes.box[i];
		box->doomed = false;
		box->synced = account_wants(a, box) &&
			      has(&here, box->display) &&
			      (dry || has(&rows, box->wire));
	}
	free(here.name);
	free(rows.name);
	for (size_t i = 0; i < p->plan.n; i++) {
		const struct folders_action *f = &p->plan.action[i];
		if (!f->there || !is_left_alone(f->type))
			continue;
		struct mailbox *box = &a->boxes.box[f->there - p->census.there];
		box->synced = dry && (f->type == FOLDERS_CREATE_HERE ||
				      f->type == FOLDERS_RECREATE_HERE);
		box->doomed = f->type == FOLDERS_REMOVE_THERE;
	}
}

static void check_operands(struct account *a)
{
	const char *const *only = a->env.opts.only;
	struct names here = names_here(&a->placing.census);
	struct err err;

	for (; only && *only; only++) {
		const char *name = ascii_same(*only, "INBOX") ? "INBOX" : *only;
		bool found = has(&here, name);
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
	free(here.name);
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
					     &a->job_err);
	case FOLDERS_GONE_HERE:
	case FOLDERS_GONE_THERE:
		return state_folder_set_held(state, f->base->id, 0, 0,
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
	release_round(&a->placing);
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (a->job_result < 0 || !a->session || a->stopping)
		account_finish_disk(a);
	else
		account_sync(a);
}

static void show_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	a->job_result =
	    account_folders_lines(a, &a->placing.lines, &a->job_err);
}

static void show_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;

	account_folders_show(a, &a->placing.lines);
	lines_release(&a->placing.lines);
	holds_done(j);
}

static void finish(struct account *a)
{
	check_operands(a);
	mark_synced(a);
	removals_release(&a->removals);
	account_folders_report(a);
	a->placing.on_disk = true;
	if (a->env.opts.folder.dry_run) {
		account_post(a, show_run, show_done);
	} else {
		add_removals(a);
		account_post(a, holds_run, holds_done);
	}
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
		finish(a);
		return;
	}
	if (!account_may_look_again(a)) {
		err_set(&err, ERR_TEMP, ERR_SCOPE_ACCOUNT,
			"the folders do not come to rest: %d rounds", ROUNDS);
		err_hint(&err, "the next sync goes on");
		account_fail(a, NULL, &err);
		finish(a);
		return;
	}
	release_round(p);
	if (relist)
		account_list(a);
	else
		take_census(a);
}

static void likeness_done(void *ctx, bool same, const struct err *err)
{
	struct account *a = ctx;
	struct placing *p = &a->placing;
	const struct folders_action *f = &p->plan.action[p->at];

	likeness_free(p->likeness);
	p->likeness = NULL;
	if (!a->session || a->stopping) {
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
		make_plan(a);
}

static void ask_likeness(struct account *a, const struct folders_action *f)
{
	struct placing *p = &a->placing;
	struct likeness_env env = {
	    .conn = session_conn(a->session),
	    .disk = a->env.disk,
	    .store = &a->store,
	    .row = f->base->id,
	    .path = f->here ? f->here->path : f->base->path,
	    .wire = f->there->wire,
	    .done = likeness_done,
	    .ctx = a,
	};

	p->likeness = likeness_new(&env);
}

void account_folders_next(struct account *a)
{
	struct placing *p = &a->placing;

	if (!a->session || a->stopping) {
		account_finish_disk(a);
		return;
	}
	for (; p->at < p->plan.n; p->at++) {
		const struct folders_action *f = &p->plan.action[p->at];
		if (account_places_has_failed(p, f))
			continue;
		if (f->type == FOLDERS_VERIFY) {
			ask_likeness(a, f);
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
	    .delim = a->placing.delim,
	    .prefix = a->placing.prefix ? a->placing.prefix : "",
	};

	for (size_t i = 0; i < a->boxes.n && policy.delim == 0; i++)
		policy.delim = a->boxes.box[i].delim;
	return policy;
}

/* Is a name to be made there, or refused for what it is? Then it matters what
 * the server's names look like. */
static bool makes_names(const struct folders_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct folders_action *f = &p->action[i];
		if (f->type == FOLDERS_CREATE_THERE ||
		    f->type == FOLDERS_RENAME_THERE ||
		    (f->type == FOLDERS_REFUSE && !f->there))
			return true;
	}
	return false;
}

static bool ask_namespace(struct account *a)
{
	struct placing *p = &a->placing;
	struct imap4_engine *e = session_engine(a->session);

	if (p->asked || !imap4_engine_has(e, "NAMESPACE") ||
	    !makes_names(&p->plan))
		return false;
	p->asked = true;
	p->command = xcalloc(1, sizeof(*p->command));
	p->command[0].action = SIZE_MAX;
	if (imap4_submit_namespace(e, &p->command[0].id) < 0)
		return false;
	p->ncommands = p->left = 1;
	imap4_conn_flush(session_conn(a->session));
	return true;
}

static void take_namespace(struct placing *p, const struct imap4_namespace *n)
{
	if (n->n[0] == 0)
		return;
	const struct imap4_namespace_entry *e = &n->entry[0][0];
	free(p->prefix);
	p->delim = e->delim;
	p->prefix = xstrndup(e->prefix.p, e->prefix.len);
	for (char *c = p->prefix; *c && e->delim; c++) {
		if (*c == e->delim)
			*c = '/';
	}
	/* Its name is in capitals, whatever the server writes. */
	if (ascii_is(p->prefix, strlen(p->prefix), "INBOX/"))
		memcpy(p->prefix, "INBOX", 5);
}

static void make_plan(struct account *a)
{
	struct placing *p = &a->placing;
	struct folders_policy policy = make_policy(a);

	folders_plan_release(&p->plan);
	p->at = 0;
	p->census.view.verdict = p->verdict;
	p->census.view.nverdict = p->nverdicts;
	if (plan_folders(&p->plan, &p->census.view, &policy) < 0)
		abort();
	if (!ask_namespace(a))
		account_folders_next(a);
}

static void census_run(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct census_env env = {
	    .store = &a->store, .boxes = &a->boxes, .wants = wants, .ctx = a};

	a->job_result = census_take(&a->placing.census, &env, &a->job_err);
}

static void census_done(struct job *j)
{
	struct account *a = ((struct account_job *)j)->account;
	struct placing *p = &a->placing;

	free(j);
	p->on_disk = false;
	if (a->job_result < 0)
		account_fail(a, NULL, &a->job_err);
	if (p->census.walk.code != ERR_NONE)
		account_fail(a, NULL, &p->census.walk);
	if (a->job_result < 0 || !a->session || a->stopping)
		account_finish_disk(a);
	else
		make_plan(a);
}

static void take_census(struct account *a)
{
	struct placing *p = &a->placing;

	a->phase = ACCOUNT_PLACING;
	release_round(p);
	p->round++;
	p->on_disk = true;
	account_post(a, census_run, census_done);
}

void account_folders(struct account *a)
{
	take_census(a);
}

void account_folders_event(struct account *a, const struct imap4_event *ev)
{
	struct placing *p = &a->placing;

	if (p->likeness) {
		likeness_event(p->likeness, ev);
	} else if (ev->type == IMAP4_EV_NAMESPACE) {
		take_namespace(p, &ev->namespace_);
	} else if (ev->type == IMAP4_EV_DONE && p->ncommands == 1 &&
		   p->command[0].action == SIZE_MAX &&
		   ev->id == p->command[0].id) {
		if (ev->status == IMAP4_STATUS_LOST)
			return;
		free(p->command);
		p->command = NULL;
		p->ncommands = p->left = 0;
		make_plan(a);
	} else {
		account_places_event(a, ev);
	}
}

bool account_folders_cut(struct account *a)
{
	struct placing *p = &a->placing;

	if (p->likeness) {
		likeness_stop(p->likeness);
		return false;
	}
	return !p->on_disk;
}
