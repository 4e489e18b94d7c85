/* SPDX-License-Identifier: MIT */
/* What a folder's plan is made from: the configuration and the task as a
 * policy, and which files are not to be sent now. */
#include <stdlib.h>

#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/ledger.h"
#include "daemon/core/pair.h"
#include "daemon/core/pass.h"
#include "daemon/folder/folder_priv.h"

static void verdicts_done(struct job *j)
{
	struct folder *f = folder_of(j);
	bool ok = folder_job_done(j);

	free(((struct store_verdicts_job *)j)->verdict);
	free(j);
	folder_job_over(f, ok);
}

static struct local_row *local_of(struct folder *f, uint64_t key)
{
	return local_view_find(&f->view.local, key);
}

/* Is it a message that the server has, and no row? */
static bool is_new(const struct folder *f, uint32_t uid)
{
	return uid != 0 && remote_view_find(&f->remote_list.view, uid) &&
	       !base_view_find(&f->view.base, uid);
}

/* What intents are judged by. */
struct judgement {
	struct folder *folder;
	uint64_t *keys; /* of files that belong to rows */
	size_t nkeys;
	uint64_t *claimed; /* of them, those of which the server shall show
			    * that it has them */
	size_t nclaimed;
};

static struct resolve_facts facts_of(const struct judgement *j,
				     const struct store_intent *i,
				     const struct local_row *l)
{
	const struct folder *f = j->folder;
	const struct remote_list *r = &f->remote_list;
	/* UIDs of another mailbox say nothing. */
	uint32_t since =
	    i->what.uidvalidity == r->uidvalidity ? i->what.uidnext : 1;

	return (struct resolve_facts){
	    .what = i->what,
	    .look = {.uidvalidity = r->uidvalidity,
		     .uidnext = r->uidnext,
		     .unknown = !i->what.copied &&
				resolve_unknown_since(&f->view.base, &r->view,
						      &f->view.local, since)},
	    .file = l,
	    .changed = i->changed,
	    .owned = pair_has_key(j->keys, j->nkeys, i->key),
	    .claimed = pair_has_key(j->claimed, j->nclaimed, i->key),
	    .found = l && is_new(f, l->hint),
	    .partial = r->partial,
	    .first = f->env.task.first && f->past.passes == 1,
	};
}

/* true: *out is to be recorded. */
static bool judge(const struct judgement *j, const struct store_intent *i,
		  struct store_verdict *out)
{
	struct local_row *l = local_of(j->folder, i->key);
	struct resolve_facts facts = facts_of(j, i, l);
	bool wait;
	enum resolve_record record = resolve_judge(&facts, &wait);

	if (wait)
		l->wait = WAIT_ANSWER;
	*out = (struct store_verdict){.intent = i->id,
				      .drop = record == RESOLVE_DROP};
	if (record == RESOLVE_COUNT) {
		out->stored = i->what.stored;
		out->attempts = 1;
	}
	return record != RESOLVE_KEEP;
}

void folder_resolve_intents(struct folder *f)
{
	struct judgement by = {.folder = f};
	struct store_verdict *verdict;
	size_t n = 0;

	if (f->view.nintents == 0 || f->view.as_in_base)
		return;
	by.keys = pair_keys(&f->view.base, &by.nkeys);
	if (!by.keys)
		abort();
	by.claimed = folder_claimed_keys(f, &by.nclaimed);
	verdict = xcalloc(f->view.nintents, sizeof(*verdict));
	for (size_t i = 0; i < f->view.nintents; i++)
		n += judge(&by, &f->view.intent[i], &verdict[n]);
	free(by.keys);
	free(by.claimed);
	if (n == 0) {
		free(verdict);
		return;
	}
	struct store_verdicts_job *v = xcalloc(1, sizeof(*v));
	v->verdict = verdict;
	v->n = n;
	folder_post(f, &v->base, store_verdicts_run, verdicts_done);
}

/* Those that were refused are named, once a sync; or tried again where somebody
 * says so. */
