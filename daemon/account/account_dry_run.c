/* SPDX-License-Identifier: MIT */
#include "daemon/account/account_dry_run.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/account/account_priv.h"
#include "daemon/base/log.h"
#include "daemon/base/xalloc.h"
#include "daemon/core/pair.h"
#include "daemon/maildir/tree.h"
#include "daemon/store/place.h"

bool account_dry_runs(const struct account *a)
{
	return a->env.opts.folder.dry_run && !a->env.opts.folder.verify;
}

/* Folders. */

static bool makes_there(const struct folders_action *f)
{
	return f->type == FOLDERS_CREATE_THERE ||
	       f->type == FOLDERS_RECREATE_THERE;
}

static bool recreates(const struct folders_action *f)
{
	return f->type == FOLDERS_RECREATE_HERE ||
	       f->type == FOLDERS_RECREATE_THERE;
}

static bool renames(const struct folders_action *f)
{
	return (f->type == FOLDERS_RENAME_HERE ||
		f->type == FOLDERS_RENAME_THERE) &&
	       !f->passing;
}

/* A folder keeps the name that it has on the side where it is renamed: there it
 * is still to be found. */
static const char *name_there(const struct folders_action *f)
{
	return f->type == FOLDERS_RENAME_THERE ? f->from : f->to;
}

static const char *name_here(const struct folders_action *f)
{
	return f->type == FOLDERS_RENAME_HERE ? f->from : f->to;
}

static void add_box(struct account *a, const struct folders_action *f)
{
	char *wire = account_tree_wire(a, f, f->to);

	if (wire) {
		struct imap4_list list = {
		    .delim = account_tree_delim(a),
		    .raw = {wire, strlen(wire)},
		    .name = {f->to, strlen(f->to)},
		};
		mailboxes_add(&a->boxes, &list);
	}
	free(wire);
}

static struct mailbox *find_box(struct account *a,
				const struct folders_action *f)
{
	char *wire = account_tree_wire(a, f, name_there(f));
	struct mailbox *box =
	    wire ? mailboxes_find(&a->boxes,
				  (struct imap4_str){wire, strlen(wire)})
		 : NULL;

	free(wire);
	return box;
}

/* Once the rows are as if. Names come last: the plan refers to those of boxes.
 */
void account_dry_run_boxes(struct account *a)
{
	const struct folders_plan *plan = &a->cycle.tree.plan;
	struct mailbox **renamed = xcalloc(plan->n + 1, sizeof(*renamed));

	for (size_t i = 0; i < plan->n; i++) {
		if (makes_there(&plan->action[i]))
			add_box(a, &plan->action[i]);
	}
	mailboxes_sort(&a->boxes, tree_display);
	for (size_t i = 0; i < plan->n; i++) {
		const struct folders_action *f = &plan->action[i];
		struct mailbox *box =
		    makes_there(f) || renames(f) ? find_box(a, f) : NULL;
		if (renames(f))
			renamed[i] = box;
		if (!box || renames(f))
			continue;
		box->attr = 0;
		box->synced = box->pretend = true;
	}
	for (size_t i = 0; i < plan->n; i++) {
		if (!renamed[i])
			continue;
		char *name = xstrdup(plan->action[i].to);
		free(renamed[i]->display);
		renamed[i]->display = name;
		renamed[i]->synced = true;
	}
	free(renamed);
	(void)account_find_trash(a);
}

static int record(struct account *a, const struct folders_action *f,
		  struct err *err)
{
	struct store *s = &a->store;
	char *wire = account_tree_wire(a, f, name_there(f));
	char *path = account_tree_path(a, f, name_here(f));
	struct place p = {
	    .id = f->base ? f->base->id : 0,
	    .wire = wire,
	    .path = path,
	    .mailboxid = f->there ? f->there->mailboxid : NULL,
	    .inode = f->here ? f->here->inode : 0,
	};
	int r = 0;

	if (wire && path)
		r = state_begin(s->state, err);
	if (r == 0 && wire && path) {
		if (recreates(f))
			r = state_folder_reset(s->state, p.id, 0, err);
		if (r == 0)
			r = place_record(s, &p, err);
		r = store_end(s, r, err);
	}
	free(wire);
	free(path);
	return r;
}

int account_dry_run_rows(struct account *a, struct err *err)
{
	const struct folders_plan *plan = &a->cycle.tree.plan;
	int r = 0;

	for (size_t i = 0; account_dry_runs(a) && i < plan->n && r == 0; i++) {
		const struct folders_action *f = &plan->action[i];
		bool records = f->type == FOLDERS_RECORD ||
			       f->type == FOLDERS_CREATE_HERE || renames(f) ||
			       recreates(f) || makes_there(f);
		if (f->type == FOLDERS_FORGET)
			r = place_forget(&a->store, f->base->id, err);
		else if (records)
			r = record(a, f, err);
	}
	return r < 0 ? -1 : 0;
}

/* Messages. */

void lines_release(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->line[i].folder);
		free(l->line[i].text);
	}
	free(l->line);
	*l = (struct lines){0};
}

void lines_add(struct lines *l, const char *folder, char *text)
{
	l->line = xgrow(l->line, l->n, &l->cap, sizeof(*l->line));
	l->line[l->n].folder = folder ? xstrdup(folder) : NULL;
	l->line[l->n++].text = text;
}

static void clear(struct dry_run *r)
{
	lines_release(&r->lines);
	free(r->follow);
	*r = (struct dry_run){0};
}

void account_dry_run_begin(struct account *a)
{
	if (a->cycle.messages.step != AGENDA_LIST)
		clear(&a->cycle.messages.dry_run[a->cycle.messages.current]);
}

void account_dry_run_take(struct account *a, const struct folder_result *r)
{
	struct dry_run *to =
	    &a->cycle.messages.dry_run[a->cycle.messages.current];

	if (a->cycle.messages.step == AGENDA_LIST)
		return;
	totals_add(&to->sums, r);
	to->follow = xcalloc(r->nfollow + 1, sizeof(*to->follow));
	to->nfollow = r->nfollow;
	for (size_t i = 0; i < r->nfollow; i++)
		to->follow[i] = r->follow[i];
	pair_sort_keys(to->follow, to->nfollow);
}

static void add_sums(struct totals *t, const struct totals *x)
{
	t->fetched += x->fetched;
	t->uploaded += x->uploaded;
	t->moved += x->moved;
	t->flags += x->flags;
	t->deleted += x->deleted;
}

void account_dry_run_end(struct account *a)
{
	for (size_t i = 0; i < a->cycle.scan.files.n; i++) {
		const struct dry_run *r = &a->cycle.messages.dry_run[i];
		add_sums(&a->report.totals, &r->sums);
		for (size_t k = 0; k < r->lines.n; k++) {
			const char *folder = r->lines.line[k].folder;
			log_result(a->env.account->name,
				   folder ? folder : account_folder_name(a, i),
				   r->lines.line[k].text);
		}
	}
}

void account_dry_run_release(struct account *a)
{
	for (size_t i = 0; a->cycle.messages.dry_run && i < a->cycle.messages.n;
	     i++)
		clear(&a->cycle.messages.dry_run[i]);
	free(a->cycle.messages.dry_run);
	a->cycle.messages.dry_run = NULL;
}
