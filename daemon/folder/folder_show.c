/* SPDX-License-Identifier: MIT */
/* A dry run: what would be done is shown, and nothing is. Plans on from what
 * each plan would leave behind, as the passes of a real run do. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/xalloc.h"
#include "daemon/core/merge.h"
#include "daemon/core/pretend.h"
#include "daemon/folder/folder_priv.h"
#include "daemon/folder/planline.h"

/* Plans in a row; each has less to do than the one before. */
#define PLANS 8
/* Looks at a folder that does not hold still. */
#define LOOKS 5

/* All that would be done, and the names of the files that would be sent. */
struct show_job {
	struct store_examine_job names; /* by key */
	struct folder *folder;
	struct action *action;
	size_t n, cap;
};

static const char *name_of(const struct show_job *x, uint64_t key)
{
	const struct facts *f = facts_find(x->names.file, x->names.n, key);

	return f ? f->unique : NULL;
}

static void show_action(struct folder *f, const struct action *a,
			const struct show_job *x, struct buf *line)
{
	struct planline_names names = {.table = &f->view.table,
				       .folder = f->box->display};
	const char *folder;

	if (a->type == ACTION_UPLOAD)
		names.file = name_of(x, a->key);
	if (a->type == ACTION_MOVE_HERE || a->type == ACTION_MOVE_THERE) {
		const struct mailbox *box =
		    mailboxes_find_row(f->env.boxes, a->other);
		names.other = box ? box->display : NULL;
	}
	if (planline(a, &names, line, &folder))
		f->env.handler->planned(f->env.ctx, folder, line->data);
}

/* What is counted when it is done. */
static void count(struct folder_result *r, enum action_type type)
{
	switch (type) {
	case ACTION_FETCH:
		r->fetched++;
		break;
	case ACTION_UPLOAD:
		r->uploaded++;
		break;
	case ACTION_MOVE_HERE:
		r->moved_here++;
		break;
	case ACTION_MOVE_THERE:
		r->moved_there++;
		break;
	case ACTION_FLAGS_HERE:
		r->flags_here++;
		break;
	case ACTION_FLAGS_THERE:
		r->flags_there++;
		break;
	case ACTION_DIE_HERE:
		r->dying_here++;
		break;
	case ACTION_DIE_THERE:
	case ACTION_DELETE_THERE:
		r->deleted_there++;
		break;
	case ACTION_ADOPT:
	case ACTION_RECORD:
	case ACTION_FORGET:
	case ACTION_FATE:
	case ACTION_PROVE:
		break;
	}
}

/* What an earlier sync has left to be done. */
static void show_dying(struct folder *f, struct buf *line)
{
	for (size_t i = 0; i < f->view.base.n; i++) {
		const struct base_row *b = &f->view.base.row[i];
		struct action a = {.type = ACTION_DIE_HERE, .uid = b->uid};
		if (b->fate == FATE_DYING_HERE)
			show_action(f, &a, NULL, line);
	}
}

static void show(struct folder *f, const struct show_job *x)
{
	size_t held = f->result.held_here + f->result.held_there;
	struct buf line;

	buf_init(&line, 64 * 1024);
	if (!f->view.on_disk && !f->env.task.doomed)
		f->env.handler->planned(f->env.ctx, f->box->display,
					"create folder here");
	for (size_t i = 0; i < x->n; i++) {
		show_action(f, &x->action[i], x, &line);
		count(&f->result, x->action[i].type);
	}
	show_dying(f, &line);
	buf_reset(&line);
	if (held > 0 && buf_addf(&line, "hold %zu deletion%s (guard)", held,
				 held == 1 ? "" : "s") == 0)
		f->env.handler->planned(f->env.ctx, f->box->display, line.data);
	buf_release(&line);
}

static void names_done(struct job *j)
{
	struct show_job *x = (struct show_job *)j;
	struct folder *f = x->folder;

	if (folder_job_done(j))
		show(f, x);
	examine_release(x->names.file, x->names.n);
	free(x->names.file);
	free(x->action);
	free(x);
	folder_end(f);
}

static void keep(struct show_job *x, const struct action *a)
{
	x->action = xgrow(x->action, x->n, &x->cap, sizeof(*x->action));
	x->action[x->n++] = *a;
}

/* A message that moved is merged where it is then; it is shown as the one that
 * it is now. */