static void show_refusals(struct folder *f)
{
	for (size_t i = 0; i < f->view.nrefusals; i++) {
		const struct store_refusal *r = &f->view.refusal[i];
		struct local_row *l = local_of(f, r->key);
		if (l && f->env.opts.full && !r->fresh)
			l->wait = WAIT_NOT;
		else
			log_at(LOG_INFO, f->env.account->name, f->box->display,
			       "%s", r->text);
	}
}

static void mark_moving(struct folder *f)
{
	const struct folder_task *t = &f->env.task;
	size_t n = f->view.nintents;
	uint64_t *promised = xcalloc(n + 1, sizeof(*promised));

	for (size_t i = 0; i < n; i++)
		promised[i] = f->view.intent[i].key;
	pair_sort_keys(promised, n);
	ledger_mark(&f->view.local, t->expected, t->nexpected, promised, n);
	free(promised);
}

/* Files whose messages are about to follow are not sent, and none where there
 * is no room for more. */
void folder_mark_waiting(struct folder *f)
{
	const struct folder_task *t = &f->env.task;

	if (t->first && f->past.passes == 1)
		show_refusals(f);
	mark_moving(f);
	for (size_t i = 0; f->result.no_room && i < f->view.local.n; i++)
		f->view.local.row[i].wait = WAIT_REFUSED;
}

/* The counts of what is left alone are those of the last pass; what is brought
 * back is so only once. */
static void take_counts(struct folder *f)
{
	struct folder_result *r = &f->result;
	const struct plan *p = &f->plan;

	r->held_here = p->held_here;
	r->held_there = p->held_there;
	r->kept_here += p->kept_here;
	r->kept_there += p->kept_there;
	r->restored += p->restored;
	r->skipped = p->skipped - f->set_aside;
	r->deferred = p->deferred;
	r->late = p->late;
	r->pending_uploads = p->pending_uploads + p->waiting[WAIT_ANSWER] +
			     p->waiting[WAIT_PERSON];
	r->pending_deletions = p->pending_deletions;
	r->pending_flags = p->pending_flags;
	r->hidden = p->hidden;
	r->aside = p->waiting[WAIT_REFUSED];
	r->busy = f->view.local.busy;
}

static struct policy make_policy(const struct folder *f)
{
	const struct config_account *a = f->env.account;
	const struct folder_task *t = &f->env.task;

	return (struct policy){
	    .pull = a->direction != CONFIG_PUSH,
	    .push = a->direction != CONFIG_PULL,
	    /* A dry run examines: then every mailbox is read-only. */
	    .read_only = f->remote_list.read_only && !f->env.opts.dry_run,
	    .delete_here = (a->delete_ & CONFIG_SIDE_LOCAL) != 0,
	    .delete_there = (a->delete_ & CONFIG_SIDE_REMOTE) != 0,
	    .defer_new = t->remote_only,
	    .defer_gone = t->remote_only || t->defer_gone,
	    .partial = t->partial,
	    .adopt_only = t->resolve,
	    .reap = t->reap,
	    .force_delete =
		pass_forces_deletions(f->env.opts.full, f->past.passes),
	    .delete_limit_percent = a->delete_limit_percent,
	    .hold_here = f->view.hold,
	    .hold_there = f->view.hold,
	    .approve = f->view.approve,
	    .restore = f->view.restore,
	    .here_mask = f->view.here_mask,
	    .there_mask = f->there_mask,
	};
}

void folder_make_plan(struct folder *f)
{
	struct policy policy = make_policy(f);
	struct plan_input in = {
	    .base = &f->view.base,
	    .remote = &f->remote_list.view,
	    .local = f->view.as_in_base ? NULL : &f->view.local,
	    .moved_there = f->env.task.moved_there,
	    .nmoved_there = f->env.task.nmoved_there,
	    .moved_here = f->moved_here,
	    .nmoved_here = f->nmoved_here,
	    .loose = f->env.task.loose,
	};

	if (plan_folder(&f->plan, &in, &policy) < 0)
		abort();
	f->planned = true;
	f->again |= f->plan.unsure > 0 || f->plan.waiting[WAIT_WRITER] > 0;
	take_counts(f);
}
