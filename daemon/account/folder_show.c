/* SPDX-License-Identifier: MIT */
/* A dry run: what would be done is shown, and nothing is. */
#include <stdlib.h>
#include <string.h>

#include "daemon/account/folder_priv.h"
#include "daemon/account/planline.h"
#include "daemon/base/xalloc.h"
#include "daemon/maildir/examine.h"

/* The names of files that would be sent. */
struct names_job {
	struct folder_job base;
	struct facts *file; /* by key */
	size_t n;
};

static void names_run(struct job *j)
{
	struct names_job *n = (struct names_job *)j;
	struct store *s = n->base.folder->env.store;

	if (n->n > 0 && s->folder.have_dir)
		n->base.result = examine_files(&s->folder.dir, NULL, n->file,
					       n->n, 0, &n->base.err);
}

static const char *name_of(const struct names_job *n, uint64_t key)
{
	const struct facts *f = facts_find(n->file, n->n, key);

	return f ? f->unique : NULL;
}

static void show_action(struct folder *f, const struct action *a,
			const struct names_job *n, struct buf *line)
{
	struct planline_names names = {.table = &f->view.table,
				       .folder = f->box->display};
	const char *folder;

	if (a->type == ACTION_UPLOAD)
		names.file = name_of(n, a->key);
	if (a->type == ACTION_MOVE_HERE || a->type == ACTION_MOVE_THERE) {
		const struct mailbox *box =
		    mailboxes_find_row(f->env.boxes, a->other);
		names.other = box ? box->display : NULL;
	}
	if (planline(a, &names, line, &folder))
		f->env.handler->planned(f->env.ctx, folder, line->data);
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

static void show(struct folder *f, const struct names_job *n)
{
	size_t held = f->plan.held_here + f->plan.held_there;
	struct buf line;

	buf_init(&line, 64 * 1024);
	if (!f->view.on_disk && !f->env.task.doomed)
		f->env.handler->planned(f->env.ctx, f->box->display,
					"create folder here");
	for (size_t i = 0; i < f->plan.n; i++)
		show_action(f, &f->plan.action[i], n, &line);
	show_dying(f, &line);
	buf_reset(&line);
	if (held > 0 &&
	    buf_addf(&line, "hold %zu deletions (guard)", held) == 0)
		f->env.handler->planned(f->env.ctx, f->box->display, line.data);
	buf_release(&line);
}

static void names_done(struct job *j)
{
	struct names_job *n = (struct names_job *)j;
	struct folder *f = n->base.folder;

	if (folder_job_done(&n->base))
		show(f, n);
	examine_release(n->file, n->n);
	free(n->file);
	free(n);
	folder_end(f);
}

void folder_show(struct folder *f)
{
	struct names_job *n = xcalloc(1, sizeof(*n));
	size_t uploads = plan_count(&f->plan, ACTION_UPLOAD);

	n->file = xcalloc(uploads + 1, sizeof(*n->file));
	for (size_t i = 0; i < f->plan.n; i++) {
		const struct action *a = &f->plan.action[i];
		if (a->type == ACTION_UPLOAD)
			n->file[n->n++] = (struct facts){
			    .key = a->key, .fd = -1, .name = true};
	}
	f->phase = FOLDER_ENDING;
	folder_post(f, &n->base, names_run, names_done);
}

void folder_pretend_reset(struct folder *f)
{
	struct store_view *v = &f->view;

	v->base.n = 0;
	v->row.uidvalidity = v->row.uidnext = 0;
	v->row.modseq = 0;
	v->row.pairing = (struct state_pairing){0};
}