static void keep_flags(struct show_job *x, uint32_t uid, uint64_t base,
		       uint64_t here, uint64_t there)
{
	const struct folder *f = x->folder;
	const struct config_account *c = f->env.account;
	struct merge m = merge_flags(
	    base & FLAG_SYSTEM, here & FLAG_SYSTEM, there & FLAG_SYSTEM,
	    FLAG_SYSTEM & f->view.here_mask, f->there_mask);
	struct action a = {.type = ACTION_FLAGS_HERE,
			   .uid = uid,
			   .add = m.here_add,
			   .del = m.here_del};

	if (c->direction != CONFIG_PUSH && (a.add || a.del))
		keep(x, &a);
	if (c->direction == CONFIG_PULL)
		return;
	a = (struct action){
	    .type = ACTION_FLAGS_THERE, .uid = uid, .add = m.there_add};
	if (a.add)
		keep(x, &a);
	a.add = 0;
	a.del = m.there_del;
	if (a.del)
		keep(x, &a);
}

static void follow_there(struct show_job *x, const struct action *a)
{
	struct folder *f = x->folder;
	struct folder_result *r = &f->result;
	const struct folder_task *t = &f->env.task;
	const struct base_row *b = base_view_find(&f->view.base, a->uid);
	const struct remote_row *there =
	    remote_view_find(&f->remote_list.view, a->uid);
	const struct move_there *m =
	    t->nmoved_there ? bsearch(&a->uid, t->moved_there, t->nmoved_there,
				      sizeof(*m), row_uid_cmp)
			    : NULL;

	r->follow =
	    xreallocarray(r->follow, r->nfollow + 1, sizeof(*r->follow));
	r->follow[r->nfollow++] = a->key;
	if (b && m)
		keep_flags(x, a->uid, b->flags, m->flags,
			   there ? there->flags : b->flags);
}

static void follow_here(struct show_job *x, const struct action *a)
{
	struct folder *f = x->folder;
	struct ledger *moves = f->env.moves;
	const struct move_here *m =
	    f->nmoved_here ? bsearch(&a->uid, f->moved_here, f->nmoved_here,
				     sizeof(*m), row_uid_cmp)
			   : NULL;

	for (size_t i = 0; i < moves->nlost; i++) {
		struct ledger_lost *l = &moves->lost[i];
		l->found |= l->folder == a->other && l->uid == a->other_uid;
	}
	if (m)
		keep_flags(x, a->uid, m->flags, m->flags, a->flags);
}

static void keep_plan(struct show_job *x)
{
	const struct folder *f = x->folder;

	for (size_t i = 0; i < f->plan.n; i++) {
		const struct action *a = &f->plan.action[i];
		/* W4: nothing is deleted there while something is not known. */
		if (a->type == ACTION_DIE_THERE && !f->env.task.reap)
			continue;
		keep(x, a);
		if (a->type == ACTION_MOVE_THERE)
			follow_there(x, a);
		else if (a->type == ACTION_MOVE_HERE)
			follow_here(x, a);
	}
}

/* Other folders have taken them over: they are not gone. */
void folder_show_found(struct folder *f)
{
	const struct ledger *moves = f->env.moves;
	uint32_t *uid = xcalloc(moves->nlost + 1, sizeof(*uid));
	size_t n = 0;

	for (size_t i = 0; i < moves->nlost; i++) {
		const struct ledger_lost *l = &moves->lost[i];
		if (l->found && l->folder == f->view.row.id)
			uid[n++] = l->uid;
	}
	if (n > 0 && pretend_gone(&f->view.base, &f->view.local, uid, n) < 0)
		abort();
	free(uid);
}

static void name_files(struct show_job *x)
{
	x->names.file = xcalloc(x->n + 1, sizeof(*x->names.file));
	for (size_t i = 0; i < x->n; i++) {
		const struct action *a = &x->action[i];
		if (a->type == ACTION_UPLOAD)
			x->names.file[x->names.n++] = (struct facts){
			    .key = a->key, .fd = -1, .name = true};
	}
}

void folder_show(struct folder *f)
{
	bool unsure = f->plan.unsure > 0 || f->plan.waiting[WAIT_WRITER] > 0;

	if (unsure && f->past.passes < LOOKS) {
		folder_pass_done(f);
		return;
	}
	struct show_job *x = xcalloc(1, sizeof(*x));
	x->folder = f;
	keep_plan(x);
	for (int i = 0; i < PLANS && f->plan.n > 0; i++) {
		if (pretend(&f->plan, &f->view.base, &f->remote_list.view,
			    &f->view.local) < 0)
			abort();
		plan_release(&f->plan);
		folder_make_plan(f);
		keep_plan(x);
	}
	name_files(x);
	f->phase = FOLDER_ENDING;
	folder_post(f, &x->names.base, store_examine_run, names_done);
}
